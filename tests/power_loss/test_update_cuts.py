"""The power goes at every step of an update, and again while that is put right.

Whatever is left of the disk: what starts is what was signed, never older than what was good, what
was promised before the cut, and there is always something that starts. Set AMPKEEPER_UPDATE_KIB
for a larger application: the disks grow with its square.
"""

from collections.abc import Callable
from functools import lru_cache, partial

import pytest

from ampkeeper.firmware.update import envelope, record
from tests.power_loss.update_judge import Judge
from tests.power_loss.update_story import (
    KIB,
    NEXT,
    PIECE_BYTES,
    SMALL,
    Story,
    disk_with_old,
    dropped_cache,
    failed_update,
    update,
)

DISKS_MIN = 100_000 if KIB >= 384 else 0  # of the first story
SECOND_CUTS_EVERY = 2_000  # of the disks after the first cut; these are updated and cut again


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch):
    """And one look at each text of a record, however many disks have it."""
    monkeypatch.setattr(envelope, "CHUNK_BYTES", PIECE_BYTES)
    monkeypatch.setattr(record, "slots_of", lru_cache(record.slots_of))


@pytest.mark.parametrize(
    ("story", "is_strict", "disks_min"),
    [
        pytest.param(update, False, DISKS_MIN, id="works-on-a-journal"),
        pytest.param(partial(update, raw=NEXT), True, 1_000, id="works-on-what-posix-promises"),
        pytest.param(failed_update, False, 1_000, id="fails-on-a-journal"),
        pytest.param(failed_update, True, 1_000, id="fails-on-what-posix-promises"),
        pytest.param(dropped_cache, True, 5, id="drops-what-python-made"),
    ],
)
def test_whatever_a_cut_leaves_starts_whole_signed_and_never_older(
    story: Story, is_strict: bool, disks_min: int, record_property: Callable[[str, object], None]
):
    disk, judge = disk_with_old(is_strict=is_strict), Judge(SECOND_CUTS_EVERY)
    disk.after = lambda: judge.look(disk)
    story(disk, judge.promise)
    record_property("covered", judge.summary())
    assert judge.wrong == []
    assert len(judge.seen) >= disks_min


def test_the_same_without_a_single_sync_goes_wrong():
    disk, judge = disk_with_old(), Judge(0)
    disk.forgets_to_sync = True
    disk.after = lambda: None if judge.wrong else judge.look(disk)
    update(disk, judge.promise, SMALL)
    assert judge.wrong
