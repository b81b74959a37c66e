"""How long something has been so."""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.timers import hold, leak


def test_the_first_block_proves_no_more_than_a_block():
    timers = [0, 0]
    assert hold(timers, 1, 240, YES) == 10
    assert hold(timers, 1, 240, YES) == 250
    assert timers == [0, 250]


def test_a_short_first_block_counts_as_it_is():
    timers = [0]
    assert hold(timers, 0, 4, YES) == 4
    assert hold(timers, 0, 4, True) == 8


def test_no_starts_again_and_what_is_unknown_waits():
    timers = [0]
    hold(timers, 0, 10, YES)
    hold(timers, 0, 10, YES)
    assert hold(timers, 0, 10, UNKNOWN) == 20
    assert hold(timers, 0, 10, YES) == 30
    assert hold(timers, 0, 10, NO) == 0
    assert hold(timers, 0, 10, UNKNOWN) == 0


def test_the_time_stays_small():
    timers = [0]
    for _ in range(4):
        hold(timers, 0, 50_000, YES)
    assert timers == [60_000]


def test_what_flaps_leaks_a_quarter_and_what_is_unknown_waits():
    timers = [0, 0]
    assert not leak(timers, 1, 240, YES, 80)
    assert timers == [0, 40]
    assert not leak(timers, 1, 10, NO, 80)
    assert not leak(timers, 1, 10, UNKNOWN, 80)
    assert timers == [0, 30]
    assert not leak(timers, 1, 10, True, 80)
    assert not leak(timers, 1, 2, YES, 80)
    assert timers == [0, 78]
    assert leak(timers, 1, 1, YES, 80)
    assert timers == [0, 80]
    assert leak(timers, 1, 10, UNKNOWN, 80)
    assert not leak(timers, 1, 10, False, 80)
    assert timers == [0, 70]
    assert not leak(timers, 1, 100, NO, 80)
    assert timers == [0, 0]


def test_what_is_so_a_fifth_of_the_time_never_is_so():
    timers = [0]
    for _ in range(1_000):
        assert not leak(timers, 0, 10, YES, 80)
        for _ in range(4):
            assert not leak(timers, 0, 10, NO, 80)
    assert timers == [0]
