"""The record of the slots: what is written can be read, or is not written."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import Handed
from ampkeeper.firmware.update.record import RECORD, Record
from ampkeeper.firmware.update.slots import REASON_CHARS_MAX, TRUST_CHARS_MAX, A, B, Slots
from tests.support.crash_disk import CrashDisk

LARGEST = '"\\' * (TRUST_CHARS_MAX // 2)  # as a record has it, each character is two
TRYING = Slots(good=A, trust=LARGEST, counter_min=4).installed(B, 5, LARGEST)


def test_the_largest_trust_can_be_kept_twice():
    record = Record(CrashDisk())
    record.keep(TRYING)
    assert record.read() == TRYING
    reverted = TRYING.rejected("\U0001f50c" * REASON_CHARS_MAX)
    record.keep(reverted)
    assert record.read() == reverted


@pytest.mark.parametrize(
    "unreadable",
    [
        replace(TRYING, trust_new=LARGEST + "x"),
        replace(TRYING, reason="x" * (REASON_CHARS_MAX + 1)),
        replace(TRYING, counter_new=2**31),
        replace(TRYING, new=A),
    ],
)
def test_what_nobody_could_read_does_not_take_the_place_of_what_is_kept(unreadable: Slots):
    disk = CrashDisk()
    record = Record(disk)
    record.keep(TRYING)
    with pytest.raises(OSError, match=f"{RECORD} would not be readable: slots: "):
        record.keep(unreadable)
    assert record.read() == TRYING
    assert disk.names("") == [RECORD]


def test_the_largest_trust_given_to_rauc_can_be_read_again():
    disk = CrashDisk()
    handed = Handed(A, 2**31, LARGEST, 2**31, "b" * 64)
    files = RaucFiles(disk, lambda name: pytest.fail(name))
    files.keep_handed(handed)
    assert files.handed() == handed
