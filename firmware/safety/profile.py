"""Profile: what one vehicle needs that the standard's numbers do not give it.

The station chooses it by tag, by vehicle or by default; ring 1 forgets it when the car leaves.
It may change under a car at any time, since no value of it can make anything live. Sources are
the field reports of section 3.5 and the wake-up variants of section 3.3 of the requirements.
"""

from ampkeeper.firmware.safety.ranges import is_within
from ampkeeper.firmware.safety.signals import NO, YES
from ampkeeper.firmware.safety.units import CURRENT_MA_MIN

WAKE_NEVER, WAKE_F, WAKE_CP_OPEN, WAKE_LADDER = range(4)
# fmt: off
RANGES = (
    # name               least           most
    "min_ma",            CURRENT_MA_MIN, 16_000,
    "wake_method",       WAKE_NEVER,     WAKE_LADDER,
    "wake_after_ms",     10_000,         600_000,
    "phase_gap_ms",      10_000,         300_000,
    "may_switch_phases", NO,             YES,
    "b_filter_ms",       0,              60,
    "never_f",           NO,             YES,
)
# fmt: on


class Profile:
    """One vehicle's needs; as made, those of a car about which nothing is known."""

    def __init__(self) -> None:
        self.min_ma = CURRENT_MA_MIN  # below, nothing is offered
        self.wake_method = WAKE_LADDER  # of a car that sleeps on PWM; F only if none can cut
        self.wake_after_ms = 30_000  # in B with PWM
        self.phase_gap_ms = 60_000  # without a pilot, round a move of the phase relay; iX3: 45 s
        self.may_switch_phases = YES  # NO: only while no car that was charged is there; Zoe
        self.b_filter_ms = 0  # longer before C -> B counts; the 100 ms of seq. 8.1 still hold
        self.never_f = NO  # YES: -12 V makes this car's fault permanent; older PHEV


def is_valid(profile: Profile) -> bool:
    """Tell whether all values are in their ranges and do not contradict each other."""
    is_kept = not profile.never_f or profile.wake_method in (WAKE_NEVER, WAKE_CP_OPEN)
    return is_kept and is_within(profile, RANGES)
