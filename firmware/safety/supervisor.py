"""Supervisor: ring 1 of one EVSE. Measurements in, commands out, every 10 ms.

It runs the machines in order (permit, pilot, cable, bolt, contactor, faults, limit), decides
the one table ``sequence`` by events, and paces the duty. Nothing else closes a contactor. It
reads no clock: a time between two ticks that cannot be counts as a hang and costs the permit.
"""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import STUCK, WELDED, Contactor
from ampkeeper.firmware.safety.duty import Pacer
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.limit import Limit
from ampkeeper.firmware.safety.lock import FREE, HELD, JAMMED, Lock
from ampkeeper.firmware.safety.permit import Permit
from ampkeeper.firmware.safety.pilot import INVALID, A, B, C, D, E, PilotFilter
from ampkeeper.firmware.safety.proximity import Proximity
from ampkeeper.firmware.safety.signals import (
    NO,
    REGION_EU,
    REGION_US,
    YES,
    Inputs,
    Outputs,
    Settings,
)
from ampkeeper.firmware.safety.temperature import STOP, Temperature
from ampkeeper.firmware.safety.units import (
    BLOCK_MS,
    CURRENT_MA_MAX,
    CURRENT_MA_MIN,
    DRIVE_X1,
    HANG_MS,
    const,
)

NO_STOP, UNPLUGGED, EV_PAUSED, PERMIT_WITHDRAWN, PERMIT_EXPIRED, BY_FAULT = range(6)
_EVENTS_PER_TICK = const(3)  # as FAULT, F_OVER, LET_GO; more would wait for the next tick
_STILL_TICKS_MAX = const(20)  # so many ticks without time passing: the clock stands
_COUNT_MAX = const(1_000_000_000)  # below 2**30: counts must not become large integers
CONTACTOR_FAULTS = (f.CONTACTOR_STUCK, f.CONTACTOR_WELDED)
_LINE_BLOCKS = const(2)  # earth and supply: a glitch of one block is none
_LINE_MS = const(20)
SETTINGS_RANGES = (
    ("max_ma", CURRENT_MA_MIN, CURRENT_MA_MAX), ("permit_ms", 1_000, 5_000),
    ("ready_ms", 300, 2_500), ("stop_ms", 6_000, 7_000), ("reclose_ms", 10_000, 600_000),
    ("pwm_gap_ms", 5_000, 60_000), ("pilot_f_ms", 0, 1_000), ("duty_blank_ms", 0, 600),
    ("switch_blank_ms", 0, 200), ("phase_gap_ms", 10_000, 300_000),
    ("is_socket", NO, YES), ("has_ventilation", NO, YES), ("phases", 1, 3),
    ("region", REGION_EU, REGION_US), ("has_rcd_test", NO, YES), ("has_meter", NO, YES),
    ("is_stepping_down_at_once", NO, YES), ("simplified_ma", 0, 32_000),
    ("voltage_nominal_mv", 120_000, 277_000), ("has_phase_relay", NO, YES),
)  # fmt: skip


def are_valid(settings: Settings) -> bool:
    """Tell whether all settings are in their ranges (section 11 of the requirements)."""
    for name, least, most in SETTINGS_RANGES:
        if not least <= getattr(settings, name) <= most:
            return False
    is_simplified_ok = settings.simplified_ma == 0 or settings.simplified_ma >= CURRENT_MA_MIN
    return settings.phases != 2 and is_simplified_ok


