"""The last millisecond and the last milliampere of each small machine: what mutation left open."""

from ampkeeper.firmware.safety.contactor import CLOSED, CLOSING, OPEN, OPENING, STUCK, Contactor
from ampkeeper.firmware.safety.duty import Pacer, current_of, duty_of, is_digital
from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.limit import Limit
from ampkeeper.firmware.safety.lock import (
    FREE,
    HELD,
    JAMMED,
    LOCKED,
    LOCKING,
    STAY,
    UNLOCKED,
    UNLOCKING,
    Lock,
)
from ampkeeper.firmware.safety.permit import IN_SERVICE, Permit
from ampkeeper.firmware.safety.pilot import INVALID, D, PilotFilter, classify
from ampkeeper.firmware.safety.proximity import Proximity
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, PERIOD_TICKS
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_PWM

DIP_MS = 300  # how long the mains may be missed before or after a dropout


def test_a_new_level_has_seen_nothing_but_knows_its_value():
    level = Level(1)
    assert not level.is_held(1, 0)
    assert not level.is_held(0, 1)
    level.tick(50, 1)
    assert level.held_ms == 50  # the same reading as before the block


def test_a_level_counts_no_blocks_beyond_its_last_millisecond():
    level = Level(0)
    for _ in range(5):
        level.tick(30_000, 0)
    assert level.blocks == 2


def test_a_level_that_was_reset_has_seen_nothing():
    level = Level(0)
    level.tick(20, 0)
    level.reset(0)
    assert not level.is_held(1, 0)
    assert not level.is_held(0, 1)


def test_a_new_permit_allows_nothing():
    permit = Permit(2_000)
    assert permit.current_ma == 0
    assert permit.phases == 1
    assert not permit.keeps_locked()
    assert permit.has_expired is False


def test_a_permit_that_came_is_not_expired():
    permit = Permit(2_000)
    permit.lose()
    assert permit.has_expired is True
    permit.grant(16_000, 3, IN_SERVICE)
    assert permit.has_expired is False


def test_refusals_are_counted_to_a_million():
    permit = Permit(2_000)
    permit.refused_count = 999_999
    assert not permit.grant(-1, 1, 0)
    assert not permit.grant(-1, 1, 0)
    assert permit.refused_count == 1_000_000


def test_the_duty_is_whole_and_right_at_every_edge_of_its_law():
    for current_ma, ticks in (
        (6_000, 6_250), (50_699, 52_811), (50_700, 52_812), (50_701, 52_812), (52_499, 52_812),
        (52_500, 53_125), (60_001, 55_000), (80_000, 60_000),
    ):  # fmt: skip
        assert duty_of(current_ma) == ticks, current_ma
        assert isinstance(duty_of(current_ma), int)


def test_a_car_reads_whole_milliamperes_at_every_edge_of_its_law():
    for ticks, current_ma in (
        (4_999, 0), (5_000, 6_000), (6_249, 6_000), (6_250, 6_000), (6_251, 6_000),
        (53_125, 51_000), (53_126, 52_504), (60_000, 80_000), (60_001, 80_000),
        (60_625, 80_000), (60_626, 0),
    ):  # fmt: skip
        assert current_of(ticks) == current_ma, ticks
        assert isinstance(current_of(ticks), int)


def test_the_digital_window_ends_where_it_should():
    for ticks, expected in ((1_874, False), (1_875, True), (4_375, True), (4_376, False)):
        assert is_digital(ticks) is expected, ticks


def test_pwm_after_f_does_not_wait():
    pacer = Pacer()
    pacer.steer(DRIVE_F, 16_000, 32_000, 5_000)
    assert pacer.steer(DRIVE_PWM, 16_000, 32_000, 5_000)
    assert pacer.ticks == duty_of(16_000)


def test_an_end_of_pwm_is_no_change_of_a_running_one():
    pacer = Pacer()
    pacer.steer(DRIVE_PWM, 16_000, 32_000, 5_000)
    assert not pacer.steer(DRIVE_F, 16_000, 32_000, 5_000)


def test_at_the_hardwares_limit_the_same_duty_is_no_reason_to_hurry():
    pacer = Pacer()
    pacer.steer(DRIVE_PWM, 16_000, 16_000, 5_000)
    assert not pacer.steer(DRIVE_PWM, 10_000, 16_000, 5_000)
    assert pacer.ticks == duty_of(16_000)


def test_a_cable_that_cannot_be_read_is_a_fault_after_exactly_half_a_second():
    proximity = Proximity()
    proximity.tick(499, 0, True)
    assert not proximity.is_faulty
    proximity.tick(1, 0, True)
    assert proximity.is_faulty


