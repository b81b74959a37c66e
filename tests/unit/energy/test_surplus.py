"""Charging with what the sun leaves: calm, and in words."""

import pytest

from ampkeeper.firmware.energy.surplus import Smooth, Sun, SunRules

RULES = SunRules(margin_w=0.0)
LEAST_W = 6.0 * 230.0 * 3


def run(sun: Sun, power_w: float | None, seconds: float, start_s: float, phases: int = 3) -> float:
    """So much sun for so long; the offer at the end."""
    offer_a = 0.0
    for second in range(int(seconds) + 1):
        offer_a = sun.follow(power_w, phases, 16.0, start_s + second).current_a
    return offer_a


def test_it_begins_when_there_was_enough_for_the_start_delay() -> None:
    sun = Sun(RULES)
    assert run(sun, LEAST_W + 200.0, 179.0, 0.0) == 0.0
    assert sun.follow(LEAST_W + 200.0, 3, 16.0, 180.0).current_a >= 6.0


def test_it_says_what_it_waits_for() -> None:
    sun = Sun(SunRules(start_delay_s=180.0, hysteresis_w=0.0))
    told = sun.follow(1_100.0, 1, 16.0, 0.0)
    assert (told.reason, told.detail) == ("waits for sun", "1.1 kW of 1.4 kW for 3 min")


def test_a_gap_in_the_sun_begins_the_delay_anew() -> None:
    sun = Sun(RULES)
    run(sun, 6_000.0, 170.0, 0.0)
    run(sun, 1_000.0, 1.0, 171.0)
    assert run(sun, 6_000.0, 170.0, 173.0) == 0.0


def test_it_follows_down_at_once_and_up_in_steps() -> None:
    sun = Sun(RULES)
    run(sun, 6_900.0, 300.0, 0.0)
    assert sun.follow(6_900.0, 3, 16.0, 301.0).current_a == pytest.approx(10.0)
    assert sun.follow(5_520.0, 3, 16.0, 302.0).current_a == pytest.approx(8.0)
    assert sun.follow(11_040.0, 3, 16.0, 303.0).current_a == pytest.approx(16.0)
    assert sun.follow(8_280.0, 3, 16.0, 304.0).current_a == pytest.approx(12.0)
    assert sun.follow(11_040.0, 3, 16.0, 305.0).current_a == pytest.approx(12.0), "too soon"
    assert sun.follow(11_040.0, 3, 16.0, 314.0).current_a == pytest.approx(16.0)


def test_a_cloud_does_not_end_it_within_the_stop_delay() -> None:
    sun = Sun(RULES)
    run(sun, 6_900.0, 500.0, 0.0)
    assert run(sun, 0.0, 239.0, 501.0) == 6.0
    told = sun.follow(0.0, 3, 16.0, 740.5)
    assert told.reason == "too little sun"
    assert told.detail == "0.0 kW of 4.1 kW, goes on for at most 5 min"
    assert sun.follow(0.0, 3, 16.0, 741.0).current_a == 0.0


def test_it_stays_on_and_off_for_a_minimum_time() -> None:
    sun = Sun(SunRules(start_delay_s=10.0, stop_delay_s=10.0, on_s_min=300.0, off_s_min=300.0))
    run(sun, 6_900.0, 10.0, 0.0)
    assert run(sun, 0.0, 298.0, 11.0) == 6.0
    assert run(sun, 0.0, 1.0, 310.0) == 0.0
    assert run(sun, 6_900.0, 296.0, 312.0) == 0.0
    assert run(sun, 6_900.0, 2.0, 611.0) >= 6.0


def test_so_many_starts_in_an_hour_are_enough() -> None:
    rules = SunRules(
        start_delay_s=1.0, stop_delay_s=1.0, on_s_min=1.0, off_s_min=1.0, starts_per_hour=2
    )
    sun, starts, was_on = Sun(rules), 0, False
    for second in range(3_600):
        offer = sun.follow(8_000.0 if second % 60 < 30 else 0.0, 3, 16.0, float(second))
        starts += offer.current_a > 0.0 and not was_on
        was_on = offer.current_a > 0.0
    assert starts == 2


def test_what_is_not_known_is_not_sun() -> None:
    sun = Sun(RULES)
    run(sun, 6_900.0, 300.0, 0.0)
    gone = sun.follow(None, 3, 16.0, 301.0)
    assert gone.current_a == 0.0
    assert gone.detail == "the mains meter is silent"


def test_one_phase_needs_a_third_of_the_sun() -> None:
    assert run(Sun(RULES), 1_700.0, 180.0, 0.0, phases=1) == pytest.approx(6.0, abs=1.5)
    assert run(Sun(RULES), 1_700.0, 180.0, 0.0, phases=3) == 0.0


def test_who_rests_begins_from_the_start_but_its_starts_count() -> None:
    sun = Sun(SunRules(starts_per_hour=1, off_s_min=0.0))
    run(sun, 6_900.0, 200.0, 0.0)
    sun.rest()
    assert run(sun, 6_900.0, 1_000.0, 300.0) == 0.0
    assert run(sun, 6_900.0, 10.0, 3_790.0) >= 6.0


def test_power_is_smoothed_and_old_power_is_none() -> None:
    smooth = Smooth(20.0, 30.0)
    assert smooth.power_w(0.0) is None
    for second in range(10):
        smooth.see(second, 1_000.0 if second % 2 else 0.0)
    assert smooth.power_w(9.0) == 500.0
    assert smooth.power_w(39.0) == 500.0
    assert smooth.power_w(39.1) is None
