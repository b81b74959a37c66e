"""The timing vectors TV-SEQ of the requirements, at blocks of 10, 5 and 1 ms.

MicroPython runs them at 10 ms, the device's own pace: short blocks change no arithmetic.
"""

import sys

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, Rig

from ampkeeper.firmware.safety import books
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import duty_of
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, UNLOCK_DRIVE

TICKS = (10, 5, 1) if sys.implementation.name == "cpython" else (10,)


def charging(tick_ms=10, **changes):
    rig = Rig(tick_ms, **changes)
    rig.charge()
    return rig


def test_tv_seq_1_unplugging_opens_within_a_tenth_of_a_second_and_then_unlocks():
    for tick_ms in TICKS:
        for offset_ms in (0, 7):  # wherever in the block it happens
            rig = charging(tick_ms, is_socket=1)
            start_ms = rig.now_ms
            rig.at(offset_ms, LEVEL_A)
            rig.run(1_500)
            coil_ms = rig.times_of("coil", 0)[0] - start_ms
            assert coil_ms <= offset_ms + 50, coil_ms
            assert rig.times_of("duty", DUTY_X1)[0] - start_ms <= offset_ms + 200
            unlock_ms = rig.times_of("lock", UNLOCK_DRIVE)[0] - start_ms
            assert coil_ms < unlock_ms <= coil_ms + 100
            assert rig.out.stop_reason == books.UNPLUGGED


def test_tv_seq_2_s2_open_opens_within_a_tenth_of_a_second_and_pwm_goes_on():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        start_ms = rig.now_ms
        rig.at(4, LEVEL_B)
        rig.run(1_000)
        assert rig.times_of("coil", 0)[0] - start_ms <= 104
        assert rig.times_of("duty", DUTY_X1) == []
        assert rig.out.sequence == seq.OFFERED
        assert rig.out.stop_reason == books.EV_PAUSED


def test_tv_seq_3_the_contactor_closes_between_half_a_second_and_three_after_c():
    for tick_ms in TICKS:
        rig = Rig(tick_ms)
        rig.allow(16_000)
        rig.plug()
        rig.run(2_000)
        start_ms = rig.now_ms
        rig.level_mv = LEVEL_C
        rig.run(3_000)
        assert 500 <= rig.times_of("coil", 1)[0] - start_ms <= 3_000


def test_tv_seq_4_a_second_change_of_the_limit_waits_for_five_seconds():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        rig.run(5_000)
        start_ms = rig.now_ms
        rig.allow(10_000)
        rig.run(1_000)
        assert len(rig.edges) == 1
        assert rig.times_of("duty", duty_of(10_000))[0] - start_ms <= 10
        rig.allow(13_000)
        rig.run(6_000)
        assert len(rig.edges) == 2
        assert 5_000 <= rig.times_of("duty", duty_of(13_000))[0] - start_ms <= 5_020


def test_tv_seq_5_a_car_that_obeys_is_not_opened_under_load():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        rig.allow(0)
        rig.at(2_900, LEVEL_B)
        start_ms = rig.now_ms
        rig.run(4_000)
        assert 2_900 <= rig.times_of("coil", 0)[0] - start_ms <= 3_000
        assert rig.out.under_load_count == 0
        assert rig.out.stop_reason == books.PERMIT_WITHDRAWN


def test_tv_seq_6_a_car_that_ignores_the_stop_is_opened_under_load_after_six_seconds():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        start_ms = rig.now_ms
        rig.allow(0)
        rig.run(7_000)
        x1_ms = rig.times_of("duty", DUTY_X1)[0]
        assert x1_ms - start_ms <= 10
        assert 6_000 <= rig.times_of("coil", 0)[0] - x1_ms <= 6_100
        assert rig.out.under_load_count == 1
        assert rig.out.stop_reason == books.PERMIT_WITHDRAWN
        assert rig.out.sequence == seq.CONNECTED


