"""How many phases a car takes: believed at once when more, late when fewer, never guessed."""

from ampkeeper.firmware.metering.used_phases import FEWER_S, UsedPhases

ALL, ONE, NONE = (10.0, 10.0, 10.0), (10.0, 0.1, 0.0), (0.0, 0.0, 0.0)


def fed(used: UsedPhases, amps, seconds: float, given: int = 3, since_s: float = 0.0) -> float:
    """A reading each second; the time of the last one."""
    at_s = since_s
    while at_s <= since_s + seconds:
        used.feed(amps, given, at_s)
        at_s += 1.0
    return at_s


def test_an_unknown_car_counts_on_all_phases():
    used = UsedPhases(3)
    assert (used.count, used.is_known) == (3, False)
    fed(used, NONE, 100.0)
    assert (used.count, used.is_known) == (3, False)


def test_one_phase_is_believed_after_half_a_minute_of_load():
    used = UsedPhases(3)
    at_s = fed(used, ONE, FEWER_S - 2.0)
    assert used.count == 3
    fed(used, ONE, 5.0, since_s=at_s)
    assert (used.count, used.is_known) == (1, True)


def test_more_phases_are_believed_with_the_first_reading():
    used = UsedPhases(3)
    at_s = fed(used, ONE, FEWER_S + 1.0)
    used.feed(ALL, 3, at_s)
    assert (used.count, used.is_known) == (3, True)


def test_a_car_that_ramps_up_phase_by_phase_is_not_taken_for_a_small_one():
    used = UsedPhases(3)
    at_s = fed(used, ONE, 20.0)
    fed(used, ALL, 20.0, since_s=at_s)
    assert used.count == 3


def test_two_phases_are_two():
    used = UsedPhases(3)
    fed(used, (16.0, 16.0, 0.2), FEWER_S + 1.0)
    assert used.count == 2


def test_on_one_phase_nothing_is_learned_of_three():
    used = UsedPhases(3)
    fed(used, ONE, 100.0, given=1)
    assert (used.count, used.is_known, used.now) == (3, False, 1)


def test_a_trickle_says_nothing():
    used = UsedPhases(3)
    fed(used, (2.0, 0.0, 0.0), 100.0)
    assert (used.count, used.is_known) == (3, False)


def test_what_the_meter_cannot_tell_is_not_zero():
    used = UsedPhases(3)
    fed(used, (16.0, None, None), 100.0)
    assert (used.count, used.is_known) == (3, False)


def test_the_next_car_is_unknown_again():
    used = UsedPhases(3)
    fed(used, ONE, FEWER_S + 1.0)
    used.forget()
    assert (used.count, used.is_known) == (3, False)


def test_which_phases_a_car_loads_is_known_with_how_many():
    used = UsedPhases(3)
    at_s = fed(used, (0.0, 10.0, 0.0), FEWER_S - 2.0)
    assert used.which == (0, 1, 2)
    at_s = fed(used, (0.0, 10.0, 0.0), 5.0, since_s=at_s)
    assert used.which == (1,)
    used.feed((0.0, 10.0, 10.0), 3, at_s)
    assert used.which == (1, 2)
    used.forget()
    assert used.which == (0, 1, 2)


def test_a_phase_that_was_loaded_meanwhile_is_loaded():
    """The car may change them as long as it takes no more of them."""
    used = UsedPhases(3)
    at_s = fed(used, (10.0, 0.0, 0.0), 20.0)
    fed(used, (0.0, 10.0, 0.0), 20.0, since_s=at_s)
    assert used.which == (0, 1)
