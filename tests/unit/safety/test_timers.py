"""How long something has been so."""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.timers import hold


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
