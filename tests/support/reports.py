"""Reports: what ring 1 says of a socket that is free; a test replaces what matters to it."""

from ampkeeper.firmware.safety import contactor, limit, lock, pilot, sequence
from ampkeeper.firmware.safety.signals import DUTY_X1
from ampkeeper.hal.ports import PilotStatus

FREE_SOCKET = PilotStatus(
    taken_s=0.0,
    uptime_ms=5_000,
    sequence=sequence.IDLE,
    pilot=pilot.A,
    contactor=contactor.OPEN,
    lock=lock.UNLOCKED,
    is_coil_on=False,
    is_mirror_made=False,
    high_mv=12_000,
    low_mv=12_000,
    duty_ticks=DUTY_X1,
    cable_a=0.0,
    limit_a=32.0,
    limited_by=limit.BY_BOARD,
    phases=3,
    temperature_c=25.0,
    stop_reason=0,
    stop_count=0,
    closing_count=0,
    under_load_count=0,
    refused_count=0,
)
