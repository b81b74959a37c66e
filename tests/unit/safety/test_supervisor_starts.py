"""Ring 1 starts while a car is there, and what must not be trusted then or after another car."""

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_E, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import lock
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.selftest import PASSED
from ampkeeper.firmware.safety.signals import LOCK_REST, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor


def started_under_a_car(level_mv=LEVEL_C, **settings):
    """Return a ring that starts with a car plugged in, as after its watchdog bit."""
    rig = Rig(**settings)
    rig.level_mv = level_mv
    rig.inputs.pp_ohm = 220
    rig.inputs.lock_closed = 1
    rig.allow(16_000)
    return rig


def test_req_seq_ph_a_ring_that_starts_under_a_car_cuts_the_pilot_before_the_phases_move():
    rig = started_under_a_car()
    rig.run(1_000)
    assert (rig.out.sequence, rig.out.cp_connected, rig.out.coil) == (seq.SWITCHING, 0, 0)
    assert rig.until("coil", 1, 70_000) > 59_000
    assert rig.out.phases == 3


def test_a_car_that_lost_the_mains_too_needs_no_other_cut():
    rig = started_under_a_car()
    rig.supervisor = Supervisor(rig.supervisor.settings, was_dark=True)
    rig.out = rig.supervisor.outputs
    rig.allow(16_000)
    assert 10_000 <= rig.until("coil", 1, 20_000) <= 11_000
    assert (rig.out.phases, rig.times_of("cp", 0)) == (3, [])


def test_i4_a_ring_that_starts_under_a_car_waits_ten_seconds_before_it_closes():
    rig = started_under_a_car(phases=1)
    assert 10_000 <= rig.until("coil", 1, 20_000) <= 11_000


def test_the_wait_of_a_ring_that_starts_under_a_car_is_no_failure_of_it_req_cnt_03():
    """Else new software that goes on with a session fails its self-test, and goes back."""
    rig = started_under_a_car(phases=1)
    assert rig.until("coil", 1, 20_000) > 3_000
    rig.run(100)
    tests = rig.supervisor.protection.selftests
    assert tests.result[20] == PASSED
    assert tests.duration_ms[20] < 3_000


def test_a_ring_that_starts_under_a_car_holds_the_bolt_until_the_station_has_spoken():
    rig = started_under_a_car()
    rig.is_host_alive = False
    rig.supervisor.permit.lose()
    rig.supervisor.permit.has_expired = False
    rig.supervisor.permit.flags = 0
    rig.run(9_900)
    assert (rig.out.lock_drive, rig.inputs.lock_closed) == (LOCK_REST, 1)
    rig.run(1_500)
    assert rig.out.lock == lock.UNLOCKED


def test_a_ring_that_starts_without_a_car_draws_the_bolt():
    rig = Rig()
    rig.inputs.lock_closed = 1
    rig.run(1_500)
    assert rig.out.lock == lock.UNLOCKED


def test_req_lck_02_the_plug_is_held_while_the_outlet_is_or_may_be_live():
    """One pole welded: the mirror is open, the outlet is not dead."""
    rig = Rig()
    rig.inputs.outlet_live = 0
    rig.charge()
    rig.inputs.outlet_live = 1
    rig.allow(0)
    rig.host_flags = IN_SERVICE
    rig.level_mv = LEVEL_B
    rig.run(5_000)
    assert f.OUTLET_LIVE in rig.faults()
    assert (rig.out.coil, rig.inputs.lock_closed) == (0, 1)


def test_req_cnt_01_a_weld_that_is_put_back_holds_the_plug():
    rig = started_under_a_car()
    rig.supervisor.faults.restore(1 << f.CONTACTOR_WELDED)
    rig.host_flags = IN_SERVICE
    rig.allow(0)
    rig.run(20_000)
    assert rig.inputs.lock_closed == 1


