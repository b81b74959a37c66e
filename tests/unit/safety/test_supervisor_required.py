"""Requirements that the whole ring keeps, each by its name; others stand with their machines."""

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import current_of
from ampkeeper.firmware.safety.lock import LOCKED, UNLOCKED
from ampkeeper.firmware.safety.pilot import INVALID, A, B, C, D, E, F, class_of, classify
from ampkeeper.firmware.safety.profile import WAKE_CP_OPEN, Profile
from ampkeeper.firmware.safety.signals import DUTY_X1, LOCK_REST, PERIOD_TICKS


def test_req_cp_01_each_half_wave_is_judged_by_itself_with_hysteresis():
    # (mv, class before, class): both sides of every window, then the gaps between them
    for mv, before, expected in (
        (11_000, B, A), (10_500, A, A), (10_500, B, B), (8_000, C, B), (7_500, B, B),
        (7_500, C, C), (5_000, D, C), (4_500, C, C), (4_500, D, D), (2_000, E, D),
        (0, A, E), (-1_500, E, E), (-1_500, F, INVALID), (-12_000, A, F), (-10_500, F, F),
        (-10_500, A, INVALID), (-5_000, A, INVALID), (13_001, A, INVALID),
    ):  # fmt: skip
        assert class_of(mv, before) == expected, (mv, before)
    for low_mv in (-9_900, -5_000, 0, 6_000, -13_001):
        assert classify(6_000, low_mv, C, True) == INVALID, low_mv
    assert classify(6_000, -10_500, C, True) == C  # the low side has its hysteresis too


def test_req_cp_03_c_counts_only_without_a_break_under_pwm_and_with_a_diode():
    rig = Rig()
    rig.allow(0)
    rig.plug(level_mv=LEVEL_C)
    rig.run(5_000)
    assert rig.out.coil == 0  # C for long, but without PWM
    rig.allow(16_000)
    rig.until("sequence", seq.OFFERED)
    rig.run(450)
    rig.at(0, LEVEL_B)
    rig.at(30, LEVEL_C)
    rig.run(470)
    assert rig.out.coil == 0  # the half second started again
    rig.has_diode = False
    rig.run(2_000)
    assert rig.out.coil == 0
    assert f.DIODE_FAULT in rig.faults()


def test_req_pp_02_the_smallest_of_board_cable_and_station_is_offered():
    for board_ma, pp_ohm, station_ma, expected_ma in (
        (20_000, 220, 32_000, 20_000),  # the board
        (32_000, 680, 32_000, 20_000),  # a cable for 20 A
        (32_000, 1_500, 16_000, 13_000),  # a cable for 13 A
        (32_000, 220, 10_000, 10_000),  # the station
    ):
        rig = Rig(max_ma=board_ma)
        rig.allow(station_ma)
        rig.plug(pp_ohm=pp_ohm)
        rig.until("sequence", seq.OFFERED)
        offered_ma = current_of(rig.out.duty_ticks)
        assert expected_ma - 100 <= offered_ma <= expected_ma, (expected_ma, offered_ma)


def test_req_pp_02_a_board_with_one_phase_never_uses_three():
    rig = Rig(phases=1)
    rig.charge()
    assert rig.out.phases == 1


def test_req_lck_01_cable_then_bolt_then_pwm_then_contactor():
    rig = Rig()
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    cable_ms = rig.until("cable_ma", 32_000)
    assert rig.out.duty_ticks == DUTY_X1
    lock_ms = cable_ms + rig.until("lock", LOCKED)
    assert rig.out.coil == 0
    rig.until("sequence", seq.OFFERED)
    assert 0 < rig.out.duty_ticks < PERIOD_TICKS
    assert rig.out.coil == 0
    rig.until("coil", 1)
    assert 0 < cable_ms < lock_ms
    assert rig.out.lock == LOCKED


