"""Supervisor: ring 1 of one EVSE. Measurements in, commands out, every 10 ms.

It runs the machines in order (permit, pilot, cable, bolt, contactor, protection, limit), feeds
the one table ``sequence`` with the events that ``guards`` finds due, and paces the duty. Nothing
else closes a contactor. It reads no clock: a time between two ticks that cannot be counts as a
hang and costs the permit.
"""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import guards
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.books import Books
from ampkeeper.firmware.safety.contactor import CLOSED, STUCK, WELDED, Contactor
from ampkeeper.firmware.safety.duty import Pacer, current_of
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.limit import (
    BY_BOARD,
    BY_CABLE,
    BY_CAR,
    BY_METER,
    BY_PERMIT,
    BY_TEMPERATURE,
    Limit,
)
from ampkeeper.firmware.safety.lock import JAMMED, Lock
from ampkeeper.firmware.safety.permit import Permit
from ampkeeper.firmware.safety.phases import Phases
from ampkeeper.firmware.safety.pilot import INVALID, A, B, D, E, PilotFilter
from ampkeeper.firmware.safety.profile import Profile, is_valid
from ampkeeper.firmware.safety.protection import Protection
from ampkeeper.firmware.safety.proximity import NO_CABLE, Proximity, cable_of
from ampkeeper.firmware.safety.ranges import are_valid
from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES, Inputs, Outputs, Settings
from ampkeeper.firmware.safety.units import (
    BLOCK_MS,
    COUNT_MAX,
    DRIVE_OPEN,
    DRIVE_PWM,
    DRIVE_X1,
    HANG_MS,
    const,
)
from ampkeeper.firmware.safety.wake import Toggle, Wake

_EVENTS_PER_TICK = const(3)  # as FAULT, F_OVER, LET_GO; more would wait for the next tick
_STILL_TICKS_MAX = const(5)  # so many ticks without time passing: the clock stands
_FAULT_WAIT_MS = const(30_000)  # no offer to a car for this long after a fault under it; 3.2
_BOOT_MS = const(10_000)
_OUTLET_MS = const(300)  # section 5.6: a weld shows within 200 ms
CONTACTOR_FAULTS = (f.CONTACTOR_STUCK, f.CONTACTOR_WELDED)
TESTABLE = (seq.IDLE, seq.CONNECTED)  # made here once: building a tuple in the tick allocates
CALLABLE = (seq.OFFERED, seq.WAKING)