def test_tv_seq_7_a_pause_taken_back_in_time_never_opens():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        rig.allow(0)
        rig.run(3_000)
        assert rig.out.sequence == seq.STOPPING
        rig.allow(16_000)
        rig.run(5_000)
        assert rig.out.sequence == seq.CHARGING
        assert rig.times_of("coil", 0) == []
        assert rig.out.stop_count == 0


def test_tv_seq_8_a_dead_host_ends_the_charge_by_the_standards_sequence():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        rig.grant()
        start_ms = rig.now_ms
        rig.is_host_alive = False
        rig.run(9_000)
        assert 1_980 <= rig.times_of("duty", DUTY_X1)[0] - start_ms <= 2_000
        assert rig.times_of("coil", 0)[0] - start_ms <= 2_000 + 6_000 + 100
        assert rig.out.stop_reason == books.PERMIT_EXPIRED


def test_tv_seq_10_a_pulse_of_c_never_closes():
    for tick_ms in TICKS:
        rig = Rig(tick_ms)
        rig.allow(16_000)
        rig.plug()
        rig.run(2_000)
        for pulse_ms in (250, 490):
            rig.at(0, LEVEL_C)
            rig.at(pulse_ms, LEVEL_B)
            rig.run(1_000)
        assert rig.times_of("coil", 1) == []


def test_tv_seq_11_a_short_glitch_is_ignored_and_a_longer_one_opens():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        for offset_ms in range(10):
            rig.at(offset_ms, LEVEL_B)
            rig.at(offset_ms + 9, LEVEL_C)
            rig.run(100)
            assert rig.times_of("coil", 0) == [], (tick_ms, offset_ms)
        for offset_ms in (0, 4, 9):
            rig = charging(tick_ms)
            start_ms = rig.now_ms
            rig.at(offset_ms, LEVEL_B)
            rig.at(offset_ms + 40, LEVEL_C)
            rig.run(500)
            assert rig.times_of("coil", 0)[0] - start_ms <= offset_ms + 100


def test_tv_seq_13_a_fault_is_followed_by_f_and_then_x1():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        start_ms = rig.now_ms
        rig.inputs.emergency_stop = 1
        rig.run(2_000)
        f_ms = rig.times_of("duty", DUTY_F)[0]
        assert f_ms - start_ms <= 20
        assert 300 <= rig.times_of("duty", DUTY_X1)[0] - f_ms <= 1_000


def test_tv_seq_13_without_f_for_cars_that_do_not_bear_it():
    rig = charging(pilot_f_ms=0)
    rig.inputs.emergency_stop = 1
    rig.run(2_000)
    assert rig.times_of("duty", DUTY_F) == []
    assert len(rig.times_of("duty", DUTY_X1)) == 1
    assert len(rig.times_of("coil", 0)) == 1


def test_no_close_within_ten_seconds_of_an_open():
    for tick_ms in TICKS:
        rig = charging(tick_ms)
        rig.level_mv = LEVEL_B
        rig.run(100)
        rig.level_mv = LEVEL_C
        rig.run(11_000)
        gap_ms = rig.times_of("coil", 1)[0] - rig.times_of("coil", 0)[0]
        assert 10_000 <= gap_ms <= 10_100


def test_the_glitch_of_some_cars_after_a_duty_change_is_not_an_open_s2():
    rig = charging()
    rig.run(5_000)
    rig.allow(10_000)
    rig.at(20, LEVEL_B)
    rig.at(520, LEVEL_C)
    rig.run(2_000)
    assert rig.times_of("coil", 0) == []
    rig = charging(duty_blank_ms=0)
    rig.run(5_000)
    rig.allow(10_000)
    rig.at(20, LEVEL_B)
    rig.at(520, LEVEL_C)
    rig.run(2_000)
    assert len(rig.times_of("coil", 0)) == 1


def test_unplugging_right_after_a_duty_change_is_seen_at_once():
    rig = charging()
    rig.run(5_000)
    rig.allow(10_000)
    rig.run(20)
    start_ms = rig.now_ms
    rig.unplug()
    rig.run(200)
    assert rig.times_of("coil", 0)[0] - start_ms <= 50
