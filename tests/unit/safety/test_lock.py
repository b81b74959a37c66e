"""The bolt: three tries, a proof each way, and never drawn under power."""

from ampkeeper.firmware.safety.lock import (
    FREE,
    HELD,
    JAMMED,
    LOCKED,
    LOCKING,
    NO_LOCK,
    STAY,
    UNLOCKED,
    UNLOCKING,
    Lock,
)
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, UNLOCK_DRIVE


def run(lock, ms, wanted, bolt, may_draw=True, is_empty=False):
    """Let time pass; return how often the motor was started."""
    starts = 0
    for _ in range(ms // 10):
        before = lock.drive
        lock.tick(10, wanted, may_draw, bolt, is_empty=is_empty)
        starts += before != lock.drive and lock.drive != LOCK_REST
    return starts


def locked():
    lock = Lock(1)
    run(lock, 100, HELD, 0)
    run(lock, 700, HELD, 1)
    assert lock.state == LOCKED
    return lock


def test_a_captive_cable_has_no_lock_and_is_ready():
    lock = Lock(0)
    run(lock, 10_000, HELD, 0)
    assert lock.state == NO_LOCK
    assert lock.drive == LOCK_REST
    assert lock.is_ready()


def test_the_motor_is_driven_for_six_tenths_of_a_second():
    lock = Lock(1)
    lock.tick(10, HELD, True, 0)
    assert lock.drive == LOCK_DRIVE
    run(lock, 590, HELD, 0)
    assert lock.drive == LOCK_DRIVE
    run(lock, 10, HELD, 0)
    assert lock.drive == LOCK_REST
    assert lock.state == LOCKING


def test_the_bolt_proves_the_lock():
    lock = locked()
    assert lock.is_ready()
    assert run(lock, 10_000, HELD, 1) == 0


def test_a_bolt_seen_for_one_block_proves_nothing():
    lock = Lock(1)
    run(lock, 700, HELD, 0)
    run(lock, 10, HELD, 1)
    assert lock.state == LOCKING


def test_three_tries_five_seconds_apart_then_it_is_jammed_and_drawn():
    lock = Lock(1)
    lock.tick(10, HELD, True, 0)
    assert run(lock, 4_990, HELD, 0) == 0
    assert run(lock, 10, HELD, 0) == 1
    assert run(lock, 5_000, HELD, 0) == 1
    assert run(lock, 1_990, HELD, 0) == 0
    assert lock.state == LOCKING
    run(lock, 10, HELD, 0)
    assert lock.state == JAMMED
    assert lock.drive == UNLOCK_DRIVE
    run(lock, 600, HELD, 0)
    assert lock.drive == LOCK_REST
    assert run(lock, 60_000, HELD, 0) == 0


def test_the_second_try_may_succeed():
    lock = Lock(1)
    run(lock, 5_500, HELD, 0)
    run(lock, 500, HELD, 1)
    assert lock.state == LOCKED


def test_a_jam_under_power_is_not_drawn():
    lock = locked()
    run(lock, 100, HELD, 0, may_draw=False)
    assert lock.state == LOCKING
    run(lock, 30_000, HELD, 0, may_draw=False)
    assert lock.state == LOCKING
    assert lock.drive == LOCK_REST


def test_the_bolt_is_drawn_only_when_the_contactor_is_proven_open():
    lock = locked()
    run(lock, 10_000, FREE, 1, may_draw=False)
    assert lock.state == LOCKED
    run(lock, 10, FREE, 1, may_draw=True)
    assert lock.state == UNLOCKING
    run(lock, 700, FREE, 0)
    assert lock.state == UNLOCKED


def test_a_second_draw_waits_for_the_contactor_too():
    lock = locked()
    run(lock, 10, FREE, 1)
    assert run(lock, 10_000, FREE, 1, may_draw=False) == 0
    assert run(lock, 10, FREE, 1) == 1


def test_to_stay_moves_nothing():
    assert run(locked(), 10_000, STAY, 1) == 0
    assert run(Lock(1), 10_000, STAY, 0) == 0


def test_a_bolt_that_does_not_come_out_is_jammed_after_three_tries():
    lock = locked()
    starts = run(lock, 20_000, FREE, 1)
    assert starts == 3
    assert lock.state == JAMMED
    assert lock.drive == LOCK_REST


def test_a_bolt_that_leaves_by_itself_is_lost_until_it_is_back():
    lock = locked()
    run(lock, 50, HELD, 0)
    assert lock.is_lost
    assert not lock.is_ready()
    run(lock, 700, HELD, 0)
    run(lock, 100, HELD, 1)
    assert lock.state == LOCKED
    assert not lock.is_lost


def lose(lock, times):
    """A loose switch: the bolt leaves LOCKED by itself and is driven in again."""
    for _ in range(times):
        run(lock, 50, HELD, 0)
        assert lock.is_lost
        run(lock, 700, HELD, 1)
        assert lock.state == LOCKED


def test_req_lck_03_a_bolt_that_is_lost_for_the_third_time_stays_lost_until_the_plug_was_out():
    lock = locked()
    lose(lock, 2)
    assert not lock.is_lost
    lose(lock, 1)
    run(lock, 60_000, HELD, 1)
    assert lock.is_lost
    lose(lock, 3)
    lock.reset()
    assert not lock.is_lost
    lose(lock, 2)
    assert not lock.is_lost, "each plug-in has its own three"


def test_a_loose_bolt_on_a_held_plug_starts_the_motor_a_few_times_until_the_plug_was_out():
    """Its feedback comes and goes for a minute, slowly and as fast as a switch can."""
    for in_ms, out_ms in ((700, 60), (60, 700), (60, 60), (10, 10), (20, 10)):
        lock = locked()
        starts = sum(run(lock, ms, HELD, 1 - k % 2) for k, ms in enumerate((in_ms, out_ms) * 500))
        assert 1 <= starts <= 6, (in_ms, out_ms, starts)
        assert lock.is_lost or lock.state == JAMMED
        lock.reset()
        run(lock, 5_000, HELD, 0)
        assert lock.drive == LOCK_DRIVE or lock.state == LOCKING


def test_a_bolt_that_is_lost_for_the_third_time_is_not_driven_in_again():
    lock = locked()
    lose(lock, 2)
    assert run(lock, 60_000, HELD, 0) == 0
    assert lock.state == UNLOCKED
    assert lock.is_lost
    assert run(lock, 10, FREE, 0) == 1, "it may be half way, and the plug must come out"


def test_a_bolt_that_comes_in_by_itself_again_and_again_is_jammed_and_drawn_no_more():
    lock = locked()
    run(lock, 700, FREE, 1)
    for _ in range(3):
        run(lock, 60, FREE, 0)
        assert lock.state == UNLOCKED
        assert run(lock, 60, FREE, 1) == 1
        run(lock, 600, FREE, 1)
    run(lock, 60, FREE, 0)
    assert run(lock, 60, FREE, 1) == 0
    assert lock.state == JAMMED
    run(lock, 100, FREE, 0)
    assert lock.is_over()
    lock.reset(False)
    assert lock.state == UNLOCKED
    assert run(lock, 100, FREE, 1) == 0, "nobody plugged in: it is no better"
    assert lock.state == JAMMED
    lock.reset()
    assert run(lock, 100, FREE, 1) == 1


def test_a_bolt_that_was_driven_in_since_may_come_in_by_itself_three_times_more():
    lock = locked()
    for _ in range(5):
        run(lock, 700, FREE, 1)
        for _ in range(3):
            run(lock, 60, FREE, 0)
            run(lock, 700, FREE, 1)
        run(lock, 60, FREE, 0)
        assert lock.state == UNLOCKED
        run(lock, 60, HELD, 0)
        run(lock, 700, HELD, 1)
        assert lock.state == LOCKED


def test_a_switch_that_is_open_for_a_fifth_of_the_time_loses_no_bolt():
    lock = locked()
    for _ in range(500):
        run(lock, 10, HELD, 0)
        run(lock, 40, HELD, 1)
    assert lock.state == LOCKED
    assert not lock.is_lost


def test_a_bolt_that_nobody_wants_held_is_not_lost():
    lock = locked()
    for _ in range(3):
        run(lock, 60, HELD, 1)
        run(lock, 100, FREE, 0, may_draw=False)
        assert lock.state == UNLOCKED
        assert not lock.is_lost
        run(lock, 700, HELD, 1)


def test_a_drawn_bolt_is_not_lost():
    lock = locked()
    run(lock, 700, FREE, 1)
    run(lock, 100, FREE, 0)
    assert lock.state == UNLOCKED
    assert not lock.is_lost


def test_a_plug_still_locked_at_power_up_is_recognised_and_let_go():
    lock = Lock(1)
    run(lock, 50, STAY, 1)
    assert lock.state == LOCKED
    run(lock, 10, FREE, 1)
    assert lock.state == UNLOCKING


def test_at_power_up_a_bolt_that_is_not_in_may_be_half_way_and_is_drawn_once_without_a_plug():
    lock = Lock(1)
    assert run(lock, 1_000, STAY, 0) == 0
    assert run(lock, 1_000, FREE, 0, may_draw=False) == 0
    assert run(lock, 60_000, FREE, 0, is_empty=True) == 1
    assert lock.state == UNLOCKED
    assert not lock.is_lost


def test_req_lck_01_a_plug_that_stays_is_let_go_three_times_five_seconds_apart():
    """The feedback says "not in", which a bolt half way is too."""
    lock = locked()
    assert run(lock, 10, FREE, 1) == 1
    assert run(lock, 4_990, FREE, 0) == 0
    assert lock.state == UNLOCKED
    assert run(lock, 10, FREE, 0) == 1
    assert run(lock, 4_990, FREE, 0) == 0
    assert run(lock, 10, FREE, 0) == 1
    assert run(lock, 60_000, FREE, 0) == 0
    assert lock.state == UNLOCKED
    assert not lock.is_lost


def test_a_plug_that_is_taken_is_not_let_go_again():
    lock = locked()
    run(lock, 4_000, FREE, 0)
    assert run(lock, 60_000, FREE, 0, is_empty=True) == 0


def test_req_lck_02_a_later_draw_waits_for_the_contactor_and_ends_with_the_wish():
    lock = locked()
    run(lock, 1_000, FREE, 0)
    assert run(lock, 10_000, FREE, 0, may_draw=False) == 0
    assert run(lock, 10_000, STAY, 0) == 0
    assert run(lock, 10, FREE, 0) == 1
    assert run(lock, 1_000, HELD, 0) == 1
    assert lock.state == LOCKING


def test_a_bolt_that_was_drawn_gets_all_its_tries_when_it_is_driven_in_again():
    lock = locked()
    run(lock, 20_000, FREE, 0)
    assert run(lock, 11_990, HELD, 0) == 3
    assert lock.state == LOCKING


def test_a_bolt_that_left_by_itself_is_drawn_when_the_plug_may_go():
    lock = locked()
    run(lock, 100, STAY, 0)
    assert lock.is_lost
    assert run(lock, 10, FREE, 0, is_empty=True) == 1


def test_a_wish_against_the_motion_waits_for_the_pulse():
    lock = Lock(1)
    run(lock, 10, HELD, 0)
    run(lock, 590, FREE, 0)
    assert lock.drive == LOCK_DRIVE
    run(lock, 20, FREE, 0)
    assert lock.state == UNLOCKING


def test_a_jam_ends_when_it_is_reset_but_not_while_the_motor_runs():
    lock = Lock(1)
    run(lock, 12_010, HELD, 0)
    assert lock.state == JAMMED
    assert not lock.reset()
    run(lock, 600, FREE, 0)
    assert lock.reset()
    assert lock.state == UNLOCKED


def jammed(ms):
    """A lock that does not get the bolt in, ``ms`` after its first try."""
    lock = Lock(1)
    run(lock, 100, HELD, 0)
    run(lock, ms, HELD, 0)
    return lock


def test_i7_a_plug_that_is_pulled_while_a_jam_is_drawn_leaves_no_jam():
    lock = jammed(12_000)
    assert lock.state == JAMMED
    assert lock.drive == UNLOCK_DRIVE
    assert not lock.reset()
    run(lock, 700, FREE, 0)
    assert lock.state == UNLOCKED
    run(lock, 100, HELD, 0)
    assert lock.state == LOCKING


def test_i7_a_bolt_that_jams_after_the_plug_is_gone_is_tried_once_more():
    lock = locked()
    run(lock, 1_000, FREE, 1)
    assert lock.state == UNLOCKING
    assert not lock.reset()
    assert run(lock, 60_000, FREE, 1) == 2 + 3
    assert lock.state == JAMMED


def test_a_reset_serves_one_jam_only():
    lock = locked()
    lock.reset()
    run(lock, 1_000, FREE, 0)
    assert lock.state == UNLOCKED
    run(lock, 20_000, HELD, 0)
    assert lock.state == JAMMED


def test_req_lck_04_without_stored_energy_the_bolt_is_never_driven_in():
    lock = Lock(1)
    for elapsed_ms in (0, 0, 10, 0):
        lock.tick(elapsed_ms, HELD, True, 0, False)
        assert lock.drive == LOCK_REST
    lock.tick(0, HELD, True, 0, True)
    assert lock.drive == LOCK_DRIVE


def test_req_lck_04_a_second_try_waits_for_energy_and_its_want_is_told():
    lock = jammed(1_000)
    for _ in range(1_000):
        lock.tick(10, HELD, True, 0, False)
        assert lock.drive == LOCK_REST
    assert lock.is_uncharged
    lock.tick(10, HELD, True, 0, True)
    assert lock.drive == LOCK_DRIVE
    assert not lock.is_uncharged
