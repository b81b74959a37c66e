"""The power goes at every step of an update, and again while that is put right.

Whatever is left of the disk: what starts is what was signed, never older than what was good, and
there is always something that starts. Set AMPKEEPER_UPDATE_KIB for a larger application.
"""

import hashlib
import io
import os
import random
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache

import pytest

from ampkeeper.firmware.update import folders, verdict
from ampkeeper.firmware.update.envelope import Head, payload_of, write_image
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.manifest import PILOT, STATION
from ampkeeper.firmware.update.slots import TRYING
from ampkeeper.firmware.update.trust import Trust
from tests.support.crash_disk import Content, CrashDisk, found
from tests.support.releases import NOW, ReleaseMaker, draft

KIB = int(os.environ.get("AMPKEEPER_UPDATE_KIB", "1024"))
SMALL_BYTES = 8_192
SECOND_CUTS_EVERY = 2_000  # of the disks after the first cut, these are updated and cut again
MAKER = ReleaseMaker()
MACHINE = Machine("emulated", 1, MAKER.trust)


def application(version: str, kib: int) -> bytes:
    """A zip archive like the station's: some folders, some files."""
    chance = random.Random(version)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(4):
            name = f"ampkeeper/part{number % 2}/module{number}.py"
            archive.writestr(zipfile.ZipInfo(name), chance.randbytes(kib * 256))
    return file.getvalue()


def image(version: str, counter: int, kib: int) -> bytes:
    """A signed image of it, with a pilot board's files."""
    payloads = {STATION: application(version, kib), PILOT: version.encode() * 100}
    told = tuple(payload_of(kind, version, io.BytesIO(raw)) for kind, raw in payloads.items())
    head = MAKER.head(draft(version=version, counter=counter, payloads=told))
    file = io.BytesIO()
    for _ in write_image(file, head, (io.BytesIO(raw) for raw in payloads.values())):
        pass
    return file.getvalue()


OLD, NEW, NEXT = image("1.0.0", 3, 2), image("2.0.0", 5, KIB), image("3.0.0", 5, 16)
SMALL = image("4.0.0", 5, 2)


@pytest.fixture(autouse=True)
def _quick_signatures(monkeypatch: pytest.MonkeyPatch):
    """The same signature is verified once, not for each of a hundred thousand disks."""
    real: Callable[..., Trust] = verdict.check_signer

    @lru_cache
    def by_digest(digest: bytes, signature: bytes, trust: Trust, *rest: object) -> Trust | str:
        head, at = rest
        try:
            return real(head, trust, at)
        except ValueError as error:
            return str(error)

    heads: dict[bytes, Head] = {}

    def check(head: Head, trust: Trust, at: object) -> Trust:
        kept = heads.setdefault(head.digest + head.signature, head)
        verdict_of = by_digest(head.digest, head.signature, trust, kept, at)
        if isinstance(verdict_of, str):
            raise ValueError(verdict_of)
        return verdict_of

    monkeypatch.setattr(folders, "check_signer", check)
    monkeypatch.setattr(folders, "head_in", lru_cache(folders.head_in))


def quiet(permille: int) -> None:
    """Nobody looks."""


def disk_with_old() -> CrashDisk:
    """A machine on which the old image was installed and found good."""
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    slots.install(io.BytesIO(OLD), NOW, quiet)
    assert slots.start() == "a"
    slots.confirm()
    return found({name: disk.names_now[name].content() for name in disk.names("")})


def update(disk: CrashDisk, raw: bytes = NEW) -> None:
    """From the old image to the new one, which works."""
    slots = Folders(disk, MACHINE)
    slots.install(io.BytesIO(raw), NOW, quiet)
    assert slots.start() == "b"
    slots.confirm()
    assert slots.start() == "b"


def failed_update(disk: CrashDisk) -> None:
    """To the new one, which never says that it works, and back; then to another."""
    slots = Folders(disk, MACHINE)
    slots.install(io.BytesIO(NEW), NOW, quiet)
    started = [slots.start() for _ in range(4)]
    assert started == ["b", "b", "b", "a"]
    slots.told()
    slots.install(io.BytesIO(NEXT), NOW, quiet)
    slots.reject("the pilot board is silent")
    assert slots.start() == "a"


