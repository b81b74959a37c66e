"""Protection: judges what endangers people and cables, whatever the sequence does.

It runs the protective machines on one block of measurements and puts their faults in force.
Pilot, contactor, cable and bolt are judged by ``supervisor``, which also sets the context.
"""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.leakage import FAILED, PASSED, Leakage
from ampkeeper.firmware.safety.metered import Metered
from ampkeeper.firmware.safety.overcurrent import FLOW_MA, Overcurrent
from ampkeeper.firmware.safety.rounds import Rounds
from ampkeeper.firmware.safety.selftest import GENERATOR, SelfTests
from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES, Inputs, Settings
from ampkeeper.firmware.safety.temperature import STOP, Temperature
from ampkeeper.firmware.safety.timers import leak
from ampkeeper.firmware.safety.units import COUNT_MAX, const
from ampkeeper.firmware.safety.voltage import Voltage
from ampkeeper.firmware.safety.wear import Wear

# Quarters of a ms: what flaps adds up, see ``leak``.
_LINE_QUARTERS = const(80)  # 20 ms; earth and supply: a glitch of one block is none
_SLOW_QUARTERS = const(4_000)  # 1 s; rails: longer than any load step
_TAMPER_QUARTERS = const(2_000)  # 500 ms; a bump is no tilt
_ADC_QUARTERS = const(2_000)  # 500 ms, some readings of a board's reference: not one outlier
_RAIL_MV_MIN = const(11_000)  # REQ-CP-06: outside, a fault
_RAIL_MV_MAX = const(13_000)
_CHECKS = const(0x1FE)  # bits 1 to 8
_CHECK_ADC = const(0x40)  # bit 6, the only one that is measured again and again
_PE = const(0)  # timers
_SUPPLY = const(1)
_RAIL_HIGH = const(2)
_RAIL_LOW = const(3)
_GENERATOR = const(4)
_TAMPER = const(5)
_ADC = const(6)
_TIMERS = const(7)
RCD_FAULTS = (f.RCD_AC, f.RCD_DC)  # made here once: building a tuple in the tick allocates
WEAR_FAULTS = (f.CONTACTOR_WORN, f.CONTACTOR_SPENT)


class Context:
    """What the supervisor knows of car and contactor in this tick."""

    def __init__(self) -> None:
        self.is_plugged = False
        self.is_open = True  # the contactor is proven open
        self.is_closed = False  # coil driven, mirror made
        self.coil = 0
        self.coil_ms = COUNT_MAX  # since the coil last changed
        self.reclose_left_ms = 0  # until it may close again, REQ-CNT-03
        self.offered_ma = 0  # until the contactor opens, what was offered last; 0: nothing
        self.is_testable = False  # nothing is live, and nothing is offered
        self.pilot = UNKNOWN  # the class that counts
        self.drive = UNKNOWN  # of the pilot
        self.is_linked = UNKNOWN  # YES: the station is there; NO: it was
        self.phases = 3  # that the relay connects


