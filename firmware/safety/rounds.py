"""Rounds: goes through the self-tests, one in each tick, and notes those that an event ends.

The protective machines find the faults, at once and without this module; here is what a
report says of them: which test, with which value and bounds. Nothing here stops a charge.
"""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import leakage, selftest
from ampkeeper.firmware.safety.pilot import A, B, C, D
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, GENERATOR, LAST, NOT_RUN, PASSED
from ampkeeper.firmware.safety.signals import NO, NO_SENSOR, UNKNOWN, YES, Inputs
from ampkeeper.firmware.safety.temperature import PLAUSIBLE_DC_MIN, STEP_DC, STOP
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1, const
from ampkeeper.firmware.safety.voltage import OVER_PERCENT, UNDER_PERCENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.firmware.safety.protection import Protection

_BOARD, _LINK, _EVENT, _STEADY = range(4)  # how a test comes to its result
_NONE = const(255)
# fmt: off
TESTS = bytes([
    # from test 1 on: kind, and up to two faults that mean it failed
    _BOARD,  _NONE,               _NONE,                  # 1 program CRC
    _BOARD,  _NONE,               _NONE,                  # 2 program flow
    _BOARD,  _NONE,               _NONE,                  # 3 interrupt rate
    _BOARD,  _NONE,               _NONE,                  # 4 clock
    _BOARD,  _NONE,               _NONE,                  # 5 RAM
    _BOARD,  _NONE,               _NONE,                  # 6 ADC reference
    _LINK,   _NONE,               _NONE,                  # 7 link to the station
    _BOARD,  _NONE,               _NONE,                  # 8 watchdog proven
    _EVENT,  f.CONTACTOR_WELDED,  f.CONTACTOR_STUCK,      # 9 after each closing and opening
    _STEADY, f.OUTLET_LIVE,       f.OUTLET_DEAD,          # 10
    _EVENT,  f.RCD_TEST_FAILED,   _NONE,                  # 11 AC branch, injected
    _STEADY, f.RCD_AC,            _NONE,                  # 12
    _EVENT,  f.RCD_TEST_FAILED,   _NONE,                  # 13 DC branch, injected
    _STEADY, f.RCD_DC,            _NONE,                  # 14
    _STEADY, f.PE_LOST,           _NONE,                  # 15
    _EVENT,  f.RAIL_FAULT,        _NONE,                  # 16 at start and at each plug-in
    _EVENT,  f.DIODE_FAULT,       _NONE,                  # 17 before each closing
    _STEADY, f.PILOT_SHORT,       f.PILOT_FAULT,          # 18
    _EVENT,  _NONE,               _NONE,                  # 19 C to B: open
    _EVENT,  _NONE,               _NONE,                  # 20 B to C: closed
    _EVENT,  _NONE,               _NONE,                  # 21 X1 ignored: forced open
    _EVENT,  _NONE,               _NONE,                  # 22 unplugged in C: open
    _STEADY, f.PROXIMITY_FAULT,   _NONE,                  # 23
    _EVENT,  f.LOCK_FAILED,       f.LOCK_LOST,            # 24 before each closing
    _STEADY, f.OVER_CURRENT,      f.OVER_CURRENT_FAST,    # 25
    _STEADY, f.UNDER_VOLTAGE,     f.OVER_VOLTAGE,         # 26
    _STEADY, f.OVER_TEMPERATURE,  f.TEMPERATURE_SENSOR,   # 27
    _STEADY, f.VENTILATION_NOT_AVAILABLE, _NONE,          # 28
    _STEADY, f.TAMPERED,          _NONE,                  # 29
])
# fmt: on
_ROW_BYTES = const(3)

