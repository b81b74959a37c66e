"""Guards: which event of the sequence is due now; at most one, the most urgent first.

Everything that must be true before current may be offered, or before the contactor may close,
is asked here and nowhere else. The functions read a supervisor and change nothing.
"""

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.books import (
    BY_FAULT,
    LIMITED,
    PERMIT_EXPIRED,
    PERMIT_WITHDRAWN,
    SELF_TEST,
)
from ampkeeper.firmware.safety.fault import CONTACTOR_WELDED, SUPPLY_LOST
from ampkeeper.firmware.safety.lock import FREE, HELD
from ampkeeper.firmware.safety.pilot import B, C, D
from ampkeeper.firmware.safety.signals import NO, UNKNOWN
from ampkeeper.firmware.safety.units import (
    CURRENT_MA_MIN,
    DRIVE_F,
    DRIVE_OPEN,
    DRIVE_PWM,
    DRIVE_X1,
    const,
)

_X1_MS_MIN = const(500)  # between two offers, so that a car sees that the first one ended
_SEEN_MS = const(100)  # of X1; by then the pilot's class is of now, or void (REQ-CP-04)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.firmware.safety.supervisor import Supervisor


def event_of(ring: "Supervisor") -> int:
    """Return the event that the sequence must be fed now, or ``NOTHING``."""
    state = ring.sequence.state
    if state == seq.FAULTED:
        return _in_fault(ring)
    if ring.faults.high_count > 0:
        return seq.FAULT
    if state == seq.IDLE:
        return _in_idle(ring)
    if not ring.is_plugged:
        return seq.UNPLUG
    if state == seq.CONNECTED:
        return _in_connected(ring)
    if state == seq.OFFERED:
        return _in_offered(ring)
    if state == seq.WAKING:
        return _in_waking(ring)
    if state == seq.SWITCHING:
        return _in_switching(ring)
    return _energised(ring, state)


def is_ready(ring: "Supervisor", pilot_class: int) -> bool:
    """Tell whether the car asks for current and may have it here."""
    return pilot_class == C or (pilot_class == D and ring.settings.has_ventilation != NO)


def phases_wanted(ring: "Supervisor") -> int:
    """Return how many phases the permit asks for; without one, as the relay is."""
    if ring.permit.current_ma == 0:
        return ring.phases.relay
    return min(ring.permit.phases, ring.settings.phases)


def cause_of_revoke(ring: "Supervisor") -> int:
    """Return why the car is asked to end the current: exactly one reason."""
    if ring.faults.medium_count > 0:
        return BY_FAULT
    if ring.permit.has_expired:
        return PERMIT_EXPIRED
    if ring.permit.current_ma == 0 or not ring.phases.is_right(phases_wanted(ring), ring.profile):
        return PERMIT_WITHDRAWN
    return LIMITED if ring.protection.may_offer() else SELF_TEST


def _can_supply(ring: "Supervisor") -> bool:
    """Tell whether permit, limits, cable and phases allow a current that this car can use."""
    least_ma = max(CURRENT_MA_MIN, ring.profile.min_ma)
    if ring.limit.limit_ma < least_ma or ring.faults.medium_count > 0:
        return False
    if ring.settings.is_socket and ring.proximity.cable_ma == 0:
        return False
    return ring.phases.is_right(phases_wanted(ring), ring.profile)


def _may_go_on(ring: "Supervisor") -> bool:
    return _can_supply(ring) and ring.protection.may_offer()


def _in_idle(ring: "Supervisor") -> int:
    if ring.is_plugged:
        return seq.PLUG
    must_let_go = ring.pilot.is_known and ring.sequence.lock != FREE
    return seq.LET_GO if must_let_go else seq.NOTHING


def _is_held(ring: "Supervisor") -> bool:
    """Tell whether the plug must be held; after boot until the station has had its say."""
    if ring.permit.linked() == UNKNOWN and ring.boot_left_ms > 0:
        return True
    return ring.permit.keeps_locked()


def may_show_f(ring: "Supervisor") -> bool:
    """Tell whether the car bears -12 V after a fault."""
    return ring.settings.pilot_f_ms > 0 and not ring.profile.never_f


def _in_fault(ring: "Supervisor") -> int:
    if ring.f_left_ms > 0:
        return seq.NOTHING
    if ring.faults.is_raised(CONTACTOR_WELDED) and may_show_f(ring):
        return seq.FAULT if ring.sequence.drive != DRIVE_F else seq.NOTHING
    if ring.sequence.drive != DRIVE_X1:
        return seq.F_OVER
    if ring.faults.high_count == 0:
        return seq.CLEAR
    is_kept = ring.is_plugged and _is_held(ring)
    if ring.sequence.lock != FREE and (not is_kept or ring.faults.is_raised(SUPPLY_LOST)):
        return seq.LET_GO
    return seq.NOTHING


def _in_connected(ring: "Supervisor") -> int:
    wanted = phases_wanted(ring)
    if _can_cut_for_phases(ring) and ring.phases.needs_cut(wanted, ring.profile):
        # one that left under -12 V, or while the pilot was cut, must not be waited for once more
        is_due = ring.contactor.is_open() and ring.x1_ms >= _SEEN_MS
        return seq.PART if is_due else seq.NOTHING
    can_supply = _can_supply(ring)
    if can_supply and _is_prepared(ring):
        return seq.OFFER
    if can_supply or ring.permit.keeps_locked():
        return seq.HOLD if ring.sequence.lock != HELD else seq.NOTHING
    if _is_held(ring):
        return seq.NOTHING
    return seq.LET_GO if ring.sequence.lock != FREE else seq.NOTHING


def _can_cut_for_phases(ring: "Supervisor") -> bool:
    return ring.settings.has_cp_relay != NO and ring.settings.has_phase_relay != NO


def _is_prepared(ring: "Supervisor") -> bool:
    if ring.offer_left_ms > 0 or ring.x1_ms < _X1_MS_MIN or not ring.lock.is_ready():
        return False
    return ring.contactor.can_close() and ring.protection.may_offer()


def _in_offered(ring: "Supervisor") -> int:
    if not _may_go_on(ring):
        return seq.REVOKE
    if ring.wake.drive == DRIVE_F:
        return seq.CALL_F
    if ring.wake.drive == DRIVE_OPEN:
        return seq.CALL_CUT
    is_due = ring.ready_ms >= ring.settings.ready_ms and ring.reclose_left_ms == 0
    return seq.READY if is_due and ring.contactor.can_close() else seq.NOTHING


def _in_waking(ring: "Supervisor") -> int:
    if not _may_go_on(ring):
        return seq.REVOKE
    if ring.wake.drive == DRIVE_PWM:
        return seq.OFFER
    if ring.wake.drive == DRIVE_X1 and ring.sequence.drive != DRIVE_X1:
        return seq.CALL_X1
    return seq.NOTHING


def _in_switching(ring: "Supervisor") -> int:
    if ring.phases.has_moved:
        return seq.JOIN if ring.phases.is_settled() else seq.NOTHING
    is_needed = ring.phases.needs_cut(phases_wanted(ring), ring.profile)
    return seq.NOTHING if is_needed else seq.JOIN


def _energised(ring: "Supervisor", state: int) -> int:
    if state == seq.STOPPING and ring.stop_left_ms == 0:
        return seq.LATE
    if ring.pilot.state == B:
        return seq.PAUSE
    can_go_on = _may_go_on(ring)
    if state == seq.STOPPING:
        return seq.OFFER if can_go_on and ring.x1_ms >= _X1_MS_MIN else seq.NOTHING
    return seq.NOTHING if can_go_on else seq.REVOKE
