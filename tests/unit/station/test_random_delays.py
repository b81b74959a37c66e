"""The random delay of the UK at a station: what waits, what does not, and what people read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from ampkeeper.firmware.energy.grid_operator import GridRules
from ampkeeper.firmware.energy.price import Prices, Slot
from ampkeeper.firmware.energy.schedules import LIMIT, Window
from ampkeeper.firmware.station.owner_limit import OwnerLimit

from .energy_rig import Home

EVERY = tuple(range(7))
NIGHT = Window("night", EVERY, 22 * 60, 6 * 60)
SLOW = Window("slow", EVERY, 22 * 60, 6 * 60, 10.0, LIMIT)
RATED_A = 32.0  # the cable takes 20 A of it
HOUR = timedelta(hours=1)
WALL = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


def charging(at: datetime = WALL, **rules: object) -> Home:
    """A car that charges, its start's delay of 300 s long over."""
    home = Home(delay_s=600, zone=UTC, **rules)
    home.begin_at(at)
    home.start()
    home.pass_time(320.0, step_s=4.0)
    return home


def until(home: Home, at: datetime) -> None:
    home.skip(at - home.now)


def told(home: Home, source: str) -> tuple[float, str, float | None]:
    one = home.entry(source)
    assert one is not None
    return one.current_a, one.reason, one.fallback_a


def prices(home: Home, *amounts: float) -> Prices:
    slots = [
        Slot(home.now + n * HOUR, home.now + (n + 1) * HOUR, one) for n, one in enumerate(amounts)
    ]
    return Prices("EUR", tuple(slots))


