"""Phase switching in the whole ring: open, cut, wait, join (REQ-SEQ-PH)."""

from safety_rig import LEVEL_B, LEVEL_C, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq


def switching():
    """Return a rig whose car was charged on three phases and is told to take one."""
    rig = Rig()
    rig.charge()
    rig.allow(16_000, 1)
    rig.run(3_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.STOPPING, 3)
    rig.level_mv = LEVEL_B
    return rig


def test_the_phase_relay_moves_only_open_and_while_the_pilot_is_cut():
    """REQ-SEQ-PH: 60 s without a pilot for a car about which nothing is known."""
    rig = switching()
    rig.run(100)
    assert (rig.out.sequence, rig.out.phases, rig.out.coil) == (seq.SWITCHING, 3, 0)
    assert rig.out.cp_connected == 0
    moved_ms = rig.until("phases", 1, 1_000)
    assert moved_ms >= 80
    joined_ms = rig.until("cp_connected", 1, 61_000)
    assert joined_ms == 60_000
    rig.run(1_000)
    assert rig.out.sequence == seq.OFFERED
    rig.level_mv = LEVEL_C
    rig.run(1_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.CHARGING, 1)


def test_a_switch_taken_back_in_time_moves_nothing():
    rig = switching()
    rig.run(60)
    rig.allow(16_000, 3)
    rig.run(1_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.OFFERED, 3)


def test_a_fault_in_a_switch_shows_f_and_the_gap_still_holds():
    rig = switching()
    rig.until("phases", 1, 1_000)
    rig.inputs.emergency_stop = 1
    rig.run(50)
    assert (rig.out.sequence, rig.out.duty_ticks, rig.out.cp_connected) == (seq.FAULTED, 0, 1)
    rig.inputs.emergency_stop = 0
    rig.run(1_000)
    assert rig.supervisor.clear(f.EMERGENCY_STOP)
    rig.run(57_000)
    assert rig.out.sequence == seq.CONNECTED
    rig.run(3_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.OFFERED, 1)


def test_without_a_relay_in_the_pilot_the_phases_move_after_a_minute_of_x1():
    rig = Rig(has_cp_relay=0)
    rig.charge()
    rig.allow(16_000, 1)
    rig.run(100)
    rig.level_mv = LEVEL_B
    rig.run(55_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.CONNECTED, 3)
    assert rig.out.cp_connected == 1
    rig.run(6_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.OFFERED, 1)


def test_a_board_without_a_phase_relay_is_what_it_is_wired_to():
    rig = Rig(has_phase_relay=0)
    rig.charge()
    assert rig.out.phases == 3
    rig.allow(16_000, 1)
    rig.run(10_000)
    assert (rig.out.phases, rig.out.coil) == (3, 0)


def test_the_phase_relay_never_moves_under_pwm():
    rig = Rig()
    rig.allow(16_000, 3)
    rig.plug()
    rig.run(2_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.OFFERED, 3)
    rig.allow(16_000, 1)
    rig.step(10)
    assert (rig.out.sequence, rig.out.phases) == (seq.CONNECTED, 3)
    rig.run(490)
    assert (rig.out.sequence, rig.out.phases) == (seq.CONNECTED, 1)
    rig.step(10)
    assert (rig.out.sequence, rig.out.phases) == (seq.OFFERED, 1)


def test_i7_a_car_that_left_while_nobody_could_see_it_is_not_waited_for_with_a_cut_pilot():
    """A weld shows -12 V, under which the car leaves; cleared, other phases are wanted."""
    rig = Rig()
    rig.charge()
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    rig.allow(16_000, 1)
    rig.is_welded = True
    rig.run(1_000)
    assert rig.faults() == [f.CONTACTOR_WELDED]
    rig.unplug()
    rig.is_welded = False
    rig.run(1_000)
    assert rig.out.sequence == seq.FAULTED
    rig.edges = []
    assert rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.run(1_000)
    assert (rig.out.sequence, rig.out.phases) == (seq.IDLE, 1)
    assert rig.times_of("cp", 0) == [], "it was cut for a car that is gone"


def test_the_pilot_is_cut_for_the_phases_only_after_the_car_was_seen_under_x1():
    rig = Rig()
    rig.charge()
    rig.level_mv = LEVEL_B
    rig.run(1_000)
    rig.allow(16_000, 1)
    rig.step(10)
    assert rig.out.sequence == seq.CONNECTED
    rig.run(90)
    assert rig.out.cp_connected == 1
    rig.run(10)
    assert (rig.out.sequence, rig.out.cp_connected) == (seq.SWITCHING, 0)


# -- settings
