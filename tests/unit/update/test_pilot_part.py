"""The pilot part of an image: its form, for which board it is, and the key of the pair."""

from datetime import UTC, datetime, timedelta

import pytest

from ampkeeper.firmware.update.disk import write_synced
from ampkeeper.firmware.update.manifest import PILOT, Manifest, Payload
from ampkeeper.firmware.update.pilot_image import (
    BYTES_MAX,
    HEAD_BYTES,
    KEY_FILE,
    PilotImage,
    Wanted,
    check_pilot_raw,
    pair_key,
    pilot_image_of,
    raw_in,
)
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.hal.link.flash_host import Flashable
from tests.support.crash_disk import CrashDisk

IMAGE = PilotImage("pilot_rp2040", "1.2.3", b"program")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def disk_with(name: str, data: bytes) -> CrashDisk:
    disk = CrashDisk()
    folder = name.rpartition("/")[0]
    if folder:
        disk.make_folder(folder)
    write_synced(disk, name, (data,))
    return disk


def manifest(version: str = "1.2.3", kind: str = PILOT) -> Manifest:
    payload = Payload(kind, version, 71, "0" * 64)
    return Manifest("1.2.3", 5, ("pi_rp2040",), NOW, NOW + timedelta(days=1), (payload,))


def test_what_is_written_is_read() -> None:
    assert pilot_image_of(IMAGE.to_bytes()) == IMAGE


def test_every_byte_of_the_head_counts_and_every_length() -> None:
    raw = IMAGE.to_bytes()
    for at in range(HEAD_BYTES):
        changed = bytearray(raw)
        changed[at] ^= 0x80
        with pytest.raises(ImageRefused):
            pilot_image_of(bytes(changed))
    for size in range(HEAD_BYTES + 1):
        with pytest.raises(ImageRefused):
            pilot_image_of(raw[:size])
    with pytest.raises(ImageRefused, match="at most"):
        pilot_image_of(raw + bytes(BYTES_MAX))


def test_a_part_for_another_pilot_board_is_refused() -> None:
    with pytest.raises(ImageRefused, match=r"for pilot_rp2040; .* here is emulated") as caught:
        check_pilot_raw(manifest(), IMAGE.to_bytes(), "emulated")
    assert caught.value.ground is Ground.BOARD


def test_a_part_that_calls_itself_otherwise_than_the_manifest_is_refused() -> None:
    with pytest.raises(ImageRefused, match=r"1\.2\.3, and the manifest 1\.2\.4"):
        check_pilot_raw(manifest("1.2.4"), IMAGE.to_bytes(), "pilot_rp2040")


def test_a_station_with_a_bought_pilot_board_ignores_the_part() -> None:
    assert check_pilot_raw(manifest(), b"whatever", "") is None


def test_an_image_without_the_part_wants_nothing() -> None:
    assert check_pilot_raw(manifest(kind="station"), b"", "pilot_rp2040") is None


def test_what_a_slot_has_is_offered() -> None:
    raw = raw_in(disk_with("b/pilot", IMAGE.to_bytes()), "b")
    image = check_pilot_raw(manifest(), raw, "pilot_rp2040")
    assert image == IMAGE
    offered = Wanted(image, 5, True).flashable(bytes(32))
    assert isinstance(offered, Flashable)
    assert offered.board == "pilot_rp2040"


def test_a_part_that_is_too_long_is_refused_unread() -> None:
    disk = disk_with("a/pilot", bytes(BYTES_MAX + 1))
    with pytest.raises(ImageRefused):
        raw_in(disk, "a")


def test_the_key_is_drawn_once_and_on_the_disk_before_it_is_told() -> None:
    disk = CrashDisk()
    key = pair_key(disk, lambda size: bytes(range(size)))
    assert key == bytes(range(32))
    with disk.durable().open(KEY_FILE) as file:
        assert file.read() == key
    assert pair_key(disk, bytes) == key


@pytest.mark.parametrize("blank", [bytes(32), b"\xff" * 32])
def test_a_key_that_is_blank_is_none(blank: bytes) -> None:
    """CVE-2025-5749 and its like: whoever guesses zeros signs for everybody."""
    with pytest.raises(ValueError, match="32 times the same byte"):
        pair_key(disk_with(KEY_FILE, blank), bytes)
    disk = CrashDisk()
    with pytest.raises(ValueError, match="32 times the same byte"):
        pair_key(disk, lambda size: blank[:size])
    assert disk.names("") == []


def test_a_key_that_is_spoiled_is_not_replaced() -> None:
    disk = disk_with(KEY_FILE, b"short")
    with pytest.raises(ValueError, match="5 bytes where 32"):
        pair_key(disk, bytes)
