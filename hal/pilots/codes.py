"""Codes: ring 1's words in ``PilotStatus`` and ``SelfTest``, for drivers that have to choose them.

A board of our own sends these numbers, and its driver passes them on. A bought board has other
words, which its driver puts into these. A test compares them with ``firmware.safety``.
"""

A, B, C, D, E, F, INVALID = range(7)  # pilot
IDLE, CONNECTED, OFFERED, CHARGING, STOPPING, FAULTED = range(6)  # sequence
OPEN, CLOSED = 0, 2  # contactor
NO_LOCK = 0
BY_NOTHING, BY_BOARD, BY_CABLE, BY_PERMIT, BY_TEMPERATURE = range(5)  # limited_by
NO_STOP, UNPLUGGED, EV_PAUSED, PERMIT_WITHDRAWN, PERMIT_EXPIRED, BY_FAULT = range(6)

RCD_AC, CONTACTOR_WELDED, CONTACTOR_STUCK, PILOT_FAULT = 0, 2, 3, 4
DIODE_FAULT, VENTILATION_NOT_AVAILABLE, PROXIMITY_FAULT = 6, 7, 8
PE_LOST, OVER_TEMPERATURE, EMERGENCY_STOP, SUPPLY_LOST, OVER_CURRENT = range(11, 16)
RCD_TEST_FAILED, BOARD_FAILED = 20, 22
SERVICE = frozenset((0, 1, 2, 3, 13, 20, 21, 22, 25, 27, 28))  # only a person clears these

NOT_RUN, RUNNING, PASSED, FAILED, ABSENT = range(5)  # result of a self-test
RCD_TEST = 11  # number of the self-test
LAST_TEST = 29
UNKNOWN = -1

NO_STOP_LINE = "sees no emergency stop: none is wired to this computer"

DUTY_F, DUTY_X1 = 0, 62_500  # ticks of 16 ns: -12 V, +12 V
_LOW_MA_MAX, _LOW_TICKS_MAX, _HIGH_MA_MIN = 50_700, 52_812, 52_500


def duty_of(current_ma: int) -> int:
    """Return the ticks that offer ``current_ma``; DUTY_X1 for none. IEC 61851-1 Table A.8."""
    if current_ma <= 0:
        return DUTY_X1
    if current_ma >= _HIGH_MA_MIN:
        return current_ma // 4 + 40_000
    return _LOW_TICKS_MAX if current_ma > _LOW_MA_MAX else current_ma * 25 // 24
