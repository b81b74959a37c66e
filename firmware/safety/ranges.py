"""Ranges: what the settings may be (section 11 of the requirements)."""

from ampkeeper.firmware.safety.signals import NO, REGION_EU, REGION_US, YES, Settings
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX, CURRENT_MA_MIN, const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# fmt: off
SETTINGS_RANGES = (
    # name                      least           most
    "max_ma",                   CURRENT_MA_MIN, CURRENT_MA_MAX,
    "permit_ms",                1_000,          5_000,
    "ready_ms",                 300,            2_500,
    "stop_ms",                  6_000,          7_000,
    "reclose_ms",               10_000,         600_000,
    "pwm_gap_ms",               5_000,          60_000,
    "pilot_f_ms",               0,              1_000,
    "duty_blank_ms",            0,              600,
    "switch_blank_ms",          0,              200,
    "is_socket",                NO,             YES,
    "has_ventilation",          NO,             YES,
    "phases",                   1,              3,
    "region",                   REGION_EU,      REGION_US,
    "has_rcd_test",             NO,             YES,
    "has_meter",                NO,             YES,
    "is_stepping_down_at_once", NO,             YES,
    "simplified_ma",            0,              32_000,
    "voltage_nominal_mv",       120_000,        277_000,
    "has_phase_relay",          NO,             YES,
    "has_cp_relay",             NO,             YES,
)
# fmt: on
RANGE = const(3)  # columns


def are_valid(settings: Settings) -> bool:
    """Tell whether all settings are in their ranges."""
    is_simplified_ok = settings.simplified_ma == 0 or settings.simplified_ma >= CURRENT_MA_MIN
    return is_within(settings, SETTINGS_RANGES) and settings.phases != 2 and is_simplified_ok


def is_within(values: object, ranges: "tuple[Any, ...]") -> bool:
    """Tell whether each attribute that ``ranges`` names is in its range."""
    for at in range(0, len(ranges), RANGE):
        if not ranges[at + 1] <= getattr(values, ranges[at]) <= ranges[at + 2]:
            return False
    return True