class Judge:
    """Looks at every disk once."""

    def __init__(self) -> None:
        self.seen: set[object] = set()
        self.recovered: set[object] = set()
        self.wrong: list[str] = []

    def look(self, disk: CrashDisk, floor: int) -> None:
        """At everything that may be left of ``disk`` if the power goes now."""
        for files in disk.leftovers():
            key = _key(files)
            if key in self.seen:
                continue
            self.seen.add(key)
            self._start(found(files), floor)
            if len(self.seen) % SECOND_CUTS_EVERY == 0:
                self._update_again(found(files), floor)

    def _start(self, disk: CrashDisk, floor: int) -> None:
        slots = Folders(disk, MACHINE)
        try:
            place = slots.start()
            counter = slots.record().counter_min
        except ValueError as error:
            self.wrong.append(f"no record: {error}")
            return
        if not place:
            self.wrong.append("nothing started")
            return
        names = (f"{place}/{name}" for name in disk.names(place))
        running = {_digest(disk.open(name).read()) for name in names}
        whole = WHOLE.get(_head(disk, place))
        if whole is None or not whole <= running:
            self.wrong.append(f"{place!r} started, and is not whole")
        elif COUNTERS[_head(disk, place)] < floor or counter < floor:
            self.wrong.append(f"{place!r} started with a counter below {floor}")

    def _update_again(self, disk: CrashDisk, floor: int) -> None:
        """The machine starts, begins the update again, and the power goes again, anywhere."""

        def look() -> None:
            for files in disk.leftovers():
                key = _key(files)
                if key not in self.recovered:
                    self.recovered.add(key)
                    self._start(found(files), floor)

        disk.after = look
        slots = Folders(disk, MACHINE)
        slots.start()
        if slots.record().state != TRYING:
            slots.install(io.BytesIO(NEXT), NOW, quiet)
            slots.start()
        slots.confirm()


def _key(files: Mapping[str, Content]) -> tuple[object, ...]:
    """Small files by content, large ones by what they are the beginning of."""
    return tuple((name, _content_key(files[name])) for name in sorted(files))


def _content_key(content: Content) -> object:
    if len(content) <= SMALL_BYTES:
        return bytes(content)
    return id(content.obj if isinstance(content, memoryview) else content), len(content)


def _head(disk: CrashDisk, place: str) -> bytes:
    name = f"{place}/head"
    return disk.open(name).read() if name in disk.names_now else b""


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _parts(raw: bytes) -> tuple[bytes, set[str], int]:
    """Head, digests of all files that a slot with this image has, counter."""
    disk = CrashDisk()
    Folders(disk, MACHINE).install(io.BytesIO(raw), NOW + timedelta(days=1), quiet)
    digests = {_digest(disk.open(f"a/{name}").read()) for name in disk.names("a")}
    head = Folders(disk, MACHINE).head_of("a")
    assert head is not None
    return disk.open("a/head").read(), digests, head.manifest.counter


WHOLE: dict[object, set[str]] = {}
COUNTERS: dict[object, int] = {}
for _raw in (OLD, NEW, NEXT, SMALL):
    _found, _digests, _counter = _parts(_raw)
    WHOLE[_found], COUNTERS[_found] = _digests, _counter


@pytest.mark.parametrize("story", [update, failed_update])
def test_whatever_a_cut_leaves_starts_whole_signed_and_never_older(
    story: Callable[[CrashDisk], None], capsys: pytest.CaptureFixture[str]
):
    disk, judge = disk_with_old(), Judge()

    def look() -> None:
        was_good = Folders(found({n: i.content() for n, i in disk.names_durable.items()}), MACHINE)
        judge.look(disk, min(3, was_good.record().counter_min))

    disk.after = look
    story(disk)
    with capsys.disabled():
        print(f"\n{story.__name__}: {len(judge.seen):,} disks, {len(judge.recovered):,} cut twice")
    assert judge.wrong == []
    assert len(judge.seen) > 12 * KIB


def test_the_same_without_a_single_sync_goes_wrong():
    disk, judge = disk_with_old(), Judge()
    disk.forgets_to_sync = True
    disk.after = lambda: judge.look(disk, 3)
    update(disk, SMALL)
    assert judge.wrong
