"""The station's own self-tests: each passes, each fails, and what nobody knows is neither."""

import pytest

from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, NOT_RUN, PASSED
from ampkeeper.firmware.selftests import checks, words
from ampkeeper.firmware.selftests.checks import Finding

MIB = checks.MIB


def test_a_meter_that_answers_makes_sense_and_is_the_known_one_passes() -> None:
    assert checks.check_meter(False, False, False) == Finding(PASSED, 0, 0, 0)


@pytest.mark.parametrize(
    ("facts", "value", "meaning"),
    [
        ((True, False, False), 1, "silent"),
        ((False, True, False), 2, "implausible"),
        ((False, False, True), 4, "another meter"),
        ((True, True, True), 7, "silent, implausible, another meter"),
    ],
)
def test_each_thing_wrong_with_a_meter_fails_and_is_named(
    facts: tuple[bool, bool, bool], value: int, meaning: str
) -> None:
    assert checks.check_meter(*facts) == Finding(FAILED, value, 0, 0)
    assert words.meaning_of(words.METER, value) == meaning


@pytest.mark.parametrize(
    ("off_ms", "result"),
    [(0, PASSED), (10_000, PASSED), (-10_000, PASSED), (10_001, FAILED), (-10_001, FAILED)],
)
def test_a_clock_is_judged_by_the_central_systems(off_ms: int, result: int) -> None:
    assert checks.check_clock(off_ms, 60.0) == Finding(result, off_ms, -10_000, 10_000)


def test_a_clock_that_nobody_compared_or_not_of_late_is_neither_good_nor_bad() -> None:
    assert checks.check_clock(None, 0.0) == Finding(ABSENT)
    assert checks.check_clock(0, 172_800.0).result == PASSED
    assert checks.check_clock(0, 172_800.1) == Finding(ABSENT)


def test_storage_passes_with_room_whole_and_written() -> None:
    assert checks.check_storage(64 * MIB, (), False) == Finding(PASSED, 64, 64)


@pytest.mark.parametrize(
    ("free_bytes", "problems", "is_failing"),
    [(64 * MIB - 1, (), False), (10**12, ("page 3",), False), (10**12, (), True)],
)
def test_storage_fails_without_room_when_damaged_or_not_written(
    free_bytes: int, problems: tuple[str, ...], is_failing: bool
) -> None:
    found = checks.check_storage(free_bytes, problems, is_failing)
    assert found == Finding(FAILED, free_bytes // MIB, 64)


def test_storage_that_could_not_be_looked_at_fails_without_a_value() -> None:
    assert checks.check_storage(None, (), False) == Finding(FAILED, None, 64)


@pytest.mark.parametrize(
    ("facts", "result", "meaning"),
    [
        ((True, False, False), PASSED, "nothing wrong"),
        ((False, False, False), FAILED, "ring 1 silent"),
        ((True, True, False), FAILED, "stop pressed"),
        ((True, False, True), FAILED, "supply lost"),
    ],
)
def test_the_emergency_stop_and_the_supply_are_watched(
    facts: tuple[bool, bool, bool], result: int, meaning: str
) -> None:
    found = checks.check_stop(*facts)
    assert found.result == result
    assert words.meaning_of(words.STOP, found.value) == meaning


def test_a_stop_without_a_line_is_absent_and_never_passed() -> None:
    assert checks.check_stop(True, False, False, has_lines=False) == Finding(ABSENT)
    for facts in ((False, False, False), (True, True, False), (True, False, True)):
        assert checks.check_stop(*facts, has_lines=False).result == FAILED


def test_counts_that_grow_pass() -> None:
    before, now = {(1, "PeLost"): 2}, {(1, "PeLost"): 2, (2, "RcdDc"): 1}
    assert checks.check_counters(now, before, [(2, "RcdDc")]) == Finding(PASSED, 3, 2)
    assert checks.check_counters({}, {}, []) == Finding(PASSED, 0, 0)


def test_a_count_that_fell_vanished_or_missed_a_fault_fails() -> None:
    before = {(1, "PeLost"): 2}
    assert checks.check_counters({(1, "PeLost"): 1}, before, []).result == FAILED
    assert checks.check_counters({(2, "PeLost"): 9}, before, []).result == FAILED
    assert checks.check_counters(before, before, [(1, "RcdDc")]).result == FAILED
    assert checks.check_counters(None, before, []) == Finding(FAILED, None, 2)


def test_values_are_shown_in_their_unit_and_what_is_none_is_none() -> None:
    assert words.shown_value(26, 230_100) == 230.1
    assert words.shown_value(27, -51) == -5.1
    assert words.shown_value(11, 20) == 20
    assert words.shown_value(11, None) is None


def test_ring_1s_unknown_is_none_but_a_temperature_may_be_below_zero() -> None:
    assert words.kept_value(26, PASSED, -1) is None
    assert words.kept_value(26, PASSED, 0) == 0
    assert words.kept_value(27, PASSED, -1) == -1
    assert words.kept_value(27, ABSENT, -1) is None
    assert words.kept_value(26, NOT_RUN, 5) is None


def test_choices_are_named_and_quantities_are_not() -> None:
    assert (words.meaning_of(15, 0), words.meaning_of(15, 1)) == ("missing", "there")
    assert words.meaning_of(29, 5) == "opened, wet"
    assert words.meaning_of(26, 1) == words.meaning_of(15, None) == ""
    assert words.meaning_of(15, 2) == ""


def test_hardware_is_named_in_full() -> None:
    assert words.needs_of(13) == words.needs_of(11) == "test input of the monitor"
    assert words.needs_of(14) == "monitor; trips the coil itself"
    assert words.needs_of(29) == "contacts"
