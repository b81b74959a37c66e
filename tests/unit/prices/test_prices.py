"""What a session comes to between two words of the central system."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.prices import (
    ChargingPrice,
    IdlePrice,
    NextPeriod,
    RunningCost,
    WallClock,
    cost_now,
    moved_on,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRICE = ChargingPrice(Decimal("0.123"), Decimal("2.00"), Decimal("42.42"))
TOLD = RunningCost(7, NOON, 1_234_000, Decimal("1.345"), False, PRICE)
IDLE = RunningCost(7, NOON, 1_234_000, Decimal("2"), True, PRICE, IdlePrice(30, Decimal(1)))


def test_energy_and_time_are_counted_on_and_the_flat_fee_is_not_counted_twice() -> None:
    assert cost_now(TOLD, NOON, 1_244_000, NOON + HOUR) == Decimal("1.345") + Decimal("3.23")


def test_what_stands_idle_costs_after_its_grace_and_never_by_energy() -> None:
    for minutes, cost in ((0, "2"), (30, "2"), (60, "2.5"), (90, "3")):
        now = NOON + timedelta(minutes=minutes)
        assert cost_now(IDLE, NOON, 1_300_000, now) == Decimal(cost)


def test_grace_counts_from_the_first_word_of_standing_idle() -> None:
    since = NOON - timedelta(minutes=20)
    assert cost_now(IDLE, since, 1_234_000, NOON + timedelta(minutes=40)) == Decimal("2.5")


def test_idle_without_a_price_costs_nothing() -> None:
    free = RunningCost(7, NOON, 0, Decimal(2), True)
    assert cost_now(free, NOON, 9_000, NOON + 9 * HOUR) == Decimal(2)


@given(st.integers(0, 2_000_000), st.integers(-90_000, 90_000))
def test_no_meter_and_no_clock_makes_it_less(meter_wh: int, seconds: int) -> None:
    now = NOON + timedelta(seconds=seconds)
    assert cost_now(TOLD, NOON, meter_wh, now) >= TOLD.cost
    assert cost_now(IDLE, NOON, meter_wh, now) >= IDLE.cost


def test_other_prices_hold_from_their_hour_on_and_the_sum_does_not_leap() -> None:
    night = NextPeriod(NOON + HOUR, ChargingPrice(Decimal("0.1")), IdlePrice(0, Decimal(4)))
    told = RunningCost(7, NOON, 0, Decimal(1), False, ChargingPrice(Decimal("0.2")), None, night)
    before = NOON + HOUR - timedelta(seconds=1)
    assert moved_on(told, NOON, 10_000, before) is told
    moved = moved_on(told, NOON, 10_000, NOON + HOUR)
    assert (moved.cost, moved.meter_wh, moved.following) == (Decimal(3), 10_000, None)
    assert cost_now(moved, NOON, 10_000, NOON + HOUR) == Decimal(3)
    assert cost_now(moved, NOON, 20_000, NOON + 2 * HOUR) == Decimal(4)
    assert moved.idle == IdlePrice(0, Decimal(4))
    assert moved_on(moved, NOON, 20_000, NOON + 2 * HOUR) is moved


def test_a_tenth_added_ten_thousand_times_is_a_thousand() -> None:
    told = RunningCost(7, NOON, 0, Decimal(0), False, ChargingPrice(Decimal("0.1")))
    for step in range(1, 10_001):
        sum_now = cost_now(told, NOON, step * 1000, NOON)
        told = RunningCost(7, NOON, step * 1000, sum_now, False, told.charging)
    assert told.cost == Decimal(1000)


def test_the_clock_on_the_wall_changes_when_it_is_told_to() -> None:
    clock = WallClock(timedelta(hours=-5), timedelta(hours=-4), NOON)
    before, after = NOON - HOUR, NOON + HOUR
    assert clock.local(before).isoformat() == "2026-11-22T06:00:00-05:00"
    assert clock.local(after).isoformat() == "2026-11-22T09:00:00-04:00"
    assert clock.instant(datetime(2026, 11, 22, 6, 0)) == before
    assert clock.instant(before) == before
