"""Whatever the sun does: few starts, and no import beyond the margin for long."""

import os
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.energy.surplus import Smooth, Sun, SunRules

EXAMPLES = int(os.environ.get("AMPKEEPER_SUN_EXAMPLES", "6"))
RULES = SunRules()
VOLTS = 230.0
HOUR_S, DAY_S = 3_600, 3 * 3_600
FOLLOWED_S = 60  # while the sun goes on falling
LATE_S = 5  # how long the car takes to follow


def clouds(seed: int) -> list[float]:
    """What sun and house leave each second: clouds that come and go, and a house with a cooker."""
    random, left, power_w, kitchen_w = Random(seed), 0, 0.0, 0.0
    trace = []
    for _ in range(DAY_S):
        if left == 0:
            left = random.choice((5, 20, 60, 120, 200, 300, 600))
            power_w = random.uniform(-1_000.0, 11_000.0)
            kitchen_w = random.choice((0.0, 0.0, 2_000.0))
        left -= 1
        trace.append(power_w - kitchen_w + random.gauss(0.0, 50.0))
    return trace


@settings(max_examples=EXAMPLES, deadline=None)
@given(seed=st.integers(0, 2**32), phases=st.sampled_from([1, 3]))
def test_no_sun_makes_it_flap_or_import_for_long(seed: int, phases: int) -> None:
    sun, smooth = Sun(RULES), Smooth(RULES.smoothing_s, RULES.hold_s)
    starts: list[int] = []
    offers: list[float] = [0.0] * (LATE_S + 1)
    above_s = import_s = 0
    for second, left_w in enumerate(clouds(seed)):
        drawn_w = offers[-1 - LATE_S] * VOLTS * phases
        smooth.see(float(second), left_w)
        offer_a = sun.follow(smooth.power_w(float(second)), phases, 16.0, float(second)).current_a
        if offer_a and not offers[-1]:
            starts.append(second)
        offers.append(offer_a)
        is_above_least = offer_a > 6.0
        is_importing = drawn_w > max(0.0, left_w) + RULES.margin_w + 200.0
        above_s = above_s + 1 if is_importing and is_above_least else 0
        import_s = import_s + 1 if is_importing and drawn_w else 0
        assert above_s <= FOLLOWED_S, f"{above_s} s above what there is"
        assert import_s <= max(RULES.stop_delay_s, RULES.on_s_min) + 60.0, f"{import_s} s imported"
    for first in starts:
        within = [one for one in starts if first <= one < first + HOUR_S]
        assert len(within) <= RULES.starts_per_hour


@settings(max_examples=EXAMPLES, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_on_and_off_last_their_minimum_time(seed: int) -> None:
    sun, smooth = Sun(RULES), Smooth(RULES.smoothing_s, RULES.hold_s)
    turned_s, was_on = -10_000.0, False
    for second, left_w in enumerate(clouds(seed)):
        smooth.see(float(second), left_w)
        sun.follow(smooth.power_w(float(second)), 3, 16.0, float(second))
        if sun.is_on != was_on:
            least_s = RULES.on_s_min if was_on else RULES.off_s_min
            assert second - turned_s >= least_s
            turned_s, was_on = float(second), sun.is_on
