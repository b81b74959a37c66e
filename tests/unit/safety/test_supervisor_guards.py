"""The guards one by one: a ring in which all is well, one thing changed, and the event then due."""

from safety_rig import settings

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import guards
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.books import (
    BY_FAULT,
    LIMITED,
    PERMIT_EXPIRED,
    PERMIT_WITHDRAWN,
    SELF_TEST,
)
from ampkeeper.firmware.safety.lock import FREE, HELD, LOCKED, STAY, UNLOCKED
from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED
from ampkeeper.firmware.safety.pilot import A, B, C, D, E
from ampkeeper.firmware.safety.signals import MADE, OPEN
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_OPEN, DRIVE_PWM, DRIVE_X1


def well(state, **changes):
    """Make a ring with a car in C, in which everything that a charge needs is there."""
    ring = Supervisor(settings(**changes))
    ring.sequence.state = state
    ring.sequence.drive = DRIVE_PWM if state in (seq.OFFERED, seq.CHARGING) else DRIVE_X1
    ring.sequence.lock = HELD
    ring.is_plugged = ring.pilot.is_known = True
    ring.pilot.state = ring.pilot.raw = C
    ring.permit.grant(16_000, 3, IN_SERVICE)
    ring.limit.limit_ma = 16_000
    ring.proximity.cable_ma = 20_000
    ring.phases.relay = 3
    ring.lock.state = LOCKED
    ring.x1_ms = 500
    ring.boot_left_ms = 0
    ring.stop_left_ms = 1
    for _ in range(3):
        ring.contactor.tick(10, OPEN)
    return ring


def due(ring):
    return guards.event_of(ring)


def test_where_all_is_well_the_charge_goes_its_way():
    ring = well(seq.IDLE)
    assert due(ring) == seq.PLUG
    assert due(well(seq.CONNECTED)) == seq.OFFER
    ring = well(seq.OFFERED)
    assert due(ring) == seq.NOTHING
    ring.ready_ms = 499
    assert due(ring) == seq.NOTHING
    ring.ready_ms = 500
    assert due(ring) == seq.READY
    assert due(well(seq.CHARGING)) == seq.NOTHING
    assert due(well(seq.STOPPING)) == seq.OFFER


def test_a_serious_fault_comes_before_all_else_and_an_unplugging_next():
    for state in range(seq.SWITCHING + 1):
        if state == seq.FAULTED:
            continue
        ring = well(state)
        ring.is_plugged = False
        ring.faults.raise_fault(f.PE_LOST)
        assert due(ring) == seq.FAULT
        ring.faults.clear(f.PE_LOST)
        assert due(ring) == (seq.LET_GO if state == seq.IDLE else seq.UNPLUG)


def test_a_car_asks_for_current_in_c_and_in_d_only_where_there_is_ventilation():
    for has_ventilation, asking in ((0, [C]), (1, [C, D])):
        ring = well(seq.OFFERED, has_ventilation=has_ventilation)
        assert [each for each in (A, B, C, D, E) if guards.is_ready(ring, each)] == asking


def test_the_phases_are_the_permits_or_as_they_are():
    ring = well(seq.CONNECTED)
    ring.permit.grant(16_000, 1, IN_SERVICE)
    assert guards.phases_wanted(ring) == 1
    ring.permit.grant(0, 1, IN_SERVICE)
    assert guards.phases_wanted(ring) == 3
    ring = well(seq.CONNECTED, phases=1)
    assert guards.phases_wanted(ring) == 1


def test_each_end_has_one_cause_and_the_worst_comes_first():
    ring = well(seq.CHARGING, has_rcd_test=1)
    assert guards.cause_of_revoke(ring) == SELF_TEST
    ring.settings.has_rcd_test = 0
    assert guards.cause_of_revoke(ring) == LIMITED
    ring.phases.relay = 1
    assert guards.cause_of_revoke(ring) == PERMIT_WITHDRAWN
    ring.phases.relay = 3
    ring.permit.grant(0, 3, IN_SERVICE)
    assert guards.cause_of_revoke(ring) == PERMIT_WITHDRAWN
    ring.permit.lose()
    assert guards.cause_of_revoke(ring) == PERMIT_EXPIRED
    ring.faults.raise_fault(f.LOCK_LOST)
    assert guards.cause_of_revoke(ring) == BY_FAULT


def without(what, ring):
    """Take away one thing that an offer needs."""
    if what == "permit":
        ring.permit.grant(0, 3, IN_SERVICE)
        ring.limit.limit_ma = 0
    elif what == "limit":
        ring.limit.limit_ma = 5_999
    elif what == "enough for this car":
        ring.profile.min_ma = 16_001
    elif what == "health":
        ring.faults.raise_fault(f.LOCK_LOST)
    elif what == "cable":
        ring.proximity.cable_ma = 0
    elif what == "phases":
        ring.phases.relay = 1
        ring.settings.has_cp_relay = 0
    elif what == "self-test":
        ring.settings.has_rcd_test = 1
    return ring