class Protection:
    """All protective machines of one EVSE, and their faults."""

    def __init__(self, settings: Settings, faults: FaultSet) -> None:
        self.settings = settings
        self.faults = faults
        self.context = Context()
        self.leakage = Leakage()
        self.metered = Metered()
        self.overcurrent = Overcurrent()
        self.voltage = Voltage()
        self.temperature = Temperature()
        self.wear = Wear()
        self.selftests = SelfTests()
        self.rcd_test = NO  # drive the monitor's test input
        self.failed_checks = 0  # of the board: bits 1 to 8 of ``checks_failed``, once they count
        self._rounds = Rounds(self)
        self._timers = [0] * _TIMERS

    def tick(self, passed_ms: int, inputs: Inputs) -> None:
        """Take one block of measurements."""
        self._judge_lines(passed_ms, inputs)
        self._judge_leakage(passed_ms, inputs)
        self._judge_current(passed_ms, inputs)
        self._judge_voltage(passed_ms, inputs)
        self._judge_heat_and_wear(passed_ms, inputs)
        self._judge_board(passed_ms, inputs)
        self._rounds.tick(passed_ms, inputs)

    def may_offer(self) -> bool:
        """Tell whether the test that must precede a charge has passed. REQ-RCD-03."""
        return self.settings.has_rcd_test == NO or self.leakage.state == PASSED

    def temperature_limit_ma(self, board_ma: int) -> int:
        """Return what the temperature leaves of ``board_ma``."""
        return self.temperature.limit_ma(board_ma)

    def meter_limit_ma(self) -> int:
        """Return what may be offered with measurements as old as they are."""
        return self.metered.limit_ma(self.settings.has_meter)

    def start(self, number: int) -> bool:
        """Run a self-test that may run now, 0 for all of them; return False if none may."""
        return self._rounds.start(number)

    def clear(self, fault_code: int) -> bool:
        """Clear a latched fault for a person, unless its cause is still there.

        To clear ContactorWorn or ContactorSpent says that the contactor was replaced.
        """
        if fault_code in WEAR_FAULTS:
            if not self.faults.is_raised(fault_code):
                return False
            self.wear.renew()
            for code in WEAR_FAULTS:
                self.faults.clear(code)
            return True
        is_latched = f.is_latched(fault_code) or fault_code == f.PE_LOST
        if not is_latched or not self.faults.forgive(fault_code):
            return False
        if fault_code in RCD_FAULTS:
            self.leakage.forgive()
        return True

    def restore(self, bitmap: int) -> None:
        """Put back, after a restart, the faults that only a person clears."""
        self.faults.restore(bitmap)
        for code in RCD_FAULTS:
            if bitmap >> code & 1:
                self.leakage.keep()

    def apply(self, settings: Settings) -> None:
        """Take new settings."""
        self.settings = settings

    def _judge_lines(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults  # not its bound method: making one allocates
        timers = self._timers
        pe = inputs.pe_ok
        is_missing = UNKNOWN if pe == UNKNOWN else pe == NO
        is_lost = leak(timers, _PE, passed_ms, is_missing, _LINE_QUARTERS)
        faults.judge(f.PE_LOST, is_lost, pe == YES, passed_ms)
        has_supply = inputs.supply_ok != NO
        is_lost = leak(timers, _SUPPLY, passed_ms, not has_supply, _LINE_QUARTERS)
        faults.judge(f.SUPPLY_LOST, is_lost, has_supply, passed_ms)
        faults.judge(f.EMERGENCY_STOP, inputs.emergency_stop != NO, True, passed_ms)

    def _judge_leakage(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults
        machine = self.leakage
        is_raised = faults.is_raised(f.RCD_AC) or faults.is_raised(f.RCD_DC)
        if is_raised and not machine.is_expecting():
            machine.keep()
        machine.tick(passed_ms, inputs.rcd_ac, inputs.rcd_dc, self.context, self.settings)
        self.rcd_test = machine.test_input
        faults.judge(f.RCD_AC, machine.is_ac, True, passed_ms)
        faults.judge(f.RCD_DC, machine.is_dc, True, passed_ms)
        if machine.retry():
            faults.forgive(f.RCD_AC)
            faults.forgive(f.RCD_DC)
        faults.judge(f.RCD_TEST_FAILED, machine.state == FAILED, True, passed_ms)
        if machine.state == PASSED:
            faults.clear(f.RCD_TEST_FAILED)

    def _judge_current(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults
        context = self.context
        machine = self.overcurrent
        metered = self.metered
        metered.tick(passed_ms, inputs, context.phases)
        readings = UNKNOWN if metered.is_own else metered.readings
        currents_ma = metered.currents_ma
        machine.tick(passed_ms, currents_ma, context.offered_ma, context.is_open, readings)
        is_gone = not context.is_plugged
        faults.judge(f.OVER_CURRENT, machine.is_soft, is_gone, passed_ms)
        is_fast = machine.is_fast or inputs.over_current != NO
        faults.judge(f.OVER_CURRENT_FAST, is_fast, is_gone, passed_ms)
        is_stale = context.is_plugged and self.metered.is_stale(self.settings.has_meter)
        faults.judge(f.METER_STALE, is_stale, True, passed_ms)

    def _judge_voltage(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults
        settings = self.settings
        context = self.context
        machine = self.voltage
        mvs = self.metered.voltages_mv
        machine.tick(passed_ms, mvs, settings.voltage_nominal_mv, settings.phases)
        faults.judge(f.OVER_VOLTAGE, machine.is_over, machine.is_in_band, passed_ms)
        faults.judge(f.UNDER_VOLTAGE, machine.is_under, machine.is_in_band, passed_ms)
        is_expected = context.is_closed and inputs.supply_ok != NO
        machine.tick_outlet(passed_ms, inputs.outlet_live, context.is_open, is_expected)
        is_own = max(inputs.current_l1_ma, inputs.current_l2_ma, inputs.current_l3_ma) > FLOW_MA
        machine.tick_flow(passed_ms, self._flow_while_open(inputs, is_own), not is_own)
        faults.judge(f.OUTLET_LIVE, machine.is_outlet_live, True, passed_ms)
        faults.judge(f.OUTLET_DEAD, machine.is_outlet_dead, not context.is_plugged, passed_ms)

    def _flow_while_open(self, inputs: Inputs, is_own: bool) -> int:
        """Tell whether current flows that cannot.

        A meter's word does not outdo a sensor's, and one that never changes its word is frozen.
        """
        if not self.context.is_open:
            self.metered.has_moved = False
            return NO
        if is_own:
            return YES
        is_told = self.metered.has_moved and inputs.outlet_live == UNKNOWN
        return YES if self.overcurrent.is_flowing and is_told else NO

    def _judge_heat_and_wear(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults
        machine = self.temperature
        machine.tick(passed_ms, inputs.temperature_dc, inputs.plug_temperature_dc)
        faults.judge(f.OVER_TEMPERATURE, machine.step == STOP, True, passed_ms)
        is_faulty = machine.is_sensor_faulty
        faults.judge(f.TEMPERATURE_SENSOR, is_faulty, not machine.is_odd, passed_ms)
        self.wear.tick(self.context.coil)
        faults.judge(f.CONTACTOR_WORN, self.wear.is_worn(), True, passed_ms)
        faults.judge(f.CONTACTOR_SPENT, self.wear.is_spent(), True, passed_ms)

    def _judge_board(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults
        timers = self._timers
        failed = inputs.checks_failed & inputs.checks_known & _CHECKS
        if not leak(timers, _ADC, passed_ms, failed & _CHECK_ADC != 0, _ADC_QUARTERS):
            failed &= ~_CHECK_ADC
        self.failed_checks = failed
        faults.judge(f.BOARD_FAILED, failed != 0, True, passed_ms)
        high_off = _is_rail_off(inputs.rail_high_mv)
        low_off = _is_rail_off(inputs.rail_low_mv)
        generator_off = UNKNOWN
        if inputs.checks_known & GENERATOR:
            generator_off = YES if inputs.checks_failed & GENERATOR else NO
        # each has a timer of its own: what one of them shows is no news of the others
        is_high = leak(timers, _RAIL_HIGH, passed_ms, high_off, _SLOW_QUARTERS)
        is_low = leak(timers, _RAIL_LOW, passed_ms, low_off, _SLOW_QUARTERS)
        is_wrong = leak(timers, _GENERATOR, passed_ms, generator_off, _SLOW_QUARTERS)
        is_bad = is_high or is_low or is_wrong
        is_good = not is_bad and max(high_off, low_off, generator_off) == NO
        faults.judge(f.RAIL_FAULT, is_bad, is_good, passed_ms)
        is_bad = leak(timers, _TAMPER, passed_ms, inputs.tamper != 0, _TAMPER_QUARTERS)
        faults.judge(f.TAMPERED, is_bad, True, passed_ms)


def _is_rail_off(mv: int) -> int:
    if mv == UNKNOWN:
        return UNKNOWN
    return NO if _RAIL_MV_MIN <= mv <= _RAIL_MV_MAX else YES
