"""Convert: the link's integers to the station's units, and back, at the one border between them.

Codes of ring 1 pass unchanged. What is not known is ``None`` on the station's side and -1 on
the link; it is never zero.
"""

from collections.abc import Mapping

from ampkeeper.hal.ports import PerPhase, PilotStatus, SelfTest

UNKNOWN = -1  # on the link
MEASURED_MAX = 1_000.0  # A, V: more than any part measures
FAULT_BITS = 30
NO_SENSOR = -32_768  # 0.1 degC; ring 1 has no sensor there


def to_status(
    values: dict[str, int],
    taken_s: float,
    line: Mapping[str, int] | None = None,
    is_forgetful: bool = False,
) -> PilotStatus:
    """Convert one STATUS from ring 1's units to the station's; ``line`` is what we counted."""
    warmth_dc = values["temperature_dc"]
    return PilotStatus(
        taken_s=taken_s,
        uptime_ms=values["uptime_ms"],
        sequence=values["sequence"],
        pilot=values["pilot"],
        contactor=values["contactor"],
        lock=values["lock"],
        is_coil_on=values["coil"] == 1,
        is_mirror_made=values["mirror"] == 1,
        high_mv=values["high_mv"],
        low_mv=values["low_mv"],
        duty_ticks=values["duty_ticks"],
        cable_a=values["cable_ma"] / 1000,
        limit_a=values["limit_ma"] / 1000,
        limited_by=values["limited_by"],
        phases=values["phases"],
        temperature_c=None if warmth_dc == NO_SENSOR else warmth_dc / 10,
        stop_reason=values["stop_reason"],
        stop_count=values["stop_count"],
        closing_count=values["closing_count"],
        under_load_count=values["under_load_count"],
        refused_count=values["refused_count"],
        profile_id=values["profile_id"],
        trace_id=values["trace_id"],
        closings=values["closings"],
        under_load=values["under_load"],
        rcd_retry_count=values["rcd_retry_count"],
        is_simplified=values["simplified"] == 1,
        toggle_count=values["toggle_count"],
        wake_count=values["wake_count"],
        suppressed_count=values["suppressed_count"],
        invalid_count=values["invalid_count"],
        garbled_count=values["garbled_count"],
        hang_count=values["hang_count"],
        line=line or {},
        is_forgetful=is_forgetful,
        faults=tuple(bit for bit in range(FAULT_BITS) if values["faults"] >> bit & 1),
    )


def to_self_test(values: dict[str, int], taken_s: float) -> SelfTest:
    """Convert one RESULT."""
    return SelfTest(
        taken_s=taken_s,
        number=values["number"],
        result=values["result"],
        value=values["value"],
        low=values["low"],
        high=values["high"],
        duration_ms=values["duration_ms"],
        count=values["count"],
    )


def to_milli(values: PerPhase) -> tuple[int, ...]:
    """Convert per phase to thousandths; what is not known, not finite or negative is UNKNOWN."""
    return tuple(
        UNKNOWN if value is None or not 0 <= value <= MEASURED_MAX else round(value * 1000)
        for value in values
    )
