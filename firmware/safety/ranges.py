"""Ranges: what the settings may be (section 11 of the requirements)."""

from ampkeeper.firmware.safety.signals import NO, REGION_EU, REGION_US, YES, Settings
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX, CURRENT_MA_MIN

SETTINGS_RANGES = (
    ("max_ma", CURRENT_MA_MIN, CURRENT_MA_MAX), ("permit_ms", 1_000, 5_000),
    ("ready_ms", 300, 2_500), ("stop_ms", 6_000, 7_000), ("reclose_ms", 10_000, 600_000),
    ("pwm_gap_ms", 5_000, 60_000), ("pilot_f_ms", 0, 1_000), ("duty_blank_ms", 0, 600),
    ("switch_blank_ms", 0, 200), ("is_socket", NO, YES), ("has_ventilation", NO, YES),
    ("phases", 1, 3), ("region", REGION_EU, REGION_US), ("has_rcd_test", NO, YES),
    ("has_meter", NO, YES), ("is_stepping_down_at_once", NO, YES),
    ("simplified_ma", 0, 32_000), ("voltage_nominal_mv", 120_000, 277_000),
    ("has_phase_relay", NO, YES), ("has_cp_relay", NO, YES),
)  # fmt: skip


def are_valid(settings: Settings) -> bool:
    """Tell whether all settings are in their ranges."""
    for name, least, most in SETTINGS_RANGES:
        if not least <= getattr(settings, name) <= most:
            return False
    is_simplified_ok = settings.simplified_ma == 0 or settings.simplified_ma >= CURRENT_MA_MIN
    return settings.phases != 2 and is_simplified_ok
