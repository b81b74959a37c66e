"""The duty law both ways, and the pace of its changes."""

from ampkeeper.firmware.safety.duty import Pacer, current_of, duty_of, is_allowed, is_digital
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_PWM, DRIVE_X1


def tenth_amperes():
    return range(6_000, 80_001, 100)


def test_req_pwm_01_the_car_never_reads_more_than_is_commanded():
    for current_ma in range(6_000, 80_001, 7):
        assert current_of(duty_of(current_ma)) <= current_ma


def test_req_pwm_01_six_amperes_are_never_below_ten_percent():
    assert duty_of(6_000) == 6_250
    for current_ma in range(6_000, 6_100):
        assert duty_of(current_ma) >= 6_250


def test_req_pwm_02_only_the_duties_of_the_standard_are_allowed():
    for ticks in range(-10, 62_600):
        hundredths = ticks * 10_000 / 62_500
        expected = hundredths in (0, 500, 10_000) or 1_000 <= hundredths <= 9_600
        assert is_allowed(ticks) == expected, ticks


def test_req_pwm_03_the_car_reads_what_is_commanded_within_its_region():
    before = 0
    for current_ma in tenth_amperes():
        ticks = duty_of(current_ma)
        lost_ma = current_ma - current_of(ticks)
        is_at_step = 50_700 < current_ma <= 52_500
        assert 0 <= lost_ma <= (1_900 if is_at_step else 100), current_ma
        assert ticks >= before
        before = ticks


def test_the_duty_keeps_out_of_the_zone_where_an_error_reaches_the_other_formula():
    # 5 us are 0.5 %; more than 84.5 % and less than 85.0 % is never driven
    for current_ma in tenth_amperes():
        ticks = duty_of(current_ma)
        assert not 52_812 < ticks < 53_125, current_ma


def test_the_table_of_the_standard_comes_out():
    for current_ma, percent_thousandths in (
        (6_000, 10_000),
        (8_000, 13_333),
        (10_000, 16_667),
        (13_000, 21_667),
        (16_000, 26_667),
        (20_000, 33_333),
        (25_000, 41_667),
        (32_000, 53_333),
        (40_000, 66_667),
        (48_000, 80_000),
        (51_000, 84_500),
        (63_000, 89_200),
        (70_000, 92_000),
        (80_000, 96_000),
    ):
        expected = percent_thousandths * 62_500 // 100_000
        assert -1 <= duty_of(current_ma) - expected <= 1, current_ma


def test_the_car_reads_every_region_of_the_duty():
    for percent, expected_ma in (
        (0, 0),
        (2, 0),
        (5, 0),
        (7, 0),
        (8, 6_000),
        (9, 6_000),
        (10, 6_000),
        (50, 30_000),
        (85, 51_000),
        (86, 55_000),
        (96, 80_000),
        (97, 80_000),
        (98, 0),
        (100, 0),
    ):
        assert current_of(percent * 625) == expected_ma, percent


def test_five_percent_asks_the_car_to_talk():
    assert is_digital(3_125)
    assert not is_digital(1_874)
    assert not is_digital(4_376)


def test_a_current_outside_the_law_is_our_own_bug():
    for current_ma in (0, 5_999, 80_001):
        try:
            duty_of(current_ma)
        except AssertionError:
            continue
        raise AssertionError(current_ma)


def steer(pacer, limit_ma, safe_ma=32_000, drive=DRIVE_PWM):
    return pacer.steer(drive, limit_ma, safe_ma, 5_000)


def test_starting_pwm_is_not_delayed():
    pacer = Pacer()
    steer(pacer, 16_000)
    assert pacer.ticks == duty_of(16_000)


def test_req_cp_07_a_start_of_pwm_is_a_duty_change_and_its_end_is_none():
    for drive in (DRIVE_X1, DRIVE_F):
        pacer = Pacer()
        assert steer(pacer, 16_000)
        assert not steer(pacer, 16_000)
        assert not steer(pacer, 16_000, drive=drive)
        assert steer(pacer, 16_000)


def test_the_hosts_steps_wait_five_seconds_up_and_down():
    for limit_ma in (10_000, 20_000):
        pacer = Pacer()
        steer(pacer, 16_000)
        pacer.tick(4_999)
        assert not steer(pacer, limit_ma)
        assert pacer.ticks == duty_of(16_000)
        pacer.tick(1)
        assert steer(pacer, limit_ma)
        assert pacer.ticks == duty_of(limit_ma)


def test_a_step_down_for_safety_is_at_once_and_ends_at_the_smallest_limit():
    pacer = Pacer()
    steer(pacer, 32_000)
    assert steer(pacer, 10_000, safe_ma=16_000)
    assert pacer.ticks == duty_of(10_000)


def test_at_the_limit_of_the_hardware_the_hosts_step_down_waits_too():
    pacer = Pacer()
    steer(pacer, 16_000, safe_ma=16_000)
    assert not steer(pacer, 10_000, safe_ma=16_000)


def test_a_step_up_after_a_derate_waits():
    pacer = Pacer()
    steer(pacer, 32_000)
    steer(pacer, 16_000, safe_ma=16_000)
    assert not steer(pacer, 32_000)
    pacer.tick(5_000)
    assert steer(pacer, 32_000)


def test_the_same_limit_is_no_change():
    pacer = Pacer()
    steer(pacer, 16_000)
    pacer.tick(60_000)
    assert not steer(pacer, 16_000)


def test_leaving_pwm_and_f_are_never_delayed():
    pacer = Pacer()
    steer(pacer, 16_000)
    assert not steer(pacer, 16_000, drive=DRIVE_X1)
    assert pacer.ticks == 62_500
    steer(pacer, 6_000)
    assert pacer.ticks == duty_of(6_000)
    steer(pacer, 6_000, drive=DRIVE_F)
    assert pacer.ticks == 0


def test_pwm_that_comes_back_soon_offers_no_more_than_when_it_ended():
    pacer = Pacer()
    steer(pacer, 16_000)
    for drives in ((DRIVE_X1,), (DRIVE_F,), (DRIVE_F, DRIVE_X1)):
        pacer.tick(1_000)
        for drive in drives:
            steer(pacer, 16_000, drive=drive)
        pacer.tick(4_999)
        steer(pacer, 32_000)
        assert pacer.ticks == duty_of(16_000)
    pacer.tick(4_999)
    assert not steer(pacer, 32_000)
    pacer.tick(1)
    assert steer(pacer, 32_000)
    assert pacer.ticks == duty_of(32_000)


def test_pwm_that_comes_back_soon_may_offer_less():
    pacer = Pacer()
    steer(pacer, 16_000)
    steer(pacer, 16_000, drive=DRIVE_X1)
    steer(pacer, 10_000)
    assert pacer.ticks == duty_of(10_000)


def test_pwm_that_comes_back_after_five_seconds_offers_what_it_may():
    pacer = Pacer()
    steer(pacer, 16_000)
    steer(pacer, 16_000, drive=DRIVE_X1)
    pacer.tick(5_000)
    steer(pacer, 32_000)
    assert pacer.ticks == duty_of(32_000)