_CLOSE_MS = const(150)  # REQ-CNT-02
_BREAK_MS = const(200)  # REQ-CNT-01
_OBEY_MS = const(120)  # Table A.6 seq. 8.1, 2.2: 100 ms, and 20 ms that the proof takes
_SUPPLY_MS = const(3_000)  # Table A.6 seq. 4: closed
_FORCE_MS = const(500)  # section 11: forced open at the latest this long after 6 s
_RAIL_MV = const(12_000)
_RAIL_MV_MIN = const(11_400)  # REQ-CP-06: outside, a warning
_RAIL_MV_MAX = const(12_600)
_RAIL_MS = const(1_000)  # longer than any load step
_RAIL_GOOD_MS = const(2_000)  # as RailFault
_PILOT_MV_MIN = const(2_000)  # below: no car's state
_PILOT_MV_MAX = const(13_000)  # REQ-CP-04
_TAMPER_BIT = const(29)  # of checks_known: the board has such sensors
_ALL = const(0x3FFFFFFE)  # bits 1 to 29
_TIME_MS_MAX = const(60_000)
RCD_TESTS = (11, 13)  # made here once: building a tuple in the tick allocates
SOCKET_TESTS = (23, 24)
ENDED = (leakage.PASSED, leakage.FAILED)


class Rounds:
    """Reports on the machines of one ``Protection``."""

    def __init__(self, ring: "Protection") -> None:
        self._ring = ring
        self._number = 0  # looked at last
        self._asked = 0  # bit n: somebody wants test n looked at
        self._coil = 0
        self._opening = 0  # which test the opening under way is, 19 or 22
        self._x1_ms = 0  # the car was told to end the current
        self._ready_ms = 0  # it asked for current, and nothing keeps the contactor from closing
        self._leakage = leakage.DUE
        self._is_rail_due = True
        self._was_plugged = False
        self._rail_ms = 0  # it is not as the result says
        self._value = UNKNOWN
        self._low = UNKNOWN
        self._high = UNKNOWN

    def tick(self, passed_ms: int, inputs: Inputs) -> None:
        """Note what ended in this tick, and look at one test more."""
        self._ring.selftests.tick(passed_ms)
        self._note_leakage()
        self._note_rails(passed_ms, inputs)
        self._note_switching(passed_ms)
        self._number = self._number % LAST + 1
        self._look(self._number, inputs)

    def start(self, number: int) -> bool:
        """Run one self-test that may run now, 0 for all of them; return False if none may."""
        if number == 0:
            self._asked = _ALL
            self._is_rail_due = True
            self._ask_leakage()
            return True
        if not 1 <= number <= LAST:
            return False
        if number in RCD_TESTS:
            return self._ask_leakage()
        if number == 16:
            self._is_rail_due = True
            return True
        if TESTS[(number - 1) * _ROW_BYTES] == _EVENT:
            return False  # it takes a car
        self._asked |= 1 << number
        return True

    def _ask_leakage(self) -> bool:
        ring = self._ring
        return ring.leakage.ask(ring.context, ring.settings)

    def _note_leakage(self) -> None:
        machine = self._ring.leakage
        state = machine.state
        if state == self._leakage:
            return
        self._leakage = state
        tests = self._ring.selftests
        if state == leakage.CHECKING:
            tests.begin(11)
            tests.begin(13)
        elif state in ENDED:
            is_good = state == leakage.PASSED
            took_ms = machine.duration_ms
            tests.finish(11, is_good, machine.ac_ms, 0, leakage.INJECT_MS, took_ms)
            tests.finish(13, is_good, machine.dc_ms, 0, leakage.INJECT_MS, took_ms)
        elif tests.result[11] == selftest.RUNNING and state == leakage.DUE:
            tests.watch(11, NOT_RUN, UNKNOWN, UNKNOWN, UNKNOWN, False)
            tests.watch(13, NOT_RUN, UNKNOWN, UNKNOWN, UNKNOWN, False)

    def _note_rails(self, passed_ms: int, inputs: Inputs) -> None:
        is_plugged = self._ring.context.is_plugged
        if is_plugged and not self._was_plugged:
            self._is_rail_due = True
        self._was_plugged = is_plugged
        high_mv = inputs.rail_high_mv
        low_mv = inputs.rail_low_mv
        mv = _worse_mv(high_mv, low_mv)
        checks_known = inputs.checks_known & GENERATOR
        is_off = mv != UNKNOWN and not _RAIL_MV_MIN <= mv <= _RAIL_MV_MAX
        is_bad = is_off or checks_known & inputs.checks_failed != 0 or self._has_failed(16)
        is_blind = high_mv == UNKNOWN or low_mv == UNKNOWN
        if is_bad or not is_blind or checks_known:  # else nobody knows, and a timer waits
            self._judge_rails(passed_ms, is_bad, is_blind, mv)

    def _judge_rails(self, passed_ms: int, is_bad: bool, is_blind: bool, mv: int) -> None:
        """Tell at once if it is due, else what lasted; with a rail unknown nothing passes."""
        tests = self._ring.selftests
        has_failed = tests.result[16] == FAILED
        limit_ms = _RAIL_GOOD_MS if has_failed else _RAIL_MS
        self._rail_ms = min(self._rail_ms + passed_ms, limit_ms) if is_bad != has_failed else 0
        is_due = self._rail_ms == limit_ms or self._is_rail_due
        if not is_blind and not PASSED <= tests.result[16] <= FAILED:
            is_due = True
        if not is_due:
            return
        self._is_rail_due = False
        self._rail_ms = 0
        if is_bad or not is_blind:
            tests.finish(16, not is_bad, mv, _RAIL_MV_MIN, _RAIL_MV_MAX, 0)
        else:
            tests.watch(16, ABSENT, UNKNOWN, UNKNOWN, UNKNOWN, False)

    def _note_switching(self, passed_ms: int) -> None:
        context = self._ring.context
        tests = self._ring.selftests
        if context.coil != self._coil:
            self._coil = context.coil
            tests.begin(9)
            if context.coil:
                self._note_closing()
            else:
                self._note_opening()
        elif context.is_closed if context.coil else context.is_open:
            self._note_moved(context.coil_ms, _CLOSE_MS if context.coil else _BREAK_MS)
        elif context.coil_ms > _BREAK_MS:
            self._note_obeyed(context.coil_ms)
        self._count_time(passed_ms)

    def _note_moved(self, took_ms: int, most_ms: int) -> None:
        tests = self._ring.selftests
        if tests.result[9] == selftest.RUNNING:
            tests.finish(9, not self._has_failed(9), took_ms, 0, most_ms, took_ms)
        self._note_obeyed(took_ms)

    def _note_obeyed(self, took_ms: int) -> None:
        number = self._opening
        if number:
            self._opening = 0
            is_good = took_ms <= _OBEY_MS
            self._ring.selftests.finish(number, is_good, took_ms, 0, _OBEY_MS, took_ms)

    def _note_closing(self) -> None:
        tests = self._ring.selftests
        self._opening = 0
        took_ms = self._ready_ms
        tests.finish(20, took_ms <= _SUPPLY_MS, took_ms, 0, _SUPPLY_MS, took_ms)
        tests.finish(17, not self._has_failed(17), UNKNOWN, UNKNOWN, UNKNOWN, 0)
        if self._ring.settings.is_socket:
            tests.finish(24, not self._has_failed(24), UNKNOWN, UNKNOWN, UNKNOWN, 0)

    def _note_opening(self) -> None:
        pilot_class = self._ring.context.pilot
        stop_ms = self._ring.settings.stop_ms
        if pilot_class == B:
            self._opening = 19
        elif pilot_class == A:
            self._opening = 22
        elif self._x1_ms >= stop_ms:
            most_ms = stop_ms + _FORCE_MS
            is_good = self._x1_ms <= most_ms
            self._ring.selftests.finish(21, is_good, self._x1_ms, stop_ms, most_ms, self._x1_ms)

    def _count_time(self, passed_ms: int) -> None:
        context = self._ring.context
        is_stopping = context.coil != 0 and context.drive == DRIVE_X1
        self._x1_ms = min(self._x1_ms + passed_ms, _TIME_MS_MAX) if is_stopping else 0
        has_waited = context.coil_ms >= self._ring.settings.reclose_ms
        is_rested = has_waited and context.reclose_left_ms == 0
        if context.coil or context.drive != DRIVE_PWM or not C <= context.pilot <= D:
            self._ready_ms = 0
        elif is_rested:
            self._ready_ms = min(self._ready_ms + passed_ms, _TIME_MS_MAX)

    def _look(self, number: int, inputs: Inputs) -> None:
        tests = self._ring.selftests
        kind = TESTS[(number - 1) * _ROW_BYTES]
        is_asked = self._asked >> number & 1 != 0
        self._asked &= ~(1 << number)
        self._value = self._low = self._high = UNKNOWN
        if kind == _EVENT:
            self._look_at_event(number, inputs)
            return
        if kind == _BOARD:
            result = self._result_of_board(number, inputs)
        elif kind == _LINK:
            result = self._result_of_link()
        elif self._is_absent(number, inputs):
            result = ABSENT
        else:
            result = FAILED if self._has_failed(number) else PASSED
            self._measure(number, inputs)
        tests.watch(number, result, self._value, self._low, self._high, is_asked)

    def _look_at_event(self, number: int, inputs: Inputs) -> None:
        tests = self._ring.selftests
        result = tests.result[number]
        if self._is_absent(number, inputs):
            tests.watch(number, ABSENT, UNKNOWN, UNKNOWN, UNKNOWN, False)
        elif result == ABSENT:
            tests.watch(number, NOT_RUN, UNKNOWN, UNKNOWN, UNKNOWN, False)
        elif result != FAILED and self._has_failed(number):
            tests.finish(number, False, UNKNOWN, UNKNOWN, UNKNOWN, 0)

    def _result_of_board(self, number: int, inputs: Inputs) -> int:
        if not inputs.checks_known >> number & 1:
            return ABSENT
        return FAILED if self._ring.failed_checks >> number & 1 else PASSED

    def _result_of_link(self) -> int:
        is_linked = self._ring.context.is_linked
        if is_linked == UNKNOWN:
            return NOT_RUN
        return PASSED if is_linked else FAILED

    def _has_failed(self, number: int) -> bool:
        row = (number - 1) * _ROW_BYTES
        return self._is_raised(TESTS[row + 1]) or self._is_raised(TESTS[row + 2])

    def _is_raised(self, code: int) -> bool:
        return code != _NONE and self._ring.faults.is_raised(code)

    def _is_absent(self, number: int, inputs: Inputs) -> bool:
        """Tell whether the board, or the installation, has nothing to run this test with."""
        ring = self._ring
        if number == 10:
            return inputs.outlet_live == UNKNOWN
        if number == 15:
            return inputs.pe_ok == UNKNOWN and not ring.faults.is_raised(f.PE_LOST)
        if number in RCD_TESTS:
            return ring.settings.has_rcd_test == NO
        if number == 16:
            is_blind = inputs.rail_high_mv == UNKNOWN or inputs.rail_low_mv == UNKNOWN
            return is_blind and ring.selftests.result[16] != FAILED
        if number in SOCKET_TESTS:
            return ring.settings.is_socket == NO
        if number == 25:
            return ring.metered.highest_ma() == UNKNOWN
        if number == 26:
            return ring.voltage.worst_mv == UNKNOWN
        if number == 27:
            is_faulty = ring.faults.is_raised(f.TEMPERATURE_SENSOR)
            return ring.temperature.worst_dc == NO_SENSOR and not is_faulty
        return number == 29 and not inputs.checks_known >> _TAMPER_BIT & 1

    def _measure(self, number: int, inputs: Inputs) -> None:
        """Find value and bounds of a test that never ends."""
        ring = self._ring
        if number == 10:
            self._show(inputs.outlet_live, ring.context.is_closed, ring.context.is_closed)
        elif number == 12:
            self._show(inputs.rcd_ac, NO, NO)
        elif number == 14:
            self._show(inputs.rcd_dc, NO, NO)
        elif number == 15:
            self._show(inputs.pe_ok, YES, YES)
        elif number == 18:
            self._show(inputs.cp_high_mv, _PILOT_MV_MIN, _PILOT_MV_MAX)
        elif number == 25:
            self._show(ring.metered.highest_ma(), 0, ring.overcurrent.soft_ma)
        elif number == 26:
            percent_mv = ring.settings.voltage_nominal_mv // 100
            self._show(ring.voltage.worst_mv, percent_mv * UNDER_PERCENT, percent_mv * OVER_PERCENT)
        elif number == 27:
            self._show(ring.temperature.worst_dc, PLAUSIBLE_DC_MIN, STEP_DC[STOP])
        elif number == 29:
            self._show(inputs.tamper, 0, 0)

    def _show(self, value: int, low: int, high: int) -> None:
        self._value = value
        self._low = low
        self._high = high


def _worse_mv(high_mv: int, low_mv: int) -> int:
    """Return the rail that is further off, among those that are known."""
    if high_mv == UNKNOWN:
        return low_mv
    is_low = low_mv != UNKNOWN and abs(low_mv - _RAIL_MV) > abs(high_mv - _RAIL_MV)
    return low_mv if is_low else high_mv
