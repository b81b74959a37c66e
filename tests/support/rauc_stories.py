"""Rauc stories: a machine with a fake rauc, bundles that are told apart, and images of them."""

import io
from dataclasses import dataclass, field
from pathlib import Path

from ampkeeper.firmware.update.envelope import payload_of, write_image
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.manifest import PILOT, RAUC
from ampkeeper.firmware.update.rauc import RaucInstaller
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import Start
from ampkeeper.firmware.update.slots import TRIAL_S
from tests.support.crash_disk import CrashDisk
from tests.support.fake_rauc import NAMES, FakeRauc, FakeSystem
from tests.support.releases import NOW, ReleaseMaker, draft

MAKER = ReleaseMaker()
MACHINE = Machine("emulated", 1, MAKER.trust)
FACTORY = b"what the machine came with"


def bundle(version: str) -> bytes:
    """A bundle, as the fake rauc takes it."""
    return f"bundle {version}".encode()


def image(
    version: str, counter: int, raw: bytes | None = None, changes: object = None, **payloads: bytes
) -> bytes:
    """A signed image with that bundle, a pilot part, or other ``payloads``."""
    parts = payloads or {RAUC: raw or bundle(version), PILOT: b"pilot " + version.encode()}
    told = tuple(payload_of(kind, version, io.BytesIO(one)) for kind, one in parts.items())
    more = changes if isinstance(changes, dict) else {}
    manifest = draft(version=version, counter=counter, payloads=told, **more)
    file = io.BytesIO()
    for _ in write_image(file, MAKER.head(manifest), (io.BytesIO(one) for one in parts.values())):
        pass
    return file.getvalue()


class ImageFile:
    """What stands for the path of a downloaded image."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def open(self, mode: str) -> io.BytesIO:
        """As ``Path.open``, to read."""
        assert mode == "rb"
        return io.BytesIO(self._raw)


@dataclass
class Rig:
    """A machine whose software is started, and started again."""

    disk: CrashDisk = field(default_factory=CrashDisk)
    rauc: FakeRauc = field(init=False)
    installer: RaucInstaller = field(init=False)
    trial_s: int = TRIAL_S

    def __post_init__(self) -> None:
        systems = {name: FakeSystem(FACTORY) for name in NAMES}
        self.rauc = FakeRauc(self.disk, systems)

    def begin(self) -> Start:
        """The station starts, in the system that runs."""
        files = RaucFiles(self.disk, Path)
        self.installer = RaucInstaller(files, MACHINE, self.rauc, self.rauc.uptime, self.trial_s)
        return self.installer.start()

    def restart(self) -> Start:
        """The machine starts, and the station in it."""
        assert self.rauc.boot(), "the boot loader finds nothing"
        return self.begin()

    def install(self, raw: bytes) -> list[int]:
        """Install an image; returns the progress that was told."""
        told: list[int] = []
        self.installer.install(ImageFile(raw), NOW, told.append)
        return told