def test_the_end_of_the_hours_stops_the_charge_after_a_delay_and_says_so() -> None:
    home = charging(mode="schedule", windows=(NIGHT,))
    assert home.offered_a() == 20.0
    until(home, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    assert home.offered_a() == 20.0
    assert told(home, "schedule") == (RATED_A, "random delay, then: waits for its hours", 0.0)
    ends = home.entry("schedule")
    assert ends is not None
    assert ends.expires is not None
    assert timedelta(0) < ends.expires - home.now <= timedelta(seconds=600)
    home.pass_time(305.0)
    assert home.offered_a() == 0.0
    assert told(home, "schedule") == (0.0, "waits for its hours", None)


def test_a_price_ends_and_begins_the_charge_after_one_delay_each() -> None:
    home = charging(mode="price", price_limit=0.2)
    home.do(home.energy.on_prices, prices(home, 0.1, 0.3, 0.1))
    home.pass_time(320.0)
    assert home.offered_a() == 20.0
    home.skip(HOUR)
    assert home.offered_a() == 20.0
    home.pass_time(305.0)
    assert home.offered_a() == 0.0
    home.skip(HOUR)
    assert home.evse.limit() == (0.0, "delay")
    home.pass_time(305.0)
    assert home.offered_a() == 20.0, "the delay of the start is the only one"


def test_a_pushed_price_moves_the_rate_after_a_delay() -> None:
    home = charging(mode="price", price_limit=0.2)
    home.do(home.energy.on_prices, prices(home, 0.1))
    home.pass_time(320.0)
    home.do(home.energy.on_prices, prices(home, 0.9))
    home.pass_time(2.0)
    assert home.offered_a() == 20.0
    home.pass_time(303.0)
    assert home.offered_a() == 0.0


def test_hours_that_limit_make_it_less_and_more_after_a_delay() -> None:
    home = charging(WALL - HOUR, windows=(SLOW,))
    assert home.offered_a() == 20.0
    until(home, WALL)
    current_a, reason, falls_to_a = told(home, "hours")
    assert (current_a, falls_to_a) == (RATED_A, 10.0)
    assert reason.startswith("random delay, then: hours of slow")
    home.pass_time(305.0)
    assert home.offered_a() == 10.0
    until(home, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    home.pass_time(2.0)
    assert home.offered_a() == 10.0
    home.pass_time(305.0)
    assert home.offered_a() == 20.0


def test_more_waits_with_an_entry_of_its_own() -> None:
    full = Window("full", EVERY, 23 * 60, 6 * 60)
    half = Window("half", EVERY, 22 * 60, 23 * 60, 8.0)
    home = charging(mode="schedule", windows=(half, full))
    assert home.offered_a() == 8.0
    until(home, WALL + timedelta(minutes=31))
    assert home.evse.limit() == (8.0, "delay")
    reason = "random delay, so that not all chargers charge more at once"
    assert told(home, "delay") == (8.0, reason, None)
    home.pass_time(305.0)
    assert home.offered_a() == 20.0
    assert home.entry("delay") is None


def test_charge_now_skips_what_waits() -> None:
    home = charging(mode="schedule", windows=(NIGHT,))
    until(home, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    home.do(home.energy.on_charge, 1, True)
    home.pass_time(700.0, step_s=4.0)
    assert home.offered_a() == 20.0
    home.do(home.energy.on_charge, 1, False)
    assert home.offered_a() == 0.0, "less by hand is at once"


def test_charge_now_is_all_there_is_at_once() -> None:
    home = charging(mode="schedule", windows=(replace(NIGHT, current_a=8.0),))
    assert home.offered_a() == 8.0
    home.do(home.energy.on_charge, 1, True)
    assert home.offered_a() == 20.0


def test_the_owner_is_obeyed_at_once_where_it_is_less() -> None:
    home = charging()
    home.do(home.energy.on_mode, "off")
    assert home.evse.limit() == (0.0, "mode")
    home = charging()
    home.do(home.station.limiting.owner.on_limit, 1, OwnerLimit(8.0, home.now))
    assert home.offered_a() == 8.0


def test_limits_of_others_are_kept_at_once() -> None:
    home = charging()
    home.variables["LimitCtrlr.MaxCurrent"] = 10
    home.pass_time(1.0)
    assert home.offered_a() == 10.0
    home.variables["LimitCtrlr.MaxCurrent"] = 80
    home.pass_time(1.0)
    assert home.offered_a() == 20.0


def test_a_fuse_is_kept_at_once_while_a_change_waits() -> None:
    home = charging(mode="schedule", windows=(NIGHT,))
    until(home, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    assert home.offered_a() == 20.0
    home.variables["LimitCtrlr.MaxCurrent"] = 6
    home.pass_time(1.0)
    assert home.offered_a() == 6.0
    home.variables["LimitCtrlr.MaxCurrent"] = 0
    home.pass_time(3.0)
    assert home.offered_a() == 0.0
    assert told(home, "schedule")[0] == 0.0, "nothing flows, so nothing waits"


def test_the_grid_operator_s_cap_and_its_end_have_no_second_delay() -> None:
    home = charging()
    home.station.limiting.grid.operator.rules = GridRules(power_w=0.0)
    home.do(home.station.limiting.grid.on_order, 0.0, "input")
    assert home.evse.limit() == (0.0, "grid")
    home.pass_time(60.0)
    home.do(home.station.limiting.grid.on_release)
    for _ in range(1_200):
        home.pass_time(1.0)
        if home.entry("grid") is None:
            break
    assert home.entry("grid") is None
    home.pass_time(1.0)
    assert home.entry("delay") is None
    assert home.offered_a() == 20.0


def test_the_sun_is_followed_at_once() -> None:
    home = charging(mode="min+surplus")
    home.house_a = (-10.0, -10.0, -10.0)
    home.pass_time(300.0)
    assert home.offered_a() > 9.0
    home.house_a = (0.0, 0.0, 0.0)
    home.pass_time(40.0)
    assert home.offered_a() < 7.0
    assert home.entry("delay") is None


def test_seeded_chargers_stop_at_moments_of_their_own_and_at_the_same_ones_again() -> None:
    def stopped_after_s(seed: int) -> float:
        home = Home(delay_s=600, zone=UTC, mode="schedule", windows=(NIGHT,))
        draw = Random(seed).random
        home.energy.seats[1].delay._random = draw
        home.begin_at(WALL)
        home.start()
        home.pass_time(604.0, step_s=4.0)
        until(home, datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
        began_s = home.now_s
        while home.offered_a():
            home.pass_time(4.0, step_s=4.0)
        return home.now_s - began_s

    first = [stopped_after_s(seed) for seed in range(3)]
    assert first == [stopped_after_s(seed) for seed in range(3)]
    assert len(set(first)) == 3
    assert max(first) <= 604.0


def test_the_central_system_sets_how_long_a_delay_may_be() -> None:
    """Regulation 11 (1)(c): more and less, from afar; it holds from the next occasion on."""
    for told_s, most_s in ((1_800, 1_800.0), (60, 60.0), (0, 0.0), (-1, 600.0)):
        home = Home(delay_s=600, zone=UTC)
        home.variables["DelayCtrlr.MaxRandomDelay"] = told_s
        home.begin_at(WALL)
        home.start()
        home.pass_time(2.0)
        delay = home.entry("delay")
        assert (delay is None) == (most_s == 0.0)
        if delay is not None and delay.expires is not None:
            left_s = (delay.expires - home.now).total_seconds()
            assert 0.4 * most_s < left_s <= most_s