NEEDED = ("permit", "limit", "enough for this car", "health", "cable", "phases", "self-test")


def test_whatever_an_offer_needs_ends_it_when_it_is_gone():
    for what in NEEDED:
        assert due(without(what, well(seq.OFFERED))) == seq.REVOKE, what
        assert due(without(what, well(seq.CHARGING))) == seq.REVOKE, what
        assert due(without(what, well(seq.WAKING))) == seq.REVOKE, what
        assert due(without(what, well(seq.STOPPING))) == seq.NOTHING, what
        assert due(without(what, well(seq.CONNECTED))) not in (seq.OFFER, seq.PART), what


def test_a_captive_cable_needs_no_coding():
    ring = well(seq.CONNECTED, is_socket=0)
    ring.proximity.cable_ma = 0
    ring.lock.state = 0
    assert due(ring) == seq.OFFER


def test_an_offer_waits_for_what_is_not_ready_yet():
    for name, value in (("offer_left_ms", 1), ("x1_ms", 499)):
        ring = well(seq.CONNECTED)
        setattr(ring, name, value)
        assert due(ring) == seq.NOTHING
    ring = well(seq.CONNECTED)
    ring.lock.state = UNLOCKED
    assert due(ring) == seq.NOTHING
    ring = well(seq.CONNECTED)
    ring.contactor.tick(10, MADE)
    assert due(ring) == seq.NOTHING


def test_the_contactor_waits_for_its_rest_and_for_its_proof():
    ring = well(seq.OFFERED)
    ring.ready_ms = 500
    ring.reclose_left_ms = 1
    assert due(ring) == seq.NOTHING
    ring.reclose_left_ms = 0
    ring.contactor.tick(10, MADE)
    assert due(ring) == seq.NOTHING


def test_the_plug_is_held_once_and_let_go_once():
    ring = without("limit", well(seq.CONNECTED))
    ring.permit.grant(0, 3, IN_SERVICE | KEEP_LOCKED)
    assert due(ring) == seq.NOTHING
    ring.sequence.lock = STAY
    assert due(ring) == seq.HOLD
    ring.permit.grant(0, 3, IN_SERVICE)
    assert due(ring) == seq.LET_GO
    ring.sequence.lock = FREE
    assert due(ring) == seq.NOTHING


def test_after_boot_the_plug_stays_until_the_station_has_spoken_or_the_time_is_over():
    ring = without("limit", well(seq.CONNECTED))
    ring.permit = Supervisor(settings()).permit
    for left_ms, event in ((10_000, seq.NOTHING), (1, seq.NOTHING), (0, seq.LET_GO)):
        ring.boot_left_ms = left_ms
        assert due(ring) == event
    ring.boot_left_ms = 10_000
    ring.permit.grant(0, 3, IN_SERVICE)
    assert due(ring) == seq.LET_GO


def test_without_a_car_the_bolt_is_drawn_once_and_only_when_that_is_known():
    for is_known, lock, event in (
        (True, STAY, seq.LET_GO),
        (True, HELD, seq.LET_GO),
        (True, FREE, seq.NOTHING),
        (False, STAY, seq.NOTHING),
    ):
        ring = well(seq.IDLE)
        ring.is_plugged = False
        ring.pilot.is_known = is_known
        ring.sequence.lock = lock
        assert due(ring) == event


def test_the_pilot_is_cut_for_the_phases_only_where_both_relays_are_there():
    for has_cp_relay, has_phase_relay, is_cut in (
        (1, 1, True),
        (0, 1, False),
        (1, 0, False),
        (0, 0, False),
    ):
        ring = well(seq.CONNECTED, has_cp_relay=has_cp_relay, has_phase_relay=has_phase_relay)
        ring.phases.note_power()
        ring.permit.grant(16_000, 1, IN_SERVICE)
        assert (due(ring) == seq.PART) is is_cut


def test_the_pilot_is_not_cut_before_the_contactor_is_proven_open():
    ring = well(seq.CONNECTED)
    ring.phases.note_power()
    ring.permit.grant(16_000, 1, IN_SERVICE)
    ring.contactor.tick(10, MADE)
    assert due(ring) == seq.NOTHING


def test_the_pilot_is_not_cut_before_the_car_was_seen_under_x1_for_a_tenth_of_a_second():
    ring = well(seq.CONNECTED)
    ring.phases.note_power()
    ring.permit.grant(16_000, 1, IN_SERVICE)
    ring.x1_ms = 99
    assert due(ring) == seq.NOTHING
    ring.x1_ms = 100
    assert due(ring) == seq.PART


