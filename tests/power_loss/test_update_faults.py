"""The disk fails at each operation of an update in turn: it says so, and what ran before runs on.

``EIO``, no room from then on, and a disk that can only be read. What is left if the power goes
at any time after that is judged like what any other cut leaves.
"""

import errno
import io
from collections.abc import Callable
from contextlib import suppress

import pytest

from ampkeeper.firmware.update import envelope
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.slots import DEAD, GOOD, TRYING
from tests.power_loss.update_judge import Judge
from tests.power_loss.update_story import (
    MACHINE,
    NEXT,
    PIECE_BYTES,
    SMALL,
    disk_with_old,
    quiet,
)
from tests.support.crash_disk import CrashDisk, found
from tests.support.failing_disk import GROWS, WRITES, FailingDisk
from tests.support.releases import NOW

TIMES_MAX = 200  # more operations than any of these has


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(envelope, "CHUNK_BYTES", PIECE_BYTES)


def once(number: int) -> Callable[[int], bool]:
    """At this operation alone."""
    return lambda count: count == number


def ever_since(number: int) -> Callable[[int], bool]:
    """At this one, and at every one after it."""
    return lambda count: count >= number


def each_failure(
    prepare: Callable[[], CrashDisk],
    act: Callable[[Folders], None],
    error: int,
    due: Callable[[int], Callable[[int], bool]],
    kinds: tuple[str, ...],
) -> list[tuple[FailingDisk, CrashDisk]]:
    """A machine for each operation that can fail, after it did."""
    machines = []
    for number in range(1, TIMES_MAX):
        disk = prepare()
        failing = FailingDisk(disk, error, due(number), kinds)
        with suppress(OSError):
            act(Folders(failing, MACHINE))
        if not failing.failed:
            return machines
        machines.append((failing, disk))
    raise AssertionError(f"more than {TIMES_MAX} operations")


def install(slots: Folders) -> None:
    """The update up to its restart."""
    slots.install(io.BytesIO(NEXT), NOW, quiet)


def installed() -> CrashDisk:
    """A machine on which the update is on trial."""
    disk = disk_with_old()
    install(Folders(disk, MACHINE))
    return left(disk)


def left(disk: CrashDisk) -> CrashDisk:
    """The disk with all that was done to it."""
    return found({name: disk.names_now[name].content() for name in disk.names("")})


def judged(disk: CrashDisk, promised: str) -> list[str]:
    """What is wrong with any disk that a cut may leave now."""
    judge = Judge(0)
    judge.promise(promised)
    judge.look(disk)
    return judge.wrong


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_an_install_that_fails_once_anywhere_is_undone_and_can_be_repeated(error: int):
    kinds = WRITES if error == errno.EIO else GROWS
    machines = each_failure(disk_with_old, install, error, once, kinds)
    assert len(machines) > 20
    for failing, disk in machines:
        assert judged(disk, "ab") == [], failing.failed
        assert Folders(left(disk), MACHINE).start() == "a", f"{failing.failed}: it failed"
        again = Folders(disk, MACHINE)
        again.install(io.BytesIO(NEXT), NOW, quiet)
        assert judged(disk, "b") == [], failing.failed
        assert again.start() == "b", failing.failed


def test_a_disk_without_room_gets_all_of_it_back():
    machines = each_failure(disk_with_old, install, errno.ENOSPC, ever_since, GROWS)
    assert len(machines) > 20
    before = set(disk_with_old().names(""))
    for failing, disk in machines:
        beside = {name for name in disk.names("") if not name.endswith(".part")}
        assert beside == before, failing.failed
        assert judged(disk, "a") == [], failing.failed
        assert Folders(disk, MACHINE).record().state == GOOD, failing.failed


@pytest.mark.parametrize("error", [errno.EIO, errno.EROFS])
def test_an_install_on_a_disk_that_fails_for_good_leaves_what_starts(error: int):
    machines = each_failure(disk_with_old, install, error, ever_since, WRITES)
    assert len(machines) > 25
    for failing, disk in machines:
        assert judged(disk, "ab") == [], failing.failed
        slots = Folders(FailingDisk(disk, error, ever_since(1), WRITES), MACHINE)
        assert slots.start() == "a", failing.failed


def test_what_is_on_trial_does_not_start_where_its_start_cannot_be_counted():
    started: list[str] = []
    machines = each_failure(
        installed, lambda slots: started.append(slots.start()), errno.EIO, once, WRITES
    )
    assert started == ["a"] * 5 + ["b"], "the last time nothing failed"
    for failing, disk in machines:
        assert judged(disk, "ab") == [], failing.failed
        assert Folders(disk, MACHINE).start() == "b", failing.failed
    slots = Folders(FailingDisk(installed(), errno.EROFS, ever_since(1), WRITES), MACHINE)
    assert slots.start() == "a"


def test_a_trial_that_ends_on_a_failing_disk_ends_after_all():
    for act, promised in ((Folders.confirm, "b"), (rejected, "a")):
        machines = each_failure(installed, act, errno.EIO, once, WRITES)
        assert len(machines) == 5
        for failing, disk in machines:
            assert judged(disk, "ab") == [], failing.failed
            act(Folders(disk, MACHINE))
            assert judged(disk, promised) == [], failing.failed


def rejected(slots: Folders) -> None:
    """It does not work."""
    slots.reject("the pilot board is silent")


def test_a_file_that_cannot_be_read_now_is_not_lost_for_good():
    def confirmed() -> CrashDisk:
        disk = installed()
        slots = Folders(disk, MACHINE)
        slots.start()
        slots.confirm()
        return left(disk)

    def start(slots: Folders) -> None:
        assert slots.start() in ("", "b"), "the old one is too old"

    machines = each_failure(confirmed, start, errno.EIO, once, ("open",))
    assert len(machines) > 8
    for failing, disk in machines:
        assert Folders(disk, MACHINE).record().state != DEAD, failing.failed
        assert Folders(disk, MACHINE).start() == "b", failing.failed


def test_what_is_on_trial_and_cannot_be_read_is_given_up():
    def start(slots: Folders) -> None:
        assert slots.start() in ("a", "b")

    machines = each_failure(installed, start, errno.EIO, once, ("open",))
    assert len(machines) > 8
    for failing, disk in machines:
        slots = Folders(disk, MACHINE)
        if failing.failed.endswith((".pyc", "/compiled")):
            assert slots.record().state == TRYING, "nobody signed it, and it goes without"
            assert slots.start() == "b", failing.failed
        elif failing.failed.startswith("open b/"):
            assert slots.record().state != TRYING, failing.failed
            assert slots.start() == "a", failing.failed
        else:
            assert slots.start() in ("a", "b"), failing.failed


def test_an_update_after_another_that_failed_takes_its_place():
    machines = each_failure(disk_with_old, install, errno.EIO, ever_since, WRITES)
    for failing, disk in machines:
        slots = Folders(disk, MACHINE)
        slots.start()
        if slots.record().state == TRYING:
            slots.reject("it was not to be installed")
        slots.install(io.BytesIO(SMALL), NOW, quiet)
        assert judged(disk, "b") == [], failing.failed