class Supervisor:
    """Ring 1 of one EVSE. Call ``tick`` every 10 ms and drive what it returns."""

    def __init__(self, settings: Settings) -> None:
        assert are_valid(settings)
        self.settings = settings
        self.permit = Permit(settings.permit_ms)
        self.faults = FaultSet()
        self.pilot = PilotFilter()
        self.proximity = Proximity()
        self.temperature = Temperature()
        self.contactor = Contactor()
        self.lock = Lock(settings.is_socket)
        self.limit = Limit()
        self.sequence = seq.Sequence()
        self.outputs = Outputs()
        self.hang_count = 0
        self._pacer = Pacer()
        self._pe = Level(YES)
        self._supply = Level(YES)
        self._is_plugged = False
        self._was_powered = False  # since plugged in
        self._still_ticks = 0
        self._ready_ms = 0
        self._stop_left_ms = 0
        self._f_left_ms = 0
        self._reclose_left_ms = 0
        self._x1_ms = 0
        self._cause = NO_STOP  # of the stop under way

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        """Judge one block and return what to drive: always the same object, always complete."""
        real_ms = self._time_of(elapsed_ms)
        passed_ms = min(real_ms, BLOCK_MS) if real_ms > HANG_MS else real_ms
        self._measure(passed_ms, inputs)
        self._count_time(passed_ms, real_ms)
        self._judge_faults(passed_ms, inputs)
        self._find_limit()
        self._switch_phases()
        for _ in range(_EVENTS_PER_TICK):
            event = self._event()
            if event == seq.NOTHING:
                break
            self._apply(event)
        self._command(passed_ms)
        return self._report()

    def clear(self, fault_code: int) -> bool:
        """Clear a latched fault for a person; refuse while its cause or the coil is there."""
        if not 0 <= fault_code < f.CODE_COUNT or self.contactor.coil:
            return False
        if fault_code in CONTACTOR_FAULTS:
            state = STUCK if fault_code == f.CONTACTOR_STUCK else WELDED
            if self.contactor.state == state:
                self.contactor.reset()
            return self.contactor.can_close() and self.faults.clear(fault_code)
        if fault_code == f.LOCK_FAILED:
            return self.lock.reset()
        is_latched = f.is_latched(fault_code) or fault_code == f.PE_LOST
        return is_latched and self.faults.forgive(fault_code)

    def apply(self, settings: Settings) -> bool:
        """Take new settings; only without a car, with the contactor open and all in range."""
        is_idle = self.sequence.state == seq.IDLE and self.contactor.is_open()
        if not is_idle or not are_valid(settings):
            return False
        if settings.is_socket != self.settings.is_socket:
            self.lock = Lock(settings.is_socket)
        self.settings = settings
        self.permit.permit_ms = settings.permit_ms
        return True

    def _time_of(self, elapsed_ms: int) -> int:
        """Return the time that passed; a clock that stands or leaps costs the permit."""
        if elapsed_ms > 0:
            self._still_ticks = 0
        elif self._still_ticks < _STILL_TICKS_MAX:
            self._still_ticks += 1
            return 0
        if 0 < elapsed_ms <= HANG_MS:
            return elapsed_ms
        self.hang_count = min(self.hang_count + 1, _COUNT_MAX)
        self.permit.lose()
        return elapsed_ms if elapsed_ms > 0 else BLOCK_MS

    def _measure(self, passed_ms: int, inputs: Inputs) -> None:
        self.permit.tick(passed_ms)
        self.pilot.tick(
            passed_ms,
            inputs.cp_high_mv,
            inputs.cp_low_mv,
            inputs.cp_noise_mv,
            self.sequence.drive,
        )
        was_plugged = self._is_plugged
        if self.pilot.state <= D:
            self._is_plugged = self.pilot.state != A
        if was_plugged and not self._is_plugged:
            self._was_powered = False
            self.lock.reset()
        if self.settings.is_socket:
            self.proximity.tick(passed_ms, inputs.pp_ohm, self._is_plugged)
        self.temperature.tick(passed_ms, inputs.temperature_dc)
        self.contactor.tick(passed_ms, inputs.mirror)
        may_draw = self.contactor.is_open()
        self.lock.tick(passed_ms, self.sequence.lock, may_draw, inputs.lock_closed)
        self._pe.tick(passed_ms, inputs.pe_ok)
        self._supply.tick(passed_ms, inputs.supply_ok)

    def _count_time(self, passed_ms: int, real_ms: int) -> None:
        """Timers of this class. A hang proves nothing, but it does not prolong a stop either."""
        self._stop_left_ms = max(0, self._stop_left_ms - min(real_ms, _COUNT_MAX))
        self._f_left_ms = max(0, self._f_left_ms - passed_ms)
        self._reclose_left_ms = max(0, self._reclose_left_ms - passed_ms)
        is_x1 = self.sequence.drive == DRIVE_X1
        self._x1_ms = min(self._x1_ms + passed_ms, _COUNT_MAX) if is_x1 else 0
        is_ready = self._is_ready(self.pilot.raw) and self._is_ready(self.pilot.state)
        if is_ready and self.sequence.state == seq.OFFERED:
            self._ready_ms = min(self._ready_ms + passed_ms, _COUNT_MAX)
        else:
            self._ready_ms = 0

    def _judge_faults(self, passed_ms: int, inputs: Inputs) -> None:
        faults = self.faults  # not its bound method: making one allocates
        state = self.pilot.state
        is_trusted = self.pilot.raw <= D and state <= D
        is_unvented = state == D and not self.settings.has_ventilation
        faults.judge(f.RCD_AC, inputs.rcd_ac != NO, True, passed_ms)
        faults.judge(f.RCD_DC, inputs.rcd_dc != NO, True, passed_ms)
        faults.judge(f.EMERGENCY_STOP, inputs.emergency_stop != NO, True, passed_ms)
        faults.judge(f.CONTACTOR_WELDED, self.contactor.state == WELDED, True, passed_ms)
        faults.judge(f.CONTACTOR_STUCK, self.contactor.state == STUCK, True, passed_ms)
        faults.judge(f.PILOT_FAULT, state == INVALID, is_trusted, passed_ms)
        faults.judge(f.PILOT_SHORT, state == E, is_trusted, passed_ms)
        faults.judge(f.DIODE_FAULT, self.pilot.has_diode_fault, True, passed_ms)
        faults.judge(f.VENTILATION_NOT_AVAILABLE, is_unvented, is_trusted, passed_ms)
        faults.judge(f.PROXIMITY_FAULT, self.proximity.is_faulty, True, passed_ms)
        faults.judge(f.LOCK_FAILED, self.lock.state == JAMMED, True, passed_ms)
        faults.judge(f.LOCK_LOST, self.lock.is_lost, True, passed_ms)
        faults.judge(f.PE_LOST, self._is_lost(self._pe), self._pe.value != NO, passed_ms)
        faults.judge(
            f.SUPPLY_LOST, self._is_lost(self._supply), self._supply.value != NO, passed_ms
        )
        faults.judge(f.OVER_TEMPERATURE, self.temperature.step == STOP, True, passed_ms)
        is_over = inputs.over_current != NO
        faults.judge(f.OVER_CURRENT, is_over, not self._is_plugged, passed_ms)

    def _is_lost(self, line: Level) -> bool:
        return line.value == NO and line.is_held(_LINE_BLOCKS, _LINE_MS)

    def _is_ready(self, pilot_class: int) -> bool:
        return pilot_class == C or (pilot_class == D and self.settings.has_ventilation != NO)

    def _find_limit(self) -> None:
        board_ma = self.settings.max_ma
        cable_ma = self.proximity.cable_ma if self.settings.is_socket else 0
        derated_ma = self.temperature.limit_ma(board_ma)
        self.limit.update(board_ma, cable_ma, self.permit.current_ma, derated_ma)

    def _phases_wanted(self) -> int:
        if self.permit.current_ma == 0:
            return self.outputs.phases
        return min(self.permit.phases, self.settings.phases)

    def _switch_phases(self) -> None:
        """Move the phase relay, never under power and never under a car without a long X1."""
        if self.sequence.state > seq.CONNECTED or not self.contactor.is_open():
            return
        if not self._was_powered or self._x1_ms >= self.settings.phase_gap_ms:
            self.outputs.phases = self._phases_wanted()

    def _can_supply(self) -> bool:
        if self.limit.limit_ma < CURRENT_MA_MIN or self.faults.medium_count > 0:
            return False
        if self.settings.is_socket and self.proximity.cable_ma == 0:
            return False
        return self.outputs.phases == self._phases_wanted()

    def _event(self) -> int:
        """Decide the guards: at most one event, the most urgent first."""
        state = self.sequence.state
        if state == seq.FAULTED:
            return self._event_in_fault()
        if self.faults.high_count > 0:
            return seq.FAULT
        if state == seq.IDLE:
            return seq.PLUG if self._is_plugged else seq.NOTHING
        if not self._is_plugged:
            return seq.UNPLUG
        if state == seq.CONNECTED:
            return self._event_in_connected()
        if state == seq.OFFERED:
            return self._event_in_offered()
        return self._event_energised(state)

    def _event_in_fault(self) -> int:
        if self._f_left_ms > 0:
            return seq.NOTHING
        if self.sequence.drive != DRIVE_X1:
            return seq.F_OVER
        if self.faults.high_count == 0:
            return seq.CLEAR
        is_kept = self._is_plugged and self.permit.keeps_locked()
        if self.sequence.lock != FREE and (not is_kept or self.faults.is_raised(f.SUPPLY_LOST)):
            return seq.LET_GO
        return seq.NOTHING

    def _event_in_connected(self) -> int:
        can_supply = self._can_supply()
        if can_supply and self.lock.is_ready() and self.contactor.can_close():
            return seq.OFFER
        wants_hold = can_supply or self.permit.keeps_locked()
        if wants_hold:
            return seq.HOLD if self.sequence.lock != HELD else seq.NOTHING
        return seq.LET_GO if self.sequence.lock != FREE else seq.NOTHING

    def _event_in_offered(self) -> int:
        if not self._can_supply():
            return seq.REVOKE
        is_due = self._ready_ms >= self.settings.ready_ms and self._reclose_left_ms == 0
        return seq.READY if is_due and self.contactor.can_close() else seq.NOTHING

    def _event_energised(self, state: int) -> int:
        if state == seq.STOPPING and self._stop_left_ms == 0:
            return seq.LATE
        if self.pilot.state == B:
            return seq.PAUSE
        if state == seq.STOPPING:
            return seq.OFFER if self._can_supply() else seq.NOTHING
        return seq.NOTHING if self._can_supply() else seq.REVOKE

    def _apply(self, event: int) -> None:
        """Feed the table; keep timers and books of what that began or ended."""
        was_charging = self.sequence.state == seq.CHARGING
        before = self.sequence.coil
        is_moved = self.sequence.feed(event)
        assert is_moved  # every event that a guard offers has a row
        if event == seq.REVOKE and was_charging:
            self._stop_left_ms = self.settings.stop_ms
            self._cause = self._cause_of_revoke()
        elif event == seq.FAULT:
            self._f_left_ms = self.settings.pilot_f_ms
        if before and not self.sequence.coil:
            self._book_stop(event, was_charging)

    def _cause_of_revoke(self) -> int:
        if self.faults.medium_count > 0:
            return BY_FAULT
        return PERMIT_EXPIRED if self.permit.has_expired else PERMIT_WITHDRAWN

    def _book_stop(self, event: int, was_charging: bool) -> None:
        """Give the stop exactly one reason: the one that opened, or that asked the car to end."""
        out = self.outputs
        if event == seq.UNPLUG:
            out.stop_reason = UNPLUGGED
        elif event == seq.FAULT:
            out.stop_reason = BY_FAULT
        else:
            out.stop_reason = EV_PAUSED if was_charging else self._cause
        out.stop_count = min(out.stop_count + 1, _COUNT_MAX)
        if event == seq.LATE:
            out.under_load_count = min(out.under_load_count + 1, _COUNT_MAX)
        self._reclose_left_ms = self.settings.reclose_ms

    def _command(self, passed_ms: int) -> None:
        settings = self.settings
        if self.contactor.command(self.sequence.coil):
            self.pilot.blank_car(settings.switch_blank_ms)
            if self.contactor.coil:
                self._was_powered = True
                count = self.outputs.closing_count + 1
                self.outputs.closing_count = min(count, _COUNT_MAX)
        self._pacer.tick(passed_ms)
        limit_ma = self.limit.limit_ma
        drive = self.sequence.drive
        if self._pacer.steer(drive, limit_ma, self.limit.safe_ma, settings.pwm_gap_ms):
            self.pilot.blank_b(settings.duty_blank_ms)

    def _report(self) -> Outputs:
        out = self.outputs
        assert self.contactor.coil <= self.sequence.coil
        out.duty_ticks = self._pacer.ticks
        out.coil = self.contactor.coil
        out.lock_drive = self.lock.drive
        out.sequence = self.sequence.state
        out.pilot = self.pilot.state if self.pilot.is_known else INVALID
        out.contactor = self.contactor.state
        out.lock = self.lock.state
        out.cable_ma = self.proximity.cable_ma if self.settings.is_socket else 0
        out.limit_ma = self.limit.limit_ma
        out.limited_by = self.limit.by
        return out
