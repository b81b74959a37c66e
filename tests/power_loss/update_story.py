"""Update story: images, a machine on which one of them runs, and updates that power cuts disturb.

Payloads are written in pieces of 4 KiB instead of 1 MiB, so that a small image has as many writes
as a large one. A story says which software it was promised that starts, from one step to the next.
"""

import hashlib
import io
import os
import random
import zipfile
from collections.abc import Callable
from datetime import timedelta

from ampkeeper.firmware.update.envelope import payload_of, write_image
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.manifest import PILOT, STATION
from tests.support.crash_disk import CrashDisk, found
from tests.support.releases import NOW, ReleaseMaker, draft

KIB = int(os.environ.get("AMPKEEPER_UPDATE_KIB", "384"))
PIECE_BYTES = 4_096
MAKER = ReleaseMaker()
MACHINE = Machine("emulated", 1, MAKER.trust)

Promise = Callable[[str], None]
Story = Callable[[CrashDisk, Promise], None]


def application(version: str, kib: int) -> bytes:
    """A zip archive like the station's: some folders, some files, one of them a module."""
    chance = random.Random(version)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(4):
            name = f"ampkeeper/part{number % 2}/module{number}.py"
            archive.writestr(zipfile.ZipInfo(name), chance.randbytes(kib * 256))
        archive.writestr(zipfile.ZipInfo("ampkeeper/start.py"), f"VERSION = {version!r}\n")
    return file.getvalue()


def image(version: str, counter: int, kib: int) -> bytes:
    """A signed image of it, with a pilot board's files."""
    payloads = {STATION: application(version, kib), PILOT: version.encode() * 400}
    told = tuple(payload_of(kind, version, io.BytesIO(raw)) for kind, raw in payloads.items())
    head = MAKER.head(draft(version=version, counter=counter, payloads=told))
    file = io.BytesIO()
    for _ in write_image(file, head, (io.BytesIO(raw) for raw in payloads.values())):
        pass
    return file.getvalue()


OLD, NEW, NEXT = image("1.0.0", 3, 2), image("2.0.0", 5, KIB), image("3.0.0", 5, 24)
SMALL = image("4.0.0", 5, 2)


def quiet(permille: int) -> None:
    """Nobody looks."""


def disk_with_old(*, is_strict: bool = False) -> CrashDisk:
    """A machine on which the old image was installed and found good."""
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    slots.install(io.BytesIO(OLD), NOW, quiet)
    assert slots.start() == "a"
    slots.confirm()
    left = found({name: disk.names_now[name].content() for name in disk.names("")})
    left.is_strict = is_strict
    return left


def update(disk: CrashDisk, promise: Promise, raw: bytes = NEW) -> None:
    """From the old image to the new one, which works."""
    slots = Folders(disk, MACHINE)
    promise("ab")
    slots.install(io.BytesIO(raw), NOW, quiet)
    promise("b")
    assert slots.start() == "b"
    slots.confirm()
    assert slots.start() == "b"


def failed_update(disk: CrashDisk, promise: Promise) -> None:
    """To the new one, which never says that it works, and back; then to another."""
    slots = Folders(disk, MACHINE)
    promise("ab")
    slots.install(io.BytesIO(NEXT), NOW, quiet)
    promise("b")
    assert [slots.start() for _ in range(2)] == ["b", "b"]
    promise("ab")
    assert slots.start() == "b"
    promise("a")
    assert slots.start() == "a"
    slots.told()
    promise("ab")
    slots.install(io.BytesIO(SMALL), NOW, quiet)
    promise("b")
    assert slots.start() == "b"
    promise("ab")
    slots.reject("the pilot board is silent")
    promise("a")
    assert slots.start() == "a"


def dropped_cache(disk: CrashDisk, promise: Promise) -> None:
    """What Python made of the old one is not what it was: it goes, and the old one starts."""
    promise("a")
    (made,) = [name for name in disk.names("a") if name.endswith(".pyc")]
    disk.append(f"a/{made}", b"x")
    disk.sync(f"a/{made}")
    assert Folders(disk, MACHINE).start() == "a"
    disk.sync_folder("a")


def parts_of(raw: bytes) -> tuple[bytes, set[str], set[str], int]:
    """Head, digests of all files of this image that a slot has, of what Python made, counter."""
    disk = CrashDisk()
    Folders(disk, MACHINE).install(io.BytesIO(raw), NOW + timedelta(days=1), quiet)
    names = [name for name in disk.names("a") if not name.startswith(("compiled", "head"))]
    made = {digest_of(disk, f"a/{name}") for name in names if "__pycache__" in name}
    digests = {digest_of(disk, f"a/{name}") for name in names if "__pycache__" not in name}
    assert made, "a module that compiles"
    head = Folders(disk, MACHINE).head_of("a")
    assert head is not None
    with disk.open("a/head") as file:
        return file.read(), digests, made, head.manifest.counter


def digest_of(disk: CrashDisk, name: str) -> str:
    """Of a file."""
    with disk.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()