def test_a_cut_pilot_is_joined_when_the_car_had_its_time_or_nothing_is_to_move():
    ring = well(seq.SWITCHING)
    ring.phases.note_power()
    assert due(ring) == seq.JOIN
    ring.permit.grant(16_000, 1, IN_SERVICE)
    assert due(ring) == seq.NOTHING
    ring.phases.tick(100, DRIVE_OPEN)
    ring.phases.move(1, ring.profile, 1)
    assert ring.phases.has_moved
    assert due(ring) == seq.NOTHING
    ring.phases.tick(60_000, DRIVE_OPEN)
    assert due(ring) == seq.JOIN


def test_a_sleeping_car_sees_what_the_call_says():
    for state, drive, shown, event in (
        (seq.OFFERED, DRIVE_F, DRIVE_PWM, seq.CALL_F),
        (seq.OFFERED, DRIVE_OPEN, DRIVE_PWM, seq.CALL_CUT),
        (seq.WAKING, DRIVE_F, DRIVE_F, seq.NOTHING),
        (seq.WAKING, DRIVE_OPEN, DRIVE_OPEN, seq.NOTHING),
        (seq.WAKING, DRIVE_X1, DRIVE_F, seq.CALL_X1),
        (seq.WAKING, DRIVE_X1, DRIVE_X1, seq.NOTHING),
        (seq.WAKING, DRIVE_PWM, DRIVE_X1, seq.OFFER),
    ):
        ring = well(state)
        ring.wake.drive = drive
        ring.sequence.drive = shown
        assert due(ring) == event


def test_a_stop_ends_by_the_car_or_by_time_or_is_taken_back_after_half_a_second():
    ring = well(seq.STOPPING)
    ring.x1_ms = 499
    assert due(ring) == seq.NOTHING
    ring.x1_ms = 500
    assert due(ring) == seq.OFFER
    ring.pilot.state = B
    assert due(ring) == seq.PAUSE
    ring.stop_left_ms = 0
    assert due(ring) == seq.LATE
    ring = well(seq.CHARGING)
    ring.stop_left_ms = 0
    assert due(ring) == seq.NOTHING
    ring.pilot.state = B
    assert due(ring) == seq.PAUSE


def in_fault(**changes):
    ring = well(seq.FAULTED, **changes)
    ring.faults.raise_fault(f.PE_LOST)
    ring.sequence.drive = DRIVE_F
    return ring


def test_f_lasts_its_time_and_then_x1_is_shown_until_no_fault_is_left():
    ring = in_fault()
    ring.f_left_ms = 1
    assert due(ring) == seq.NOTHING
    ring.f_left_ms = 0
    assert due(ring) == seq.F_OVER
    ring.sequence.drive = DRIVE_X1
    ring.permit.grant(0, 3, IN_SERVICE | KEEP_LOCKED)
    assert due(ring) == seq.NOTHING
    ring.faults.clear(f.PE_LOST)
    assert due(ring) == seq.CLEAR


def test_a_weld_keeps_f_unless_the_car_does_not_bear_it():
    ring = in_fault()
    ring.faults.raise_fault(f.CONTACTOR_WELDED)
    assert due(ring) == seq.NOTHING
    ring.sequence.drive = DRIVE_X1
    assert due(ring) == seq.FAULT
    for name, value in (("never_f", 1), ("pilot_f_ms", 0)):
        ring = in_fault()
        ring.faults.raise_fault(f.CONTACTOR_WELDED)
        setattr(ring.profile if name == "never_f" else ring.settings, name, value)
        assert not guards.may_show_f(ring)
        assert due(ring) == seq.F_OVER


def test_the_shortest_f_is_an_f():
    assert guards.may_show_f(well(seq.FAULTED, pilot_f_ms=1))


def test_in_a_fault_the_plug_is_let_go_unless_it_is_to_be_held():
    for is_plugged, flags, code, lock, event in (
        (True, KEEP_LOCKED, f.PE_LOST, HELD, seq.NOTHING),
        (True, 0, f.PE_LOST, HELD, seq.LET_GO),
        (True, 0, f.PE_LOST, FREE, seq.NOTHING),
        (False, KEEP_LOCKED, f.PE_LOST, HELD, seq.LET_GO),
        (True, KEEP_LOCKED, f.SUPPLY_LOST, HELD, seq.LET_GO),
        (True, KEEP_LOCKED, f.SUPPLY_LOST, FREE, seq.NOTHING),
    ):
        ring = well(seq.FAULTED)
        ring.faults.raise_fault(code)
        ring.is_plugged = is_plugged
        ring.permit.grant(0, 3, IN_SERVICE | flags)
        ring.sequence.lock = lock
        assert due(ring) == event
