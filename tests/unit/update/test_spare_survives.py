"""What is refused is refused before the spare slot is cleared: it could be all that is left."""

import io
import zipfile
from collections.abc import Callable

import pytest

from ampkeeper.firmware.update.envelope import payload_of, write_image
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.manifest import PILOT, RAUC, STATION
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from tests.power_loss.update_story import MACHINE, MAKER, image, quiet
from tests.support.crash_disk import CrashDisk
from tests.support.images import archive_of
from tests.support.rauc_stories import Rig
from tests.support.rauc_stories import image as system_image
from tests.support.releases import NOW, draft
from tests.unit.update.test_folders import contents


def image_with(kind: str, raw: bytes, counter: int = 5) -> bytes:
    told = (payload_of(kind, "3.0.0", io.BytesIO(raw)),)
    file = io.BytesIO()
    head = MAKER.head(draft(version="3.0.0", counter=counter, payloads=told))
    for _ in write_image(file, head, [io.BytesIO(raw)]):
        pass
    return file.getvalue()


WHOLE = image("3.0.0", 5, 8)
STORED = archive_of({"data": b"kept", "more": bytes(100)})
BROKEN = STORED.replace(b"kept", b"lost")  # its checksum is of something else
PACKED = io.BytesIO()
with zipfile.ZipFile(PACKED, "w", zipfile.ZIP_DEFLATED) as _opened:
    _opened.writestr("data", bytes(30 << 20))


def with_byte_changed(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def updated_twice(first_kib: int = 2) -> CrashDisk:
    """Slot b is good, slot a has what was good before, and may run: its counter is the same."""
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    for version, kib in (("1.0.0", first_kib), ("2.0.0", 2)):
        slots.install(io.BytesIO(image(version, 5, kib)), NOW, quiet)
        slots.start()
        slots.confirm()
    return disk


def no_room(disk: CrashDisk) -> None:
    disk.free = 8 << 20


@pytest.mark.parametrize(
    ("raw", "prepare", "ground"),
    [
        (WHOLE, no_room, Ground.SPACE),
        (with_byte_changed(WHOLE, len(WHOLE) // 2), None, Ground.CONTENT),
        (with_byte_changed(WHOLE, -1), None, Ground.CONTENT),
        (WHOLE[:-1], None, Ground.CONTENT),
        (WHOLE + b"x", None, Ground.CONTENT),
        (image_with(STATION, b"no archive"), None, Ground.CONTENT),
        (image_with(STATION, BROKEN), None, Ground.CONTENT),
        (image_with(STATION, archive_of({"../x": b""})), None, Ground.CONTENT),
        (image_with(STATION, PACKED.getvalue()), no_room, Ground.SPACE),
        (image_with(STATION, STORED, counter=4), None, Ground.OLDER),
        (image_with(RAUC, b"bundle"), None, Ground.BOARD),
    ],
)
def test_the_spare_slot_survives_each_refusal_and_can_take_the_place_of_the_good_one(
    raw: bytes, prepare: Callable[[CrashDisk], None] | None, ground: Ground
):
    disk, steps = updated_twice(), []
    before = contents(disk)
    if prepare is not None:
        prepare(disk)
    disk.after = lambda: steps.append("written")
    with pytest.raises(ImageRefused) as caught:
        Folders(disk, MACHINE).install(io.BytesIO(raw), NOW, quiet)
    assert caught.value.ground is ground
    assert steps == [], "nothing was done to the disk"
    assert contents(disk) == before
    disk.append("b/station", b"x")
    assert Folders(disk, MACHINE).start() == "a"


def test_what_the_spare_takes_is_room_for_what_replaces_it():
    disk = updated_twice(first_kib=64)
    disk.free = 8 << 20
    Folders(disk, MACHINE).install(io.BytesIO(image("3.0.0", 5, 2)), NOW, quiet)
    assert Folders(disk, MACHINE).start() == "a"


BUNDLE = system_image("3.0.0", 5)


@pytest.mark.parametrize(
    ("raw", "free", "ground"),
    [
        (BUNDLE, 7 << 20, Ground.SPACE),
        (BUNDLE.replace(b"bundle 3", b"bundle 4"), 1 << 30, Ground.CONTENT),
        (with_byte_changed(BUNDLE, -1), 1 << 30, Ground.CONTENT),
        (BUNDLE[:-1], 1 << 30, Ground.CONTENT),
        (BUNDLE + b"x", 1 << 30, Ground.CONTENT),
        (system_image("1.0.0", 4), 1 << 30, Ground.OLDER),
    ],
)
def test_what_is_kept_of_the_other_system_survives_each_refusal(
    raw: bytes, free: int, ground: Ground
):
    rig = Rig()
    rig.begin()
    for version in ("1.0.0", "2.0.0"):
        rig.install(system_image(version, 5))
        rig.restart()
        rig.installer.confirm()
    before, rig.disk.free = contents(rig.disk), free
    with pytest.raises(ImageRefused) as caught:
        rig.install(raw)
    assert caught.value.ground is ground
    assert contents(rig.disk) == before
    assert {f"b/{PILOT}", "b/head", "b/written"} <= before.keys()
    assert f"b/{RAUC}" not in before
    rig.rauc.mark("active", "rootfs.1")
    rig.restart()
    assert rig.installer.version() == "1.0.0", "its head is still known"
