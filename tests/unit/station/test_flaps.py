"""A fault that comes and goes all the time is told once, and leaves room for others."""

from functools import partial

import pytest

from ampkeeper.firmware.safety.fault import LOCK_FAILED, RCD_DC
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.flaps import CALM_S, TIMES, WITHIN_S, Flaps
from ampkeeper.firmware.store.changes import SaveFault, SaveTrace
from ampkeeper.hal.ports import Trace
from tests.unit.station.charger import Charger


def flapped(flaps: Flaps, times: int, every_s: float) -> float:
    """Let a fault come and go; return when it was last there."""
    for turn in range(times):
        assert LOCK_FAILED in flaps.note({LOCK_FAILED}, turn * every_s)
        if turn + 1 < times:
            assert flaps.note(set(), (turn + 0.5) * every_s) == set()
    return (times - 1) * every_s


def test_a_fault_that_came_five_times_in_a_minute_stays_until_it_was_away_for_half_of_one() -> None:
    flaps = Flaps()
    last_s = flapped(flaps, TIMES, WITHIN_S / (TIMES - 1))
    assert flaps.note(set(), last_s + CALM_S - 0.1) == {LOCK_FAILED}
    assert flaps.note(set(), last_s + CALM_S) == set()
    assert not flaps.is_flapping(LOCK_FAILED, last_s + CALM_S)


@pytest.mark.parametrize(
    ("times", "every_s"), [(TIMES - 1, 1.0), (TIMES + 9, WITHIN_S / (TIMES - 1) + 0.1)]
)
def test_a_fault_that_comes_less_often_goes_at_once(times: int, every_s: float) -> None:
    flaps = Flaps()
    last_s = flapped(flaps, times, every_s)
    assert flaps.note(set(), last_s + 0.1) == set()


def test_one_that_lasts_does_not_flap_and_one_that_flaps_holds_no_other() -> None:
    flaps = Flaps()
    for second in range(100):
        seen = flaps.note({RCD_DC} | ({LOCK_FAILED} if second % 2 else set()), float(second))
    assert seen == {RCD_DC, LOCK_FAILED}
    assert flaps.note(set(), 100.0) == {LOCK_FAILED}


def flapping(charger: Charger) -> list[Effects]:
    """A loose switch of the lock, for a minute and a half."""
    effects = []
    for turn in range(180):
        charger.now_s += 0.5
        effects.append(charger.report(faults=(LOCK_FAILED,) if turn % 2 else ()))
    return effects


def test_a_fault_that_flaps_is_told_and_written_down_a_few_times() -> None:
    charger = Charger()
    effects = flapping(charger)
    assert len([row for one in effects for row in one.changes if type(row) is SaveFault]) == TIMES
    assert len([report for one in effects for report in one.reports]) <= 2 * TIMES
    charger.now_s += CALM_S
    charger.report()
    assert charger.station.evses[1].faults == {}


def test_a_fault_that_flaps_pushes_no_other_trace_out_of_the_books() -> None:
    charger = Charger()
    went_on: list[int] = []
    flapping(charger)
    for cause, count in ((LOCK_FAILED, 1), (LOCK_FAILED, 0), (RCD_DC, 1), (RCD_DC, 1)):
        trace = Trace(charger.now_s, 7, cause, b"")
        effects = charger.do(
            charger.station.checkup.on_trace, 1, trace, partial(went_on.append, cause)
        )
        assert [type(row) for row in effects.changes] == [SaveTrace] * count
        for act in effects.acts:
            act()
    assert went_on == [LOCK_FAILED, LOCK_FAILED, RCD_DC, RCD_DC]


def test_each_time_that_a_fault_flaps_one_trace_is_kept() -> None:
    flaps = Flaps()
    for begin_s in (0.0, 1_000.0):
        for turn in range(TIMES + 3):
            flaps.note({LOCK_FAILED}, begin_s + turn)
            flaps.note(set(), begin_s + turn + 0.5)
        assert flaps.wants_trace(LOCK_FAILED, begin_s + TIMES + 3)
        assert not flaps.wants_trace(LOCK_FAILED, begin_s + TIMES + 4)
        assert flaps.note(set(), begin_s + TIMES + 3 + CALM_S) == set()