def test_req_lck_01_without_feedback_there_is_no_pwm_after_three_tries():
    rig = Rig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug()
    rig.run(20_000)
    assert rig.times_of("duty", DUTY_X1) == []
    assert len(rig.times_of("lock", 1)) == 3
    assert f.LOCK_FAILED in rig.faults()


def test_req_lck_02_the_bolt_is_drawn_only_behind_an_open_mirror():
    rig = Rig()
    rig.charge()
    rig.is_welded = True
    rig.unplug()
    rig.host_flags = 1
    rig.allow(0)
    rig.run(15_000)
    assert f.CONTACTOR_WELDED in rig.faults()
    assert rig.out.lock == LOCKED
    assert rig.out.lock_drive == LOCK_REST
    rig.is_welded = False
    rig.run(3_000)
    assert rig.out.lock == LOCKED  # a mirror that opened late proves nothing to itself
    assert rig.supervisor.clear(f.CONTACTOR_WELDED)
    rig.run(3_000)
    assert rig.out.lock == UNLOCKED


def test_req_lck_02_a_paused_session_keeps_its_plug_and_an_ended_one_gives_it_back():
    rig = Rig()
    rig.charge()
    rig.host_ma = 0
    rig.grant()
    rig.level_mv = LEVEL_B
    rig.run(8_000)
    assert rig.out.lock == LOCKED
    rig.host_flags = 0
    rig.grant()
    rig.run(3_000)
    assert rig.out.lock == UNLOCKED


def test_req_rcd_01_ring_1_opens_too_when_the_sensor_has_cut_the_supply():
    for line in ("rcd_ac", "rcd_dc"):
        rig = Rig()
        rig.charge()
        rig.is_stuck = True  # the hardware took the coil's supply: the contactor falls
        setattr(rig.inputs, line, 1)
        rig.step(10)
        assert rig.out.coil == 0
        rig.is_stuck = False
        setattr(rig.inputs, line, 0)
        rig.run(60_000)
        assert rig.out.coil == 0  # the sensor let go; the fault did not


def test_tv_seq_9_a_loop_that_hung_comes_back_without_permit_and_ends_the_charge():
    rig = Rig()
    rig.charge()
    rig.is_host_alive = False
    rig.step(1_000)  # the watchdog would have dropped the coil by now
    assert rig.supervisor.hang_count == 1
    assert rig.out.duty_ticks == DUTY_X1
    assert rig.until("coil", 0) <= 6_100
    assert rig.out.stop_count == 1


def test_tv_seq_9_a_loop_that_only_seems_to_run_is_noticed():
    rig = Rig()
    rig.charge()
    rig.is_host_alive = False
    for _ in range(30):
        rig.step(10, told_ms=0)  # the clock stands
    assert rig.supervisor.hang_count > 0
    assert rig.out.duty_ticks == DUTY_X1


def test_a_permit_withdrawn_while_the_pilot_is_cut_is_no_crash_and_nothing_is_offered():
    rig = Rig()
    rig.charge()
    rig.allow(16_000, phases=1)
    rig.level_mv = LEVEL_B
    rig.until("cp_connected", 0)
    assert rig.out.duty_ticks == DUTY_X1  # no PWM behind an open relay
    rig.allow(0)
    rig.run(1_000)
    assert rig.out.duty_ticks == DUTY_X1
    rig.level_mv = LEVEL_A
    rig.run(120_000)
    assert rig.out.sequence == seq.IDLE


def test_a_wake_up_without_a_pilot_drives_no_pwm_either():
    rig = Rig()
    car = Profile()
    car.wake_method = WAKE_CP_OPEN
    assert rig.supervisor.adopt(car)
    rig.allow(16_000)
    rig.plug()
    rig.until("cp_connected", 0, limit_ms=60_000)
    assert rig.out.duty_ticks == DUTY_X1
    rig.allow(0)
    rig.run(1_000)
    assert rig.out.cp_connected == 1