def test_each_session_has_the_whole_half_second():
    proximity = Proximity()
    proximity.tick(400, 0, True)
    proximity.tick(10, 0, False)
    proximity.tick(499, 0, True)
    assert not proximity.is_faulty


def test_a_mirror_that_is_open_at_start_counts_for_as_long_as_its_block():
    contactor = Contactor()
    contactor.tick(15, 0)
    assert not contactor.can_close()  # one block
    contactor.tick(5, 0)
    assert contactor.can_close()


def test_one_block_of_a_made_mirror_is_no_closing_yet():
    contactor = Contactor()
    contactor.tick(20, 0)
    contactor.tick(20, 0)
    contactor.command(1)
    contactor.tick(10, 1)
    assert contactor.state == CLOSING
    contactor.tick(10, 1)
    assert contactor.state == CLOSED


def test_a_coil_released_while_pulling_in_waits_for_exactly_sixty_milliseconds():
    contactor = Contactor()
    contactor.tick(20, 0)
    contactor.tick(20, 0)
    contactor.command(1)
    contactor.tick(10, 0)
    contactor.command(0)
    for ms in (20, 20, 19):
        contactor.tick(ms, 0)
    assert contactor.state == OPENING
    contactor.tick(1, 0)
    assert contactor.state == OPEN


def test_two_blocks_of_fifty_milliseconds_prove_a_bolt():
    lock = Lock(1)
    lock.tick(10, STAY, True, 1)
    lock.tick(39, STAY, True, 1)
    assert lock.state == UNLOCKED
    lock = Lock(1)
    lock.tick(10, STAY, True, 1)
    lock.tick(40, STAY, True, 1)
    assert lock.state == LOCKED


def test_a_bolt_that_is_out_at_start_counts_for_as_long_as_its_block():
    lock = Lock(1)
    lock.tick(45, FREE, True, 0)
    assert lock.state == UNLOCKED
    lock.tick(5, FREE, True, 0)
    assert lock.state == UNLOCKING


def test_without_stored_energy_the_bolt_waits_and_after_five_seconds_says_so():
    lock = Lock(1)
    assert lock.is_uncharged is False
    lock.tick(1, STAY, True, 0, False)
    lock.tick(4_999, HELD, True, 0, False)
    assert lock.drive == LOCK_REST
    assert lock.is_uncharged is False
    lock.tick(1, HELD, True, 0, False)
    assert lock.is_uncharged is True
    lock.tick(10, HELD, True, 0, True)
    assert lock.drive == LOCK_DRIVE
    assert lock.is_uncharged is False


def test_a_second_try_starts_after_exactly_five_seconds():
    lock = Lock(1)
    lock.tick(10, HELD, True, 0)
    assert lock.drive == LOCK_DRIVE
    lock.tick(600, HELD, True, 0)
    assert lock.drive == LOCK_REST
    lock.tick(4_399, HELD, True, 0)
    assert lock.drive == LOCK_REST
    lock.tick(1, HELD, True, 0)
    assert lock.drive == LOCK_DRIVE
    assert lock.state == LOCKING


def test_drawing_has_three_tries_of_its_own():
    lock = Lock(1)
    lock.tick(10, HELD, True, 0)
    lock.tick(600, HELD, True, 0)
    lock.tick(4_400, HELD, True, 0)  # the second try
    lock.tick(600, HELD, True, 0)
    starts = 0
    for _ in range(3_000):
        before = lock.drive
        lock.tick(10, FREE, True, 1)
        starts += lock.drive != before and lock.drive != LOCK_REST
        if lock.state == JAMMED:
            break
    assert starts == 3
    assert lock.state == JAMMED


def test_a_new_limit_is_nothing():
    limit = Limit()
    assert limit.limit_ma == 0
    assert limit.safe_ma == 0


def test_d_needs_a_low_half_wave_too():
    assert classify(3_000, -12_000, D, True) == D
    assert classify(3_000, -5_000, D, True) == INVALID


def test_suppressed_verdicts_are_counted_to_a_million():
    pilot = PilotFilter()
    for _ in range(3):
        pilot.tick(10, 6_000, -12_000, 0, DRIVE_PWM)
    pilot.suppressed_count = 999_999
    for _ in range(2):
        pilot.blank_b(50)
        for _ in range(3):
            pilot.tick(10, 9_000, -12_000, 0, DRIVE_PWM)
        pilot.tick(10, 6_000, -12_000, 0, DRIVE_PWM)
    assert pilot.suppressed_count == 1_000_000