class Supervisor:
    """Ring 1 of one EVSE. Call ``tick`` every 10 ms and drive what it returns.

    ``was_dark``: the mains was away before this start, so a car that is there has lost its pilot
    as if it had been cut.
    """

    def __init__(self, settings: Settings, was_dark: bool = False) -> None:
        assert are_valid(settings)
        self.settings = settings
        self.profile = Profile()
        self.permit = Permit(settings.permit_ms)
        self.faults = FaultSet()
        self.pilot = PilotFilter()
        self.proximity = Proximity()
        self.contactor = Contactor()
        self.lock = Lock(settings.is_socket)
        self.protection = Protection(settings, self.faults)
        self.phases = Phases()
        self.wake = Wake()
        self.toggle = Toggle()
        self.limit = Limit()
        self.sequence = seq.Sequence()
        self.books = Books()
        self.outputs = Outputs()
        self.hang_count = 0
        self.is_plugged = False
        self.ready_ms = 0  # the car has asked for current while it was offered
        self.stop_left_ms = 0  # the car may still obey X1
        self.f_left_ms = 0
        self.reclose_left_ms = 0
        self.offer_left_ms = 0
        self.x1_ms = 0
        self.boot_left_ms = _BOOT_MS  # for the station to say whether a plug is to be held
        self._resumed_ms = COUNT_MAX  # since an end was taken back
        self._unknown_car = self.profile
        self._was_dark = was_dark
        self._pacer = Pacer()
        self._is_car_done = False  # it ended the current itself: do not wake it
        self._still_ticks = 0
        self._coil_ms = COUNT_MAX

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        """Judge one block and return what to drive: always the same object, always complete."""
        real_ms = self._time_of(elapsed_ms)
        passed_ms = min(real_ms, BLOCK_MS) if real_ms > HANG_MS else real_ms
        self._measure(passed_ms, inputs)
        self._count_time(passed_ms, real_ms)
        self._call(passed_ms)
        self._protect(passed_ms, inputs)
        self._judge_faults(passed_ms)
        self._find_limit()
        self._switch_phases()
        for _ in range(_EVENTS_PER_TICK):
            event = guards.event_of(self)
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
        if fault_code == f.LOCK_LOST:
            return self.lock.forgive()
        return self.protection.clear(fault_code)

    def apply(self, settings: Settings) -> bool:
        """Take new settings; only without a car, with the contactor open and all in range."""
        is_idle = self.sequence.state == seq.IDLE
        is_idle = is_idle or (self.sequence.state == seq.FAULTED and not self.is_plugged)
        if not is_idle or not self.contactor.is_open() or not are_valid(settings):
            return False
        self._take(settings)
        return True

    def _take(self, settings: Settings) -> None:
        if settings.is_socket != self.settings.is_socket:
            self.lock = Lock(settings.is_socket)
            self.proximity.reset()  # else a fault of a cable that is none would stay for ever
        self.settings = settings
        self.permit.permit_ms = settings.permit_ms
        self.protection.apply(settings)

    def begin_with(self, settings: Settings) -> bool:
        """Take the first settings since boot at any time: nothing was permitted before them."""
        if self.sequence.coil or not are_valid(settings):
            return False
        self._take(settings)
        return True

    def adopt(self, profile: Profile) -> bool:
        """Take a vehicle's profile, at any time; it is forgotten when the car leaves."""
        if not is_valid(profile):
            return False
        self.profile = profile
        self.pilot.b_filter_ms = profile.b_filter_ms
        return True

    def has_unknown_car(self) -> bool:
        """Tell whether no vehicle's profile is adopted."""
        return self.profile is self._unknown_car

    def _time_of(self, elapsed_ms: int) -> int:
        """Return the time that passed; a clock that stands or leaps costs the permit."""
        if elapsed_ms > 0:
            self._still_ticks = 0
        elif self._still_ticks < _STILL_TICKS_MAX:
            self._still_ticks += 1
            return 0
        if 0 < elapsed_ms <= HANG_MS:
            return elapsed_ms
        self.hang_count = min(self.hang_count + 1, COUNT_MAX)
        self.permit.lose()
        return elapsed_ms if elapsed_ms > 0 else BLOCK_MS

    def _measure(self, passed_ms: int, inputs: Inputs) -> None:
        self.permit.tick(passed_ms)
        was_known = self.pilot.is_known
        self.pilot.tick(
            passed_ms,
            inputs.cp_high_mv,
            inputs.cp_low_mv,
            inputs.cp_noise_mv,
            self.sequence.drive,
        )
        self._note_plug(was_known)
        if self.settings.is_socket:
            self.proximity.tick(passed_ms, inputs.pp_ohm, self.is_plugged)
        self.contactor.tick(passed_ms, inputs.mirror, inputs.supply_ok != NO)
        may_draw = self._is_dead(inputs)
        is_charged = inputs.lock_charged != NO
        is_empty = cable_of(inputs.pp_ohm) == NO_CABLE
        wanted = self.sequence.lock
        self.lock.tick(passed_ms, wanted, may_draw, inputs.lock_closed, is_charged, is_empty)
        if not self.is_plugged and self.lock.is_over():
            self.lock.reset(False)  # nobody is there to unplug, which would end it

    def _note_plug(self, was_known: bool) -> None:
        was_plugged = self.is_plugged
        if self.pilot.state <= D:
            self.is_plugged = self.pilot.state != A
        if self.sequence.drive == DRIVE_OPEN and self.proximity.is_empty():
            self.pilot.see_nobody()  # a cut pilot cannot show it, the socket can
            self.is_plugged = False
        if was_plugged and not self.is_plugged:
            self._forget_car()
        if self.is_plugged and self.pilot.is_known and not was_known:
            # It was there when we started: nobody knows what it was given a moment ago.
            if not self._was_dark:
                self.phases.note_power()
                self.phases.note_under_load()
            self.reclose_left_ms = self.settings.reclose_ms

    def _is_dead(self, inputs: Inputs) -> bool:
        """Tell whether nothing says that the outlet is or may be live: REQ-CNT-01, REQ-LCK-02."""
        if not self.contactor.is_open() or inputs.outlet_live == YES:
            return False
        if inputs.outlet_live != UNKNOWN and self._coil_ms < _OUTLET_MS:
            return False  # the sensor has not had the time to show it
        faults = self.faults
        return not faults.is_raised(f.CONTACTOR_WELDED) and not faults.is_raised(f.OUTLET_LIVE)

    def _forget_car(self) -> None:
        self.permit.forget_car()
        self.lock.reset()
        self.phases.note_unplugged()
        self.wake.reset()
        self.offer_left_ms = 0
        self._is_car_done = False
        self.profile = self._unknown_car
        self.pilot.b_filter_ms = self.profile.b_filter_ms

    def _count_time(self, passed_ms: int, real_ms: int) -> None:
        """Timers of this class. A hang proves nothing, but it does not prolong a stop either."""
        self.stop_left_ms = max(0, self.stop_left_ms - min(real_ms, COUNT_MAX))
        self.f_left_ms = max(0, self.f_left_ms - passed_ms)
        self.reclose_left_ms = max(0, self.reclose_left_ms - passed_ms)
        self.offer_left_ms = max(0, self.offer_left_ms - passed_ms)
        self.boot_left_ms = max(0, self.boot_left_ms - passed_ms)
        self._resumed_ms = min(self._resumed_ms + passed_ms, COUNT_MAX)
        is_x1 = self.sequence.drive == DRIVE_X1
        self.x1_ms = min(self.x1_ms + passed_ms, COUNT_MAX) if is_x1 else 0
        if self.sequence.state == seq.FAULTED and self.is_plugged:
            self.offer_left_ms = _FAULT_WAIT_MS
        self._coil_ms = min(self._coil_ms + passed_ms, COUNT_MAX)
        self.phases.tick(passed_ms, self.sequence.drive)
        is_ready = guards.is_ready(self, self.pilot.raw) and guards.is_ready(self, self.pilot.state)
        if is_ready and self.sequence.state == seq.OFFERED:
            self.ready_ms = min(self.ready_ms + passed_ms, COUNT_MAX)
        else:
            self.ready_ms = 0

    def _call(self, passed_ms: int) -> None:
        """Wake a car that sleeps although current is offered; hear one that calls."""
        state = self.sequence.state
        if state == seq.CONNECTED:
            self.toggle.tick(passed_ms, self.pilot.state)
        if state not in CALLABLE:
            self.wake.stop()
        elif state == seq.OFFERED and self.pilot.state != B:
            if guards.is_ready(self, self.pilot.state):
                self.wake.reset()
        elif not self._is_car_done:
            self.wake.tick(passed_ms, self.profile, self.settings.has_cp_relay)

    def _protect(self, passed_ms: int, inputs: Inputs) -> None:
        context = self.protection.context
        context.is_plugged = self.is_plugged
        context.is_open = self.contactor.is_open()
        context.is_closed = self.contactor.state == CLOSED
        if context.coil != self.contactor.coil:  # also one that dropped out
            self._coil_ms = min(self._coil_ms, passed_ms)
        context.coil = self.contactor.coil
        context.coil_ms = self._coil_ms
        context.reclose_left_ms = self.reclose_left_ms
        if self.sequence.drive == DRIVE_PWM:
            context.offered_ma = current_of(self._pacer.ticks)
        elif not self.contactor.coil:
            context.offered_ma = 0  # else the car still ends what it was offered
        context.pilot = self.pilot.state
        context.drive = self.sequence.drive
        context.is_linked = self.permit.linked()
        context.phases = self.phases.relay
        context.is_testable = context.is_open and self.sequence.state in TESTABLE
        self.protection.tick(passed_ms, inputs)

    def _judge_faults(self, passed_ms: int) -> None:
        """Judge what the pilot, the contactor and the plug show; ``protection`` has the rest."""
        faults = self.faults  # not its bound method: making one allocates
        state = self.pilot.state
        is_trusted = self.pilot.raw <= D and state <= D
        is_unvented = state == D and not self.settings.has_ventilation
        faults.judge(f.CONTACTOR_WELDED, self.contactor.state == WELDED, True, passed_ms)
        faults.judge(f.CONTACTOR_STUCK, self.contactor.state == STUCK, True, passed_ms)
        faults.judge(f.PILOT_FAULT, state == INVALID, is_trusted, passed_ms)
        faults.judge(f.PILOT_SHORT, state == E, is_trusted, passed_ms)
        faults.judge(f.DIODE_FAULT, self.pilot.has_diode_fault, True, passed_ms)
        faults.judge(f.VENTILATION_NOT_AVAILABLE, is_unvented, is_trusted, passed_ms)
        faults.judge(f.PROXIMITY_FAULT, self.proximity.is_faulty, True, passed_ms)
        faults.judge(f.LOCK_FAILED, self.lock.state == JAMMED, True, passed_ms)
        faults.judge(f.LOCK_LOST, self.lock.is_lost, True, passed_ms)
        faults.judge(f.LOCK_UNCHARGED, self.lock.is_uncharged, True, passed_ms)

    def _find_limit(self) -> None:
        settings = self.settings
        limit = self.limit
        limit.begin()
        limit.take(settings.max_ma, BY_BOARD)
        if settings.is_socket and self.proximity.cable_ma > 0:
            limit.take(self.proximity.cable_ma, BY_CABLE)
        limit.take(self.permit.current_ma, BY_PERMIT)
        limit.take(self.protection.temperature_limit_ma(settings.max_ma), BY_TEMPERATURE)
        limit.take(self.protection.meter_limit_ma(), BY_METER)
        if self.pilot.is_simplified and settings.simplified_ma > 0:
            limit.take(settings.simplified_ma, BY_CAR)

    def _switch_phases(self) -> None:
        """Move the phase relay; never under power (REQ-SEQ-PH)."""
        if not self.settings.has_phase_relay:
            self.phases.relay = self.settings.phases
            return
        state = self.sequence.state
        is_idle = state <= seq.CONNECTED or state == seq.SWITCHING
        if is_idle and self.contactor.is_open():
            wanted = guards.phases_wanted(self)
            self.phases.move(wanted, self.profile, self.settings.has_cp_relay)

    def _apply(self, event: int) -> None:
        """Feed the table; keep timers and books of what that began or ended."""
        was_charging = self.sequence.state == seq.CHARGING
        before = self.sequence.coil
        is_moved = self.sequence.feed(event)
        assert is_moved  # every event that a guard offers has a row
        if event == seq.REVOKE and was_charging:
            if self._resumed_ms >= self.settings.pwm_gap_ms:
                self.stop_left_ms = self.settings.stop_ms  # else the old one goes on: seq. 10.2
            self.books.note_asked(guards.cause_of_revoke(self))
        elif event == seq.FAULT:
            shows_f = self.faults.bitmap() & f.F_BITS and guards.may_show_f(self)
            self.f_left_ms = self.settings.pilot_f_ms if shows_f else 0
        elif event == seq.PAUSE and was_charging:
            self._is_car_done = True
        elif event == seq.OFFER:
            self._is_car_done = False
            self._resumed_ms = 0 if before else COUNT_MAX
        if before and not self.sequence.coil:
            self.books.note_opening(event, was_charging)
            self.reclose_left_ms = self.settings.reclose_ms
            if event != seq.PAUSE:  # the car had not ended the current itself
                self.phases.note_under_load()
                self.protection.wear.note_under_load()

    def _command(self, passed_ms: int) -> None:
        settings = self.settings
        if self.contactor.command(self.sequence.coil):
            self._coil_ms = 0
            self.pilot.blank_car(settings.switch_blank_ms)
            if self.contactor.coil:
                self.phases.note_power()
                self.books.note_closing()
        self._pacer.tick(passed_ms)
        limit = self.limit
        at_once_ma = limit.limit_ma if settings.is_stepping_down_at_once else limit.safe_ma
        gap_ms = settings.pwm_gap_ms
        if self._pacer.steer(self.sequence.drive, limit.limit_ma, at_once_ma, gap_ms):
            self.pilot.blank_b(settings.duty_blank_ms)

    def _report(self) -> Outputs:
        out = self.outputs
        assert self.contactor.coil <= self.sequence.coil
        out.duty_ticks = self._pacer.ticks
        out.cp_connected = NO if self.sequence.drive == DRIVE_OPEN else YES
        out.coil = self.contactor.coil
        out.phases = self.phases.relay
        out.lock_drive = self.lock.drive
        out.rcd_test = self.protection.rcd_test
        out.sequence = self.sequence.state
        out.pilot = self.pilot.state if self.pilot.is_known else INVALID
        out.contactor = self.contactor.state
        out.lock = self.lock.state
        out.cable_ma = self.proximity.cable_ma if self.settings.is_socket else 0
        out.limit_ma = self.limit.limit_ma
        out.limited_by = self.limit.by
        out.simplified = YES if self.pilot.is_simplified else NO
        out.toggle_count = self.toggle.count
        out.wake_count = self.wake.call_count
        out.suppressed_count = self.pilot.suppressed_count
        out.hang_count = self.hang_count
        out.stop_reason = self.books.stop_reason
        out.stop_count = self.books.stop_count
        out.closing_count = self.books.closing_count
        out.under_load_count = self.books.under_load_count
        return out
