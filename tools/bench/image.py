"""Row: checking and installing an image of 64 MiB, beside openssl's digest and rauc's own.

Turn by turn in one run. Ours is timed from inside a process that has its modules; openssl and
rauc are whole processes, which start in some milliseconds. ``IMAGE_MIB`` for another size.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory

from ampkeeper.firmware.update.ceremony import KeyPair
from ampkeeper.firmware.update.manifest import STATION
from tools.bench.errors import CannotMeasureError
from tools.bench.result import Result, from_samples, timed
from tools.debian import ProgramMissing
from tools.rauc.bundles import Content, write_bundle
from tools.rauc.corpus import Workshop
from tools.rauc.service import RaucMachine, peak_mib, why_no_mounts

MIB = int(os.environ.get("IMAGE_MIB", "64"))
ROUNDS = 7
TIMEOUT_S = 600
ZIP_ROOM = 1 << 20  # what a station's archive may hold unpacked is 64 MiB
ROW = f"image of {MIB} MiB"


@dataclass(slots=True)
class Samples:
    """Seconds by what was done, and the most memory of each."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    mib: dict[str, float] = field(default_factory=dict)

    def add(self, what: str, spent_s: float, mib: float) -> None:
        """One more."""
        self.seconds.setdefault(what, []).append(spent_s)
        self.mib[what] = max(self.mib.get(what, 0.0), mib)

    def ratio(self, what: str, to: str) -> list[float]:
        """Round by round."""
        pairs = zip(self.seconds[what], self.seconds[to], strict=True)
        return [one / other for one, other in pairs]


def measure() -> Iterator[Result]:
    """Verify, then install."""
    try:
        with TemporaryDirectory() as folder:
            yield from _measured(Path(folder))
    except ProgramMissing as error:
        raise CannotMeasureError(str(error)) from error


def _measured(folder: Path) -> Iterator[Result]:
    maker = Workshop(folder / "made")
    (folder / "made").mkdir()
    signer = maker.signer()
    (folder / "root.pem").write_text(maker.root.pem)
    bundle, image = _bundle(folder, maker, signer)
    samples = Samples()
    with _machine(folder, maker) as machine:
        for _ in range(ROUNDS):
            samples.add("openssl", *_process("openssl", "dgst", "-sha256", str(image)))
            samples.add("ours", *_own("verify", image, folder))
            command = machine.command("info", str(bundle))
            samples.add("info", *_process(*command, env=dict(machine.environment())))
        yield from _verify_results(samples)
        station = _station(folder, maker, signer)
        for number in range(ROUNDS):
            target = folder / f"folders{number}"
            samples.add("folders", *_own("folders", station, folder, target))
        yield from _results(samples, "install into a folder, unpacked and synced", "folders")
        if why := why_no_mounts(folder / "mount"):
            raise CannotMeasureError(f"no rauc install: {why}")
        for number in range(ROUNDS):
            machine.run("status", "mark-active", "booted")
            spent_s = timed(lambda: machine.run("install", str(bundle)))
            samples.add("install", spent_s, machine.service_peak_mib())
            target = folder / f"rauc{number}"
            samples.add("by rauc", *_own("rauc", image, folder, target, machine.address))
        yield from _install_results(samples)


def _verify_results(samples: Samples) -> Iterator[Result]:
    yield from_samples(ROW, "openssl dgst -sha256", _ms(samples, "openssl"), "ms")
    yield from _results(samples, "our check, to the last byte", "ours")
    ratio = samples.ratio("ours", "openssl")
    yield from_samples(ROW, "our check, times openssl", ratio, "", "<= 1.2")
    yield from _results(samples, "rauc info (plain)", "info", "whole process")
    yield from_samples(ROW, "our check, times rauc info", samples.ratio("ours", "info"), "")


def _install_results(samples: Samples) -> Iterator[Result]:
    yield from _results(samples, "rauc install, to a file", "install", "its service")
    yield from _results(samples, "ours, by rauc: checked, kept, handed over", "by rauc")
    ratio = samples.ratio("by rauc", "install")
    yield from_samples(ROW, "ours by rauc, times rauc install", ratio, "")
    ratio = samples.ratio("folders", "install")
    yield from_samples(ROW, "ours into a folder, times rauc install", ratio, "")


def _results(samples: Samples, what: str, name: str, note: str = "") -> Iterator[Result]:
    yield from_samples(ROW, what, _ms(samples, name), "ms")
    note = note or "on top of the program"
    yield Result(ROW, "  its peak memory", samples.mib[name], "MiB", note=note)


def _ms(samples: Samples, what: str) -> list[float]:
    return [1_000 * one for one in samples.seconds[what]]


@contextmanager
def _machine(folder: Path, maker: Workshop) -> Iterator[RaucMachine]:
    machine = RaucMachine(folder / "machine", maker.root.pem, slot_bytes=(MIB + 1) << 20)
    try:
        machine.start()
        yield machine
    finally:
        machine.stop()


def _bundle(folder: Path, maker: Workshop, signer: KeyPair) -> tuple[Path, Path]:
    """A bundle, and the image around it."""
    bundle, image = folder / "system.raucb", folder / "system.img"
    write_bundle(bundle, Content(os.urandom(MIB << 20)), signer)
    raw = bundle.read_bytes()
    image.write_bytes(maker.head(raw, signer) + raw)
    return bundle, image


def _station(folder: Path, maker: Workshop, signer: KeyPair) -> Path:
    """An image with an application, packed without compression."""
    archive, image = folder / "station.zip", folder / "station.img"
    size = (MIB << 20) // 16 - ZIP_ROOM // 16
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(16):
            file.writestr(zipfile.ZipInfo(f"part{number}"), os.urandom(size))
    raw = archive.read_bytes()
    image.write_bytes(maker.head(raw, signer, kind=STATION) + raw)
    return image


def _process(*command: str, env: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds of a whole process, and MiB of another run of it, which is watched."""
    run = partial(subprocess.run, command, env=env, check=True, capture_output=True)
    spent_s = timed(run)
    process, most = subprocess.Popen(command, env=env, stdout=DEVNULL, stderr=DEVNULL), 0.0
    while process.poll() is None:
        with suppress(OSError, StopIteration):  # it ends while it is looked at
            most = max(most, peak_mib(process.pid))
    return spent_s, most


def _own(
    verb: str, image: Path, folder: Path, target: Path | None = None, bus: str = "none"
) -> tuple[float, float]:
    """Seconds of ours, and MiB on top of what the program needs."""
    words = [verb, str(image), str(folder / "root.pem"), str(target or folder), bus]
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.image_alone", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    told = json.loads(done.stdout)
    return float(told["s"]), float(told["mib"])
