"""Over-current: the soft and the fast branch, and the time that a car has to follow.

REQ section 5.6: 7 s at (I + 0.5) * 1.1, or 1 s above 1.5 * I.
"""

from ampkeeper.firmware.safety.overcurrent import Overcurrent
from ampkeeper.firmware.safety.signals import UNKNOWN


def draw(machine, ms, l1_ma, l2_ma=0, l3_ma=0, offered_ma=16_000, is_open=False, readings=UNKNOWN):
    """Let ``ms`` pass with these currents; return whether soft, whether fast."""
    for _ in range(ms // 10):
        machine.tick(10, [l1_ma, l2_ma, l3_ma], offered_ma, is_open, readings)
    return machine.is_soft, machine.is_fast


def test_the_soft_branch_begins_above_the_offer_and_half_an_ampere_and_a_tenth():
    assert draw(Overcurrent(), 20_000, 18_150) == (False, False)
    machine = Overcurrent()
    assert draw(machine, 6_990, 18_151) == (False, False)
    assert draw(machine, 10, 18_151) == (True, False)
    assert machine.soft_ma == 18_150


def test_the_fast_branch_begins_above_half_as_much_again():
    assert draw(Overcurrent(), 6_990, 24_000) == (False, False)
    machine = Overcurrent()
    assert draw(machine, 990, 24_001) == (False, False)
    assert draw(machine, 10, 24_001) == (False, True)


def test_both_times_count_from_nothing_and_to_the_millisecond():
    for ma, ms, expected in ((18_151, 7_000, (True, False)), (24_001, 1_000, (False, True))):
        for phase in range(3):
            currents_ma = [0, 0, 0]
            currents_ma[phase] = ma
            machine = Overcurrent()
            machine.tick(10, currents_ma, 16_000, False)
            machine.tick(ms - 11, currents_ma, 16_000, False)
            assert (machine.is_soft, machine.is_fast) == (False, False)
            machine.tick(1, currents_ma, 16_000, False)
            assert (machine.is_soft, machine.is_fast) == expected


def test_each_phase_is_judged_alone():
    for phase in range(3):
        currents_ma = [0, 0, 0]
        currents_ma[phase] = 18_151
        machine = Overcurrent()
        assert draw(machine, 7_000, currents_ma[0], currents_ma[1], currents_ma[2]) == (True, False)
        currents_ma[phase] = 24_001
        machine = Overcurrent()
        assert draw(machine, 1_000, currents_ma[0], currents_ma[1], currents_ma[2]) == (False, True)
    machine = Overcurrent()
    draw(machine, 5_000, 20_000, 0)
    assert draw(machine, 5_000, 0, 20_000) == (False, False)


def test_a_moment_within_the_offer_starts_the_time_again():
    machine = Overcurrent()
    draw(machine, 6_990, 20_000)
    draw(machine, 10, 16_000)
    assert draw(machine, 6_990, 20_000) == (False, False)


def test_unknown_current_is_neither_too_much_nor_none():
    assert draw(Overcurrent(), 20_000, UNKNOWN, UNKNOWN, UNKNOWN) == (False, False)
    machine = Overcurrent()
    draw(machine, 6_990, 20_000)
    assert draw(machine, 60_000, UNKNOWN, UNKNOWN, UNKNOWN) == (False, False)
    assert draw(machine, 10, 20_000) == (True, False)


def test_a_car_has_five_seconds_to_follow_a_lower_duty():
    machine = Overcurrent()
    draw(machine, 1_000, 32_000, offered_ma=32_000)
    assert draw(machine, 5_000, 32_000, offered_ma=16_000) == (False, False)
    assert machine.allowed_ma == 32_000
    assert draw(machine, 990, 32_000, offered_ma=16_000) == (False, False)
    assert machine.allowed_ma == 16_000
    assert draw(machine, 10, 32_000, offered_ma=16_000) == (False, True)


def test_a_second_step_down_is_followed_in_its_own_time():
    machine = Overcurrent()
    draw(machine, 100, 0, offered_ma=32_000)
    draw(machine, 2_000, 0, offered_ma=20_000)
    draw(machine, 10, 0, offered_ma=10_000)
    assert machine.allowed_ma == 32_000
    draw(machine, 2_990, 0, offered_ma=10_000)
    assert machine.allowed_ma == 32_000
    draw(machine, 10, 0, offered_ma=10_000)
    assert machine.allowed_ma == 20_000
    draw(machine, 4_990, 0, offered_ma=10_000)
    assert machine.allowed_ma == 20_000
    draw(machine, 10, 0, offered_ma=10_000)
    assert machine.allowed_ma == 10_000


def test_a_step_down_within_the_time_of_another_is_followed_from_where_it_began():
    machine = Overcurrent()
    draw(machine, 20_000, 0, offered_ma=20_000)
    draw(machine, 2_000, 0, offered_ma=16_000)
    draw(machine, 5_000, 0, offered_ma=13_000)
    draw(machine, 1_000, 0, offered_ma=32_000)
    for _ in range(500):
        draw(machine, 10, 0, offered_ma=6_000)
        assert machine.allowed_ma == 32_000
    draw(machine, 5_000, 0, offered_ma=6_000)
    assert machine.allowed_ma == 6_000


def test_one_reading_of_a_meter_is_no_proof_for_the_fast_branch():
    for phase in range(3):
        currents_ma = [0, 0, 0]
        currents_ma[phase] = 24_001
        machine = Overcurrent()
        for reading in (254, 255, 0):
            assert draw(machine, 990, 0, readings=reading) == (False, False)
        assert draw(machine, 4_990, *currents_ma, readings=255) == (False, False)
        assert draw(machine, 10, *currents_ma, readings=0) == (False, True)


def test_a_second_reading_does_not_shorten_the_second():
    machine = Overcurrent()
    draw(machine, 500, 24_001, readings=1)
    assert draw(machine, 490, 24_001, readings=2) == (False, False)
    assert draw(machine, 10, 24_001, readings=2) == (False, True)


def test_by_a_meter_that_lags_a_car_has_fifteen_seconds_to_follow():
    machine = Overcurrent()
    draw(machine, 1_000, 32_000, offered_ma=32_000, readings=0)
    for reading in range(1, 16):
        assert draw(machine, 1_000, 32_000, offered_ma=16_000, readings=reading) == (False, False)
        assert machine.allowed_ma == 32_000
    draw(machine, 10, 32_000, offered_ma=16_000, readings=15)
    assert machine.allowed_ma == 16_000


def test_many_small_steps_down_do_not_keep_the_first_offer_alive():
    machine = Overcurrent()
    draw(machine, 10, 0, offered_ma=32_000)
    for offered_ma in range(31_000, 6_000, -1_000):
        draw(machine, 1_000, 0, offered_ma=offered_ma)
        assert machine.allowed_ma <= offered_ma + 10_000
    draw(machine, 10_010, 0, offered_ma=6_000)
    assert machine.allowed_ma == 6_000


def test_a_higher_offer_counts_at_once():
    machine = Overcurrent()
    draw(machine, 100, 16_000, offered_ma=16_000)
    draw(machine, 10, 32_000, offered_ma=32_000)
    assert machine.allowed_ma == 32_000


def test_after_x1_the_last_offer_counts_until_the_contactor_opens():
    machine = Overcurrent()
    draw(machine, 100, 16_000)
    assert draw(machine, 6_000, 16_000, offered_ma=0) == (False, False)
    assert draw(machine, 1_000, 24_001, offered_ma=0) == (False, True)
    assert draw(machine, 1_000, 24_001, offered_ma=0, is_open=True) == (False, False)
    assert machine.allowed_ma == 0


def test_an_open_contactor_forgets_what_was_offered_before():
    machine = Overcurrent()
    draw(machine, 100, 0, offered_ma=32_000)
    draw(machine, 10, 0, offered_ma=20_000)
    draw(machine, 10, 0, offered_ma=10_000)
    draw(machine, 10, 0, offered_ma=10_000, is_open=True)
    assert machine.allowed_ma == 10_000
    draw(machine, 5_000, 0, offered_ma=10_000)
    assert machine.allowed_ma == 10_000
    draw(machine, 10, 0, offered_ma=6_000)
    assert machine.allowed_ma == 10_000
    draw(machine, 4_990, 0, offered_ma=6_000)
    assert machine.allowed_ma == 10_000
    draw(machine, 10, 0, offered_ma=6_000)
    assert machine.allowed_ma == 6_000


def test_nothing_is_judged_before_anything_was_offered():
    machine = Overcurrent()
    assert draw(machine, 20_000, 40_000, offered_ma=0) == (False, False)
    assert machine.allowed_ma == 0


def test_more_than_an_ampere_on_any_phase_is_flow():
    for phase in range(3):
        for ma, flows in ((1_000, False), (1_001, True), (UNKNOWN, False)):
            currents_ma = [UNKNOWN, UNKNOWN, UNKNOWN]
            currents_ma[phase] = ma
            machine = Overcurrent()
            machine.tick(10, currents_ma, 0, True)
            assert machine.is_flowing == flows


def test_as_made_nothing_is_wrong():
    machine = Overcurrent()
    assert machine.is_soft is machine.is_fast is machine.is_flowing is False
    assert machine.allowed_ma == machine.soft_ma == 0


def test_a_lower_offer_in_a_block_without_length_begins_the_five_seconds():
    for is_open in (False, True):  # in the block of the first offer
        machine = Overcurrent()
        machine.tick(0, [0, 0, 0], 16_000, is_open)
        machine.tick(0, [0, 0, 0], 10_000, False)
        draw(machine, 4_990, 0, offered_ma=10_000)
        assert machine.allowed_ma == 16_000
        draw(machine, 10, 0, offered_ma=10_000)
        assert machine.allowed_ma == 10_000