def test_a_permit_carries_its_phases():
    permit = Permit(2_000)
    permit.grant(16_000, 3, IN_SERVICE)
    assert permit.phases == 3


def test_a_lost_permit_holds_no_plug_that_it_did_not_hold():
    permit = Permit(2_000)
    permit.grant(16_000, 3, IN_SERVICE)
    permit.lose()
    assert not permit.keeps_locked()


def test_a_new_pacer_waits_for_nothing():
    pacer = Pacer()
    pacer.tick(10)
    assert not 0 < pacer.ticks < PERIOD_TICKS


def test_a_new_machine_and_one_that_was_reset_find_no_fault():
    proximity = Proximity()
    assert proximity.is_faulty is False
    proximity.tick(600, 0, True)
    assert proximity.is_faulty is True
    proximity.reset()
    assert proximity.is_faulty is False
    lock = Lock(1)
    assert lock.is_lost is False
    for wanted, bolt in ((HELD, 1), (HELD, 0)):
        for _ in range(80):
            lock.tick(10, wanted, False, bolt)
    assert lock.is_lost is True
    lock.reset()
    assert lock.is_lost is False
    assert Contactor().coil == 0


def test_a_bolt_that_came_back_is_not_lost():
    lock = Lock(1)
    for bolt in (1, 0, 1):
        for _ in range(80):
            lock.tick(10, HELD, False, bolt)
    assert lock.is_lost is False


def latched(pp_ohm=220):
    proximity = Proximity()
    for _ in range(11):
        proximity.tick(10, pp_ohm, True)
    assert proximity.cable_ma == 32_000
    return proximity


def test_a_socket_is_empty_once_its_cable_was_steadily_gone_for_half_a_second():
    proximity = latched()
    assert not proximity.is_empty()
    for _ in range(49):
        proximity.tick(10, 1_000_000, True)
    assert not proximity.is_empty()
    proximity.tick(10, 1_000_000, True)
    assert proximity.is_empty()
    proximity = latched()
    for _ in range(4):
        proximity.tick(200, 1_000_000, True)
    assert not proximity.is_empty()  # four slow readings
    proximity.tick(200, 1_000_000, True)
    assert proximity.is_empty()


def test_another_cable_or_none_from_the_start_is_no_empty_socket():
    proximity = latched()
    for _ in range(100):
        proximity.tick(10, 680, True)
    assert not proximity.is_empty()
    proximity = Proximity()
    for _ in range(100):
        proximity.tick(10, 1_000_000, True)
    assert not proximity.is_empty()


def test_a_cable_that_is_never_read_twice_alike_is_a_fault_after_exactly_half_a_second():
    for good in (0, 1):
        proximity = latched()
        for _ in range(good):
            proximity.tick(10, 220, True)
        for number in range(49):
            proximity.tick(10, (680, 1_500)[number % 2], True)
        proximity.tick(9, 680, True)
        assert proximity.is_faulty is False
        proximity.tick(1, 1_500, True)
        assert proximity.is_faulty is True


def closed():
    contactor = Contactor()
    for _ in range(3):
        contactor.tick(10, 0)
    contactor.command(1)
    for _ in range(30):
        contactor.tick(10, 1)
    assert contactor.state == CLOSED
    return contactor


def test_a_contactor_is_open_only_at_rest_and_with_a_steady_mirror():
    contactor = closed()
    contactor.command(0)
    contactor.tick(10, 0)
    contactor.tick(20, 0)
    assert contactor.state == OPENING
    assert not contactor.is_open()  # the mirror is, for long enough; the state is not yet
    contactor = Contactor()
    contactor.tick(10, 0)
    assert not contactor.is_open()


def test_one_block_of_an_open_mirror_is_no_opening_yet():
    contactor = closed()
    contactor.command(0)
    contactor.tick(100, 1)
    contactor.tick(10, 0)
    assert contactor.state == OPENING
    contactor.tick(10, 0)
    assert contactor.state == OPEN


def test_a_dropout_is_the_mains_doing_if_they_failed_less_than_two_dips_ago():
    for spare_ms, expected in ((-1, OPEN), (0, STUCK)):
        contactor = closed()
        contactor.tick(10, 1, False)
        contactor.tick(DIP_MS - 20 + spare_ms, 1)
        contactor.tick(10, 0)
        contactor.tick(10, 0)
        contactor.command(0)
        contactor.tick(DIP_MS, 0)
        assert contactor.state == expected
