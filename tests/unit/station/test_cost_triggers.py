"""When the central system wants the meter for a price, and when it must not be asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ampkeeper.firmware.prices import Triggers
from ampkeeper.firmware.station.cost_triggers import CostTriggers, Moment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
START = Moment(NOON, 1_000, 7_000.0, "Charging")


def fired(triggers: Triggers, *moments: Moment, first: Moment = START) -> list[bool]:
    made = CostTriggers()
    made.renew(triggers, first)
    return [made.fires(moment) for moment in moments]


def test_a_time_fires_once_when_it_comes() -> None:
    at = NOON + timedelta(seconds=2)
    moments = [replace(START, now=NOON + timedelta(seconds=each)) for each in range(4)]
    assert fired(Triggers(at=at), *moments) == [False, False, True, False]


def test_the_energy_of_the_session_fires_once() -> None:
    moments = [replace(START, energy_wh=each) for each in (4_999, 5_000, 5_001)]
    assert fired(Triggers(energy_wh=Decimal(5_000)), *moments) == [False, True, False]


@pytest.mark.parametrize(
    "triggers", [Triggers(at=NOON), Triggers(energy_wh=Decimal(1_000))], ids=("time", "energy")
)
def test_what_is_behind_us_already_does_not_fire(triggers: Triggers) -> None:
    later = replace(START, now=NOON + timedelta(hours=1), energy_wh=9_000)
    assert fired(triggers, START, later) == [False, False]


def test_a_power_fires_each_time_that_it_is_clearly_crossed() -> None:
    powers = (7_000.0, 8_000.0, 8_399.0, 8_400.0, 7_700.0, 8_100.0, 7_600.0, 7_000.0)
    moments = [replace(START, power_w=each) for each in powers]
    assert fired(Triggers(power_w=Decimal(8_000)), *moments) == [
        False, False, False, True, False, False, True, False,
    ]  # fmt: skip


def test_a_power_that_nobody_knows_fires_nothing() -> None:
    moments = [replace(START, power_w=each) for each in (None, 100.0, None, 9_000.0)]
    first = replace(START, power_w=None)
    assert fired(Triggers(power_w=Decimal(8_000)), *moments, first=first) == [False] * 3 + [True]


def test_a_side_is_kept_when_the_same_power_is_asked_for_again() -> None:
    made, triggers = CostTriggers(), Triggers(power_w=Decimal(100))
    made.renew(triggers, START)
    assert made.fires(replace(START, power_w=0.0))
    made.renew(triggers, replace(START, power_w=0.0))
    assert not made.fires(replace(START, power_w=0.0))
    assert made.fires(START)


def test_a_state_fires_when_it_is_entered_and_only_if_it_is_wanted() -> None:
    states = ("Charging", "SuspendedEV", "SuspendedEV", "Charging", "SuspendedEV")
    moments = [replace(START, state=each) for each in states]
    wanted = Triggers(states=frozenset({"SuspendedEV"}))
    assert fired(wanted, *moments) == [False, True, False, False, True]


def test_a_state_that_changed_before_the_next_word_is_still_told() -> None:
    made, wanted = CostTriggers(), Triggers(states=frozenset({"SuspendedEV"}))
    made.renew(wanted, START)
    made.renew(wanted, replace(START, state="SuspendedEV"))
    assert made.fires(replace(START, state="SuspendedEV"))
