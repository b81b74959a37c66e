"""The owner's mode, a departure and the UK's delay: what they make of one moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ampkeeper.firmware.energy.departure import Departure, Target, duration, latest_start
from ampkeeper.firmware.energy.plan import MODES, Hold, Situation, holds
from ampkeeper.firmware.energy.schedules import LIMIT, Window
from ampkeeper.firmware.energy.surplus import Sunny

SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = Window("night", tuple(range(7)), 1_320, 360)
PEAK = Window("peak", tuple(range(7)), 1_020, 1_200, current_a=8.0, what=LIMIT)


def held(mode: str, **fields: Any) -> tuple[Hold, ...]:
    return holds(Situation(mode, 32.0, **fields))


def test_in_mode_now_nothing_waits() -> None:
    assert held("now") == ()


def test_off_is_off_for_a_target_too() -> None:
    assert held("off", due="20 kWh") == (Hold("mode", 0.0, "switched off by the owner"),)


@pytest.mark.parametrize("mode", MODES)
def test_charge_now_skips_every_mode_for_this_session(mode: str) -> None:
    (one,) = held(mode, is_skipped=True, limit=PEAK)
    assert (one.source, one.current_a) == ("mode", 32.0)


@pytest.mark.parametrize("mode", ["surplus", "min+surplus", "schedule", "price"])
def test_a_target_that_is_due_wins_over_what_is_waited_for(mode: str) -> None:
    sun = Sunny(0.0, "waits for sun")
    (one,) = held(mode, due="20 kWh by 07:00", sun=sun, price=Hold("price", 0.0, "dear"))
    assert one == Hold("departure", 32.0, "needed by the departure", "20 kWh by 07:00")


def test_the_least_is_charged_while_the_sun_is_weak() -> None:
    (one,) = held("min+surplus", sun=Sunny(0.0, "waits for sun", "0.0 kW of 4.3 kW"))
    words = "the least of min+surplus, waits for sun"
    assert one == Hold("surplus", 6.0, words, "0.0 kW of 4.3 kW")
    (more,) = held("min+surplus", sun=Sunny(9.0, "follows the sun"))
    assert more == Hold("surplus", 9.0, "follows the sun")


def test_without_a_mains_meter_there_is_no_sun() -> None:
    assert held("surplus")[0].current_a == 0.0


def test_hours_are_waited_for_and_then_charged_in() -> None:
    waiting = held("schedule", opens="night, Mon 22:00")
    assert waiting == (Hold("schedule", 0.0, "waits for its hours", "night, Mon 22:00"),)
    assert held("schedule", window=NIGHT) == (Hold("schedule", 32.0, "night, 22:00-06:00"),)


@pytest.mark.parametrize("mode", ["now", "schedule", "surplus"])
def test_a_limit_of_hours_holds_in_every_mode(mode: str) -> None:
    assert held(mode, limit=PEAK, due="20 kWh")[0] == Hold(
        "hours", 8.0, "hours of peak, 17:00-20:00"
    )


def test_a_price_is_waited_for() -> None:
    dear = Hold("price", 0.0, "waits for 0.2 EUR/kWh")
    assert held("price", price=dear) == (dear,)
    assert held("price") == (Hold("price", 0.0, "no price is known"),)


def test_the_latest_start_leaves_a_tenth_and_ten_minutes() -> None:
    target = Target(SEVEN, 20_000)
    assert latest_start(target, 0, 10_000.0) == SEVEN - 2.2 * HOUR - timedelta(minutes=10)
    assert latest_start(target, 20_000, 10_000.0) == SEVEN - timedelta(minutes=10)
    assert duration(1, 0.0) == timedelta(days=7)


def test_the_latest_start_leaves_the_longest_random_delay_there_may_be() -> None:
    target, half_hour = Target(SEVEN, 20_000), timedelta(minutes=30)
    assert latest_start(target, 0, 10_000.0, half_hour) == SEVEN - 2.2 * HOUR - half_hour
    departure = Departure()
    departure.set(target)
    assert departure.is_due(0, 10_000.0, SEVEN - 2.6 * HOUR, half_hour)
    departure.set(target)
    assert not departure.is_due(0, 10_000.0, SEVEN - 2.6 * HOUR)


def test_a_target_is_due_from_the_latest_start_until_it_is_met() -> None:
    departure = Departure()
    assert not departure.is_due(0, 10_000.0, SEVEN)
    departure.set(Target(SEVEN, 20_000))
    assert not departure.is_due(0, 10_000.0, SEVEN - 3 * HOUR)
    assert departure.is_due(0, 10_000.0, SEVEN - 2 * HOUR)
    assert departure.is_due(100, 22_000.0, SEVEN - 2 * HOUR), "a better guess does not interrupt"
    assert not departure.is_due(20_000, 10_000.0, SEVEN - HOUR)


def test_after_the_departure_nothing_is_due() -> None:
    departure = Departure()
    departure.set(Target(SEVEN, 20_000))
    assert departure.is_due(0, 10_000.0, SEVEN - HOUR)
    assert not departure.is_due(0, 10_000.0, SEVEN)