def test_what_was_permitted_for_one_car_is_not_for_the_next():
    rig = Rig(is_socket=0)
    rig.charge()
    rig.is_host_alive = False
    rig.level_mv = LEVEL_A
    rig.run(100)
    assert rig.supervisor.permit.current_ma == 0
    rig.level_mv = LEVEL_C
    rig.run(12_000)
    assert rig.times_of("coil", 1) == []


def test_the_thirty_seconds_begin_when_the_fault_has_gone():
    rig = Rig()
    rig.charge()
    rig.level_mv = LEVEL_E
    rig.run(40_000)
    rig.level_mv = LEVEL_C
    assert 30_000 <= rig.until("coil", 1, 40_000) <= 34_000


def test_a_board_without_a_phase_relay_never_cuts_the_pilot_for_it():
    rig = Rig(has_phase_relay=0)
    rig.charge()
    rig.allow(16_000, 1)
    rig.run(1_000)
    rig.level_mv = LEVEL_B
    rig.run(5_000)
    assert rig.times_of("cp", 0) == []
    rig.unplug()
    rig.run(100)
    assert rig.out.sequence == seq.IDLE


def test_settings_can_be_corrected_in_a_fault_when_no_car_is_there():
    rig = Rig()
    rig.run(100)
    rig.inputs.emergency_stop = 1
    rig.run(1_000)
    assert rig.out.sequence == seq.FAULTED
    assert rig.supervisor.apply(Settings())
    rig = Rig()
    rig.charge()
    rig.inputs.emergency_stop = 1
    rig.run(1_000)
    assert not rig.supervisor.apply(Settings())


def test_seq_10_2_taking_a_stop_back_for_a_moment_does_not_prolong_it():
    rig = Rig()
    rig.charge()
    rig.run(6_000)
    rig.is_host_alive = False
    start_ms = rig.now_ms
    rig.allow(0)
    for _ in range(3):
        rig.run(1_900)
        rig.allow(16_000)
        rig.step(10)
        rig.allow(0)
    rig.run(2_000)
    assert rig.times_of("coil", 0)[0] - start_ms <= 6_100


def test_permits_that_come_and_go_change_the_duty_at_most_twice_a_second():
    rig = Rig()
    rig.charge()
    rig.run(6_000)
    rig.edges = []
    for tick in range(3_000):
        rig.allow(16_000 * (tick % 2))
        rig.step(10)
    assert sum(what == "duty" for _, what, _ in rig.edges) <= 2 * 2 * 30
    assert rig.times_of("coil", 0) != []


def test_a_fault_that_opens_under_load_is_counted_as_wear():
    rig = Rig()
    rig.charge()
    rig.inputs.emergency_stop = 1
    rig.run(1_000)
    assert rig.supervisor.protection.wear.under_load == 1
    rig = Rig()
    rig.charge()
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    assert rig.supervisor.protection.wear.under_load == 0


def test_first_settings_keep_what_ring_1_knows():
    rig = Rig()
    rig.supervisor.faults.restore(1 << f.RCD_AC)
    rig.plug()
    settings = Settings()
    settings.max_ma = 20_000
    assert rig.supervisor.begin_with(settings)
    rig.run(1_000)
    assert (rig.faults(), rig.supervisor.is_plugged) == ([f.RCD_AC], True)
    settings.phases = 2
    assert not rig.supervisor.begin_with(settings)
    rig = Rig()
    rig.charge()
    assert not rig.supervisor.begin_with(Settings())


def test_i7_a_plug_pulled_from_the_socket_while_the_pilot_is_cut_is_missed_by_the_socket():
    rig = Rig()
    rig.charge()
    rig.allow(16_000, 1)
    rig.run(200)
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    assert rig.out.sequence == seq.SWITCHING
    rig.unplug()
    rig.run(1_000)
    assert (rig.out.sequence, rig.out.cp_connected) == (seq.IDLE, 1)
    rig.plug()
    rig.run(2_000)
    assert rig.out.sequence == seq.OFFERED
