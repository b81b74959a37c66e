"""The owner's modes at work on a station: sun, hours, prices, departure, delay, and who is in
charge (what users ask, rows 1, 4, 5 and 24)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ampkeeper.firmware.energy.departure import Target
from ampkeeper.firmware.energy.price import Prices, Slot
from ampkeeper.firmware.energy.schedules import Window
from ampkeeper.firmware.energy.surplus import SunRules
from ampkeeper.firmware.station.energy import EnergyRules, Leaving
from ampkeeper.firmware.store.changes import SaveMeta

from .energy_rig import Home

EVERY = tuple(range(7))
NIGHT = Window("night", EVERY, 22 * 60, 6 * 60)
QUICK = SunRules(
    start_delay_s=30.0, stop_delay_s=30.0, on_s_min=60.0, off_s_min=60.0, smoothing_s=5.0
)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def sunny(sun_a: float) -> tuple[float, float, float]:
    return (-sun_a, -sun_a, -sun_a)


def started(**rules: Any) -> Home:
    home = Home(**rules)
    home.start()
    return home


def prices(home: Home, *amounts: float) -> Prices:
    """By the hour, from now on."""
    slots = [
        Slot(home.now + n * HOUR, home.now + (n + 1) * HOUR, one) for n, one in enumerate(amounts)
    ]
    return Prices("EUR", tuple(slots))


def test_the_car_waits_for_sun_and_says_so_in_words() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.house_a = sunny(2.0)
    home.pass_time(20.0)
    assert home.offered_a() == 0.0
    assert home.words("surplus") == "waits for sun: 1.4 kW of 4.3 kW for 30 s"


def test_the_car_follows_the_sun() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.house_a = sunny(10.0)
    home.pass_time(120.0)
    assert home.offered_a() == pytest.approx(10.0, abs=0.6)
    home.house_a = sunny(8.0)
    home.pass_time(20.0)
    assert home.offered_a() == pytest.approx(8.0, abs=0.3)
    home.house_a = sunny(0.0)
    home.pass_time(120.0)
    assert home.offered_a() == 0.0


def test_row_1_a_car_that_uses_one_phase_needs_a_third_of_the_sun() -> None:
    home = Home(mode="min+surplus", sun=QUICK)
    home.car_phases = 1
    home.house_a = (-8.0, 0.0, 0.0)
    home.start()
    home.pass_time(120.0)
    assert home.evse.phases_counted == 1
    assert home.offered_a() == pytest.approx(8.0, abs=0.6)


def test_the_least_is_charged_without_sun() -> None:
    home = started(mode="min+surplus", sun=QUICK)
    home.pass_time(20.0)
    assert home.offered_a() == 6.0
    assert home.words("surplus").startswith("the least of min+surplus, waits for sun")


def test_a_silent_meter_is_no_sun() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.house_a = sunny(10.0)
    home.pass_time(120.0)
    home.house_a = None
    home.pass_time(40.0)
    assert home.offered_a() == 0.0
    assert "the mains meter is silent" in home.words("surplus")


def test_who_came_first_has_the_sun_and_the_rest_is_the_next_ones() -> None:
    home = Home(count=2, mode="surplus", sun=QUICK)
    home.car_a = 8.0
    home.house_a = sunny(16.0)
    home.arrive(1)
    home.pass_time(1.0)
    home.arrive(2)
    home.pass_time(300.0)
    assert home.drawn_a(1)[0] == 8.0
    second = home.entry("surplus", 2)
    assert second is not None
    assert second.current_a == pytest.approx(8.0, abs=0.6)


def test_row_4_who_is_in_charge_is_one_answer_and_the_least_binds() -> None:
    home = started(mode="min+surplus", sun=QUICK)
    home.house_a = sunny(25.0)
    home.pass_time(200.0)
    assert home.evse.limit()[1] == "cable"
    home.variables["LimitCtrlr.MaxCurrent"] = 10
    home.pass_time(2.0)
    assert home.evse.limit() == (10.0, "ocpp")
    home.house_a = sunny(-3.0)
    home.pass_time(60.0)
    assert home.evse.limit() == (6.0, "surplus")
    home.do(home.energy.on_mode, "off")
    assert home.evse.limit() == (0.0, "mode")


def test_row_5_charging_goes_on_after_zero_amperes_of_the_central_system() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.house_a = sunny(12.0)
    home.pass_time(120.0)
    home.variables["LimitCtrlr.MaxCurrent"] = 0
    home.pass_time(60.0)
    assert home.offered_a() == 0.0
    home.variables["LimitCtrlr.MaxCurrent"] = 80
    home.pass_time(120.0)
    assert home.offered_a() == pytest.approx(12.0, abs=0.6)


def test_charge_now_skips_the_mode_until_the_car_leaves() -> None:
    home = started(mode="off")
    home.pass_time(5.0)
    assert home.offered_a() == 0.0
    home.do(home.energy.on_charge, 1, True)
    assert home.offered_a() == 20.0
    home.opened()
    home.unplug()
    home.pass_time(20.0)
    home.start()
    home.pass_time(5.0)
    assert home.offered_a() == 0.0


def test_a_mode_and_what_was_said_outlive_a_restart() -> None:
    home = started(mode="now", windows=(NIGHT,))
    home.do(home.energy.on_mode, "schedule")
    home.do(home.energy.on_charge, 1, True)
    home.do(home.energy.on_target, 1, Target(home.now + 5 * HOUR, 9_000))
    home.do(home.energy.on_prices, prices(home, 0.3, 0.2))
    kept = [one for one in home.changes if isinstance(one, SaveMeta) and one.key == "energy"][-1]
    after = Home(mode="now", windows=(NIGHT,))
    assert after.energy.recall({"energy": kept.value}.get) == []
    assert after.energy.mode == "schedule"
    assert after.energy.seats[1].is_skipped
    assert after.energy.seats[1].told == Target(home.now + 5 * HOUR, 9_000)
    assert after.energy.prices == home.energy.prices


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"mode": 5, "now": 7, "targets": [], "prices": ""}',
        '{"mode": null, "now": [], "targets": {"1": []}, "prices": ""}',
        '{"mode": null, "now": [], "targets": {"1": ["soon", 5]}, "prices": ""}',
        '{"mode": null, "now": [], "targets": {"1": ["0001-01-01T00:00+14:00", 5]}, "prices": ""}',
        '{"mode": null, "now": [], "targets": {}, "prices": "{}"}',
    ],
)
def test_what_was_kept_and_cannot_be_read_is_left_out(text: str) -> None:
    home = Home(mode="surplus")
    problems = home.energy.recall({"energy": text}.get)
    assert bool(problems) is bool(text)
    assert home.energy.mode == "surplus"


def test_the_hours_of_a_schedule_are_waited_for() -> None:
    home = Home(mode="schedule", windows=(NIGHT,), zone=BERLIN)
    home.begin_at(datetime(2026, 11, 23, 20, 59, tzinfo=UTC))
    home.start()
    home.pass_time(30.0)
    assert home.words("schedule") == "waits for its hours: night, Mon 22:00"
    home.pass_time(40.0)
    assert home.offered_a() == 20.0


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), 7),
        (datetime(2026, 10, 24, 19, 0, tzinfo=UTC), 9),
        (datetime(2026, 11, 22, 20, 0, tzinfo=UTC), 8),
    ],
)
def test_row_24_a_night_charges_until_six_by_the_wall_whatever_daylight_saving_does(
    evening: datetime, hours: int
) -> None:
    home = Home(mode="schedule", windows=(NIGHT,), zone=BERLIN)
    home.begin_at(evening)
    home.start()
    minutes, ends = 0, None
    for _ in range(6 * 60):
        home.skip(timedelta(seconds=118))
        minutes += 2 * (home.offered_a() > 0.0)
        ends = home.now if home.offered_a() > 0.0 else ends
    assert minutes == pytest.approx(hours * 60, abs=4)
    assert ends is not None
    wall = ends.astimezone(BERLIN)
    assert f"{wall:%H:%M}" in ("05:57", "05:58", "05:59", "06:00")


def test_a_clock_that_is_set_counts_at_once() -> None:
    home = Home(mode="schedule", windows=(NIGHT,), zone=BERLIN)
    home.begin_at(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    home.start()
    home.pass_time(5.0)
    assert home.offered_a() == 0.0
    home.step += timedelta(hours=10)
    home.pass_time(3.0)
    assert home.offered_a() == 20.0


def test_row_24_charging_waits_for_the_cheapest_hours_before_the_departure() -> None:
    home = started(mode="price", cheapest_time=HOUR)
    home.do(home.energy.on_prices, prices(home, 0.4, 0.1, 0.3, 0.4))
    home.do(home.energy.on_target, 1, Target(home.now + 4 * HOUR, 10_000))
    home.pass_time(60.0)
    assert home.words("price") == "waits for the cheapest hours: Sun 13:00"
    home.skip(HOUR)
    assert home.offered_a() == 20.0
    assert home.words("price") == "in the cheapest hours: 0.1 EUR/kWh"
    home.pass_time(3_000.0, step_s=4.0)
    assert home.offered_a() == 0.0, "10 kWh are done"


def test_a_low_price_is_charged_at_and_an_unknown_one_is_waited_for() -> None:
    home = started(mode="price", price_limit=0.2)
    home.pass_time(5.0)
    assert home.words("price").startswith("no price is known for now")
    home.do(home.energy.on_prices, prices(home, 0.3, 0.2))
    assert home.words("price") == "waits for 0.2 EUR/kWh or less: 0.3 EUR/kWh"
    home.skip(HOUR)
    assert home.offered_a() == 20.0


def test_a_target_wins_over_the_sun_when_it_is_late() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.do(home.energy.on_target, 1, Target(home.now + 1 * HOUR, 8_000))
    home.pass_time(60.0)
    assert home.offered_a() == 0.0
    home.pass_time(1_200.0, step_s=4.0)
    assert home.offered_a() == 20.0
    assert home.words("departure").startswith("needed by the departure: ")
    home.pass_time(2_350.0, step_s=4.0)
    assert home.drawn_wh >= 7_999.0
    assert home.entry("departure") is None


def test_a_departure_of_every_week_is_the_next_one() -> None:
    home = Home(leavings=(Leaving((0,), 7 * 60 + 30, 9_000, 0),), zone=BERLIN)
    target = home.energy.target_of(home.evse, home.now)
    assert target == Target(datetime(2026, 11, 23, 6, 30, tzinfo=UTC), 9_000)


def test_a_departure_on_the_short_day_is_known_the_evening_before() -> None:
    home = Home(leavings=(Leaving((6,), 7 * 60 + 30, 9_000, 0),), zone=BERLIN)
    late = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30; 24 hours later it is Monday
    target = home.energy.target_of(home.evse, late)
    assert target == Target(datetime(2026, 3, 29, 5, 30, tzinfo=UTC), 9_000)


def test_in_britain_charging_begins_after_a_random_delay_also_after_a_power_cut() -> None:
    for _ in range(2):  # the second one is another life of the program
        home = started(delay_s=600)
        home.pass_time(3.0)
        assert home.evse.limit() == (0.0, "delay")
        delay = home.entry("delay")
        assert delay is not None
        assert delay.expires is not None
        home.pass_time(302.0)
        assert home.offered_a() == 20.0


def test_a_person_skips_the_random_delay() -> None:
    home = started(delay_s=600)
    home.pass_time(3.0)
    home.do(home.energy.on_charge, 1, True)
    home.pass_time(2.0)
    assert home.offered_a() == 20.0


def test_a_clock_that_is_set_shortens_no_delay() -> None:
    home = started(delay_s=600)
    home.pass_time(3.0)
    home.skip(HOUR)
    assert home.evse.limit() == (0.0, "delay")


def test_a_later_start_is_another_occasion_for_the_delay() -> None:
    home = started(delay_s=600)
    home.pass_time(310.0)
    home.do(home.energy.on_mode, "off")
    home.pass_time(10.0)
    home.do(home.energy.on_mode, "now")
    home.pass_time(3.0)
    assert home.evse.limit() == (0.0, "delay")


def test_the_defaults_wait_for_nothing() -> None:
    assert EnergyRules() == EnergyRules(mode="now", delay_s=0)
    home = started()
    home.pass_time(3.0)
    assert home.offered_a() == 20.0


def test_nothing_is_offered_before_the_random_delay_is_drawn() -> None:
    home = Home(delay_s=600)
    home.pass_time(3.0)
    home.now_s += 0.1  # nothing is looked at again for most of a second
    for event in (home.read, home.plug, lambda: home.swipe("0BCAFE01"), home.offer):
        event()
        home.follow(home.effects[-1])
        assert home.offered_a() == 0.0
    assert home.evse.limit() == (0.0, "delay")
