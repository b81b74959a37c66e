"""The installer on folders, on a disk that is full, damaged, or cannot be read."""

import errno
import io
from dataclasses import replace

import pytest

from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.slots import FACTORY, REVERTED, STARTS_MAX
from tests.support.crash_disk import CrashDisk
from tests.support.releases import NOW
from tests.unit.update.test_folders import CACHED, MACHINE, contents, image, quiet, swap


@pytest.mark.parametrize("damage", ["damaged", "damaged list"])
def test_what_nobody_signed_is_dropped_where_nothing_more_can_be_written(
    damage: str, monkeypatch: pytest.MonkeyPatch
):
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    disk.append(f"a/app/{CACHED}" if damage == "damaged" else "a/compiled", b" x")

    def full(name: str, *more: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device", name)

    with monkeypatch.context() as written:
        written.setattr(disk, "append", full)
        assert slots.start() == "a"
        assert CACHED not in disk.names("a/app")
        assert slots.start() == "a"
    assert slots.start() == "a"
    assert contents(disk)["a/compiled"] == b"{}"
    assert slots.record().good == "a"


@pytest.mark.parametrize("first", ["remove", "sync_folder"])
def test_what_nobody_signed_and_cannot_be_dropped_is_told_and_what_was_signed_starts(
    first: str, monkeypatch: pytest.MonkeyPatch
):
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    assert slots.is_clean("a")
    disk.append(f"a/app/{CACHED}", b" ")

    def fail(name: str, *more: object) -> None:
        raise OSError(errno.EROFS, "read-only file system", name)

    with monkeypatch.context() as read_only:
        read_only.setattr(disk, first, fail)
        assert slots.start() == "a"
        assert not slots.is_clean("a")
    assert slots.start() == "a"
    assert slots.is_clean("a")
    assert CACHED not in disk.names("a/app")


class Unreadable(CrashDisk):
    """The same disk with files that it no longer gives, as a card that wears out."""

    def __init__(self, disk: CrashDisk, name: str) -> None:
        super().__init__()
        vars(self).update(vars(disk))
        self._name = name

    def open(self, name: str) -> io.BufferedIOBase:
        if name == self._name:
            raise OSError(errno.EIO, "input/output error", name)
        return super().open(name)


def on_trial(starts: int) -> CrashDisk:
    """Slot a is good, and b has begun so often."""
    disk = CrashDisk()
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    slots.install(image(), NOW, quiet)
    assert [slots.start() for _ in range(starts)] == ["b"] * starts
    return disk


@pytest.mark.parametrize(
    ("unreadable", "damaged"), [("a/station", "b/station"), ("b/station", "a/station")]
)
def test_where_one_slot_is_unreadable_and_one_damaged_the_trial_is_over_and_an_image_helps(
    unreadable: str, damaged: str
):
    disk = on_trial(starts=1)
    swap(disk, damaged, b"rot")
    slots = Folders(Unreadable(disk, unreadable), MACHINE)
    assert [slots.start(), slots.start()] == ["", ""]
    assert (slots.record().state, slots.record().good) == (REVERTED, "a")
    assert "not what was signed" in slots.record().reason
    slots = Folders(disk, MACHINE)
    slots.install(image(6), NOW, quiet)
    assert slots.start() == "b"


def test_what_was_good_and_is_unreadable_is_no_reason_to_try_for_ever():
    disk = on_trial(starts=STARTS_MAX)
    slots = Folders(Unreadable(disk, "a/station"), MACHINE)
    slots.start()
    assert (slots.record().state, slots.record().good) == (REVERTED, "a")
    assert "3 times" in slots.record().reason
    assert Folders(disk, MACHINE).start() == "a", "and it is not given up"


@pytest.mark.parametrize("is_rejected", [True, False])
def test_what_the_machine_came_with_goes_before_what_failed(is_rejected: bool):
    machine = replace(MACHINE, counter=5)
    disk = on_trial(starts=STARTS_MAX)
    slots = Folders(disk, machine)
    if is_rejected:
        slots.reject("self-test failed: STORAGE")
    assert slots.start() == "a"
    slots.told()
    swap(disk, "a/station", b"rot")
    assert [slots.start(), slots.start()] == [FACTORY, FACTORY]
    slots.install(image(), NOW, quiet)
    assert slots.start() == "a"
