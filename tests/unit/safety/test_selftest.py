"""The results of the self-tests: what is kept, and what counts as a change."""

from ampkeeper.firmware.safety.selftest import (
    ABSENT,
    FAILED,
    GENERATOR,
    LAST,
    NOT_RUN,
    PASSED,
    RUNNING,
    SelfTests,
)
from ampkeeper.firmware.safety.signals import UNKNOWN


def changed(tests):
    """Fetch all that changed."""
    numbers = []
    while True:
        number = tests.next_changed()
        if number == 0:
            return numbers
        numbers.append(number)


def test_at_first_nothing_has_run_and_nothing_has_changed():
    tests = SelfTests()
    assert changed(tests) == []
    for number in range(1, LAST + 1):
        assert tests.result[number] == NOT_RUN
        assert tests.value[number] == tests.low[number] == tests.high[number] == UNKNOWN
        assert tests.count[number] == tests.duration_ms[number] == tests.age_s(number) == 0


def test_a_run_leaves_value_bounds_and_time():
    tests = SelfTests()
    tests.begin(11)
    assert tests.result[11] == RUNNING
    assert changed(tests) == [11]
    tests.finish(11, True, 50, 0, 1_200, 430)
    kept = (tests.value[11], tests.low[11], tests.high[11], tests.duration_ms[11])
    assert kept == (50, 0, 1_200, 430)
    assert (tests.result[11], tests.count[11]) == (PASSED, 1)
    assert changed(tests) == [11]
    tests.finish(11, False, UNKNOWN, 0, 1_200, 1_400)
    assert (tests.result[11], tests.count[11]) == (FAILED, 2)
    assert changed(tests) == [11]
    assert changed(tests) == []


def test_a_test_that_never_ends_changes_with_its_result_only():
    tests = SelfTests()
    tests.watch(26, PASSED, 230_000, 184_000, 264_500, False)
    assert changed(tests) == [26]
    tests.watch(26, PASSED, 231_000, 184_000, 264_500, False)
    assert changed(tests) == []
    assert (tests.value[26], tests.count[26]) == (231_000, 1)
    tests.watch(26, FAILED, 180_000, 184_000, 264_500, False)
    assert changed(tests) == [26]
    assert tests.count[26] == 2
    tests.watch(26, FAILED, 180_000, 184_000, 264_500, True)
    assert changed(tests) == [26]
    assert tests.count[26] == 3
    tests.watch(10, ABSENT, UNKNOWN, UNKNOWN, UNKNOWN, False)
    assert tests.result[10] == ABSENT


def test_what_changed_is_fetched_in_order_and_all_can_be_asked_for():
    tests = SelfTests()
    for number in (29, 1, 14):
        tests.begin(number)
    assert changed(tests) == [1, 14, 29]
    tests.report_all()
    assert changed(tests) == list(range(1, LAST + 1))


def test_age_is_in_seconds_since_the_result_was_found():
    tests = SelfTests()
    tests.tick(999)
    assert tests.age_s(3) == 0
    tests.tick(1)
    assert tests.age_s(3) == 1
    tests.finish(3, True, 0, 0, 0, 0)
    assert tests.age_s(3) == 0
    for _ in range(8):
        tests.tick(250)
    assert tests.age_s(3) == 2
    tests.watch(3, PASSED, 0, 0, 0, False)
    assert tests.age_s(3) == 0


def test_a_part_of_a_second_is_carried_on():
    tests = SelfTests()
    for _ in range(4):
        tests.tick(750)
    assert tests.age_s(1) == 3


def test_counts_stay_small():
    tests = SelfTests()
    tests.count[5] = 65_534
    tests.finish(5, True, 0, 0, 0, 0)
    tests.finish(5, True, 0, 0, 0, 0)
    tests.watch(5, FAILED, 0, 0, 0, False)
    assert tests.count[5] == 65_535


def test_two_that_end_before_they_are_fetched_are_both_fetched():
    tests = SelfTests()
    tests.finish(11, True, 0, 0, 0, 0)
    tests.finish(13, True, 0, 0, 0, 0)
    assert changed(tests) == [11, 13]


def test_the_generator_has_a_bit_of_its_own():
    assert GENERATOR == 1 << 16
