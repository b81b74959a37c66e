"""Contactor life: section 5.3, REQ-CNT-03."""

from ampkeeper.firmware.safety.units import COUNT_MAX
from ampkeeper.firmware.safety.wear import Wear


def test_each_closing_counts_once():
    wear = Wear()
    for coil in (0, 1, 1, 0, 0, 1, 0):
        wear.tick(coil)
    assert wear.closings == 2


def test_counts_that_the_station_kept_only_grow_req_cnt_03():
    wear = Wear()
    wear.restore(100, 5)
    wear.tick(1)
    wear.note_under_load()
    assert (wear.closings, wear.under_load) == (101, 6)
    wear.restore(50, 9)
    assert (wear.closings, wear.under_load) == (101, 9)
    wear.restore(102, 1)
    assert (wear.closings, wear.under_load) == (102, 9)


def test_worn_at_30_000_and_spent_at_50_000():
    for closings, is_worn, is_spent in (
        (29_999, False, False),
        (30_000, True, False),
        (49_999, True, False),
        (50_000, True, True),
    ):
        wear = Wear()
        wear.restore(closings, 0)
        assert (wear.is_worn(), wear.is_spent()) == (is_worn, is_spent)


def test_a_new_contactor_counts_from_zero():
    wear = Wear()
    wear.restore(60_000, 7)
    wear.renew()
    assert (wear.closings, wear.under_load) == (0, 0)
    assert not wear.is_worn()


def test_the_counts_stay_small():
    wear = Wear()
    wear.restore(COUNT_MAX + 5, COUNT_MAX + 5)
    wear.tick(1)
    wear.note_under_load()
    assert wear.closings == wear.under_load == COUNT_MAX
