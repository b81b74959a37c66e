"""The contactor proves from its mirror that it did what it was told."""

from ampkeeper.firmware.safety.contactor import (
    CLOSED,
    CLOSING,
    OPEN,
    OPENING,
    STUCK,
    WELDED,
    Contactor,
)
from ampkeeper.firmware.safety.signals import UNKNOWN


def run(contactor, ms, mirror, tick_ms=10):
    for _ in range(ms // tick_ms):
        contactor.tick(tick_ms, mirror)


def ready():
    contactor = Contactor()
    run(contactor, 50, 0)
    return contactor


def closed():
    contactor = ready()
    contactor.command(1)
    run(contactor, 40, 1)
    assert contactor.state == CLOSED
    return contactor


def test_it_may_close_only_after_the_mirror_was_seen_open():
    contactor = Contactor()
    assert not contactor.can_close()
    run(contactor, 20, 0)
    assert contactor.can_close()
    assert contactor.is_open()


def test_it_may_not_close_while_the_mirror_bounces():
    contactor = ready()
    contactor.tick(10, 1)
    assert not contactor.can_close()
    contactor.tick(10, 0)
    assert not contactor.can_close()


def test_a_mirror_in_time_closes_it():
    contactor = ready()
    assert contactor.command(1)
    assert contactor.coil == 1
    assert contactor.state == CLOSING
    run(contactor, 20, 1)
    assert contactor.state == CLOSED


def test_the_same_command_twice_changes_nothing():
    contactor = closed()
    assert not contactor.command(1)
    contactor.command(0)
    assert not contactor.command(0)


def test_a_late_mirror_makes_the_contactor_stuck():
    for tick_ms in (10, 5, 1):
        contactor = ready()
        contactor.command(1)
        run(contactor, 140, 0, tick_ms)
        assert contactor.state == CLOSING
        run(contactor, 10, 0, tick_ms)
        assert contactor.state == STUCK
        assert contactor.coil == 0


def test_a_mirror_made_at_the_deadline_may_still_settle():
    contactor = ready()
    contactor.command(1)
    run(contactor, 140, 0)
    run(contactor, 20, 1)
    assert contactor.state == CLOSED


def test_a_long_tick_does_not_make_a_good_contactor_stuck():
    contactor = ready()
    contactor.command(1)
    contactor.tick(240, 1)
    contactor.tick(10, 1)
    assert contactor.state == CLOSED


def test_a_dropout_under_load_opens_at_once_and_is_stuck_while_the_mains_is_there():
    contactor = closed()
    run(contactor, 600, 1)
    contactor.tick(10, 0)
    assert contactor.state == CLOSED
    contactor.tick(10, 0)
    assert contactor.state == OPENING
    assert contactor.coil == 0
    run(contactor, 290, 0)
    assert contactor.state == OPENING
    contactor.command(0)
    run(contactor, 10, 0)
    assert contactor.state == STUCK


def test_req_cnt_02_a_dropout_with_the_mains_is_no_fault_of_the_contactor():
    for missing in range(-290, 290, 30):  # the supply is seen missing so long after the mirror
        contactor = closed()
        run(contactor, 600, 1)
        for at_ms in range(-290, 400, 10):
            contactor.tick(10, int(at_ms < 0), at_ms // 30 != missing // 30)
            if at_ms >= 10:
                assert contactor.coil == 0
                contactor.command(0)
        assert contactor.state == OPEN, missing


def test_a_dropped_contactor_is_not_closed_again_by_who_never_let_go():
    contactor = closed()
    run(contactor, 600, 1)
    for at_ms in range(0, 400, 10):
        contactor.tick(10, 0, at_ms != 100)
        contactor.command(1)
        assert contactor.coil == int(at_ms == 0)
    assert contactor.state == STUCK


def test_req_cnt_01_a_mirror_that_is_unknown_contradicts_the_coil():
    contactor = Contactor()
    run(contactor, 200, UNKNOWN)
    assert not contactor.can_close()
    assert contactor.state == WELDED
    contactor = ready()
    contactor.command(1)
    run(contactor, 150, UNKNOWN)
    assert contactor.state == STUCK
    contactor = closed()
    run(contactor, 20, UNKNOWN)
    assert contactor.coil == 0
    run(contactor, 200, UNKNOWN)
    assert contactor.state == WELDED
    contactor = closed()
    contactor.command(0)
    run(contactor, 200, UNKNOWN)
    assert contactor.state == WELDED


def test_a_mirror_that_stays_made_after_opening_is_a_weld():
    for tick_ms in (10, 5, 1):
        contactor = closed()
        contactor.command(0)
        assert contactor.coil == 0
        run(contactor, 190, 1, tick_ms)
        assert contactor.state == OPENING
        assert not contactor.is_open()
        run(contactor, 10, 1, tick_ms)
        assert contactor.state == WELDED


def test_an_opening_mirror_proves_it_open():
    contactor = closed()
    contactor.command(0)
    run(contactor, 20, 1)
    run(contactor, 40, 0)
    assert contactor.state == OPEN
    assert contactor.is_open()


def test_a_coil_released_while_pulling_in_is_given_time_to_fall_back():
    contactor = ready()
    contactor.command(1)
    contactor.tick(10, 0)
    contactor.command(0)
    run(contactor, 10, 0)
    assert contactor.state == OPENING
    run(contactor, 20, 1)  # the armature arrived after all, for a moment
    assert contactor.state == OPENING
    run(contactor, 40, 0)
    assert contactor.state == OPEN


def test_a_contactor_that_is_made_when_it_should_be_open_is_welded():
    contactor = ready()
    run(contactor, 190, 1)
    assert contactor.state == OPEN
    contactor.tick(10, 1)
    assert contactor.state == WELDED


def test_a_welded_contactor_is_found_at_power_up():
    contactor = Contactor()
    run(contactor, 200, 1)
    assert contactor.state == WELDED
    assert not contactor.command(1)


def test_a_stuck_contactor_that_closes_after_all_is_welded():
    contactor = ready()
    contactor.command(1)
    run(contactor, 150, 0)
    run(contactor, 200, 1)
    assert contactor.state == WELDED


def test_a_welded_contactor_stays_so_when_its_mirror_opens():
    contactor = closed()
    contactor.command(0)
    run(contactor, 200, 1)
    run(contactor, 10_000, 0)
    assert contactor.state == WELDED
    assert not contactor.can_close()
    assert contactor.reset()
    assert contactor.can_close()


def test_a_person_cannot_clear_what_is_still_made():
    contactor = closed()
    contactor.command(0)
    run(contactor, 1_000, 1)
    assert not contactor.reset()
    assert contactor.state == WELDED


def test_reset_of_a_good_contactor_does_nothing():
    contactor = ready()
    assert not contactor.reset()
    assert contactor.state == OPEN
