"""A value that moves in milliseconds is seen in each of them, and rests at no cost."""

from ampkeeper.board.emulated.pattern import SEGMENTS_MAX, Pattern, bounces


def test_a_pattern_at_rest_yields_nothing() -> None:
    pattern = Pattern(False)
    assert pattern.step(10) == ()
    assert not pattern.is_moving


def test_segments_are_seen_millisecond_by_millisecond_across_steps() -> None:
    pattern = Pattern(0)
    pattern.play([(1, 3), (2, 9)], 5)
    assert pattern.final == 5
    assert pattern.step(10) == [1] * 3 + [2] * 7
    assert pattern.value == 2
    assert pattern.step(10) == [2] * 2 + [5] * 8
    assert pattern.value == 5
    assert not pattern.is_moving


def test_a_pattern_that_ends_with_the_step_is_at_its_end() -> None:
    pattern = Pattern(False)
    pattern.play([(True, 10)], False)
    assert pattern.step(10) == [True] * 10
    assert not pattern.value
    assert pattern.step(10) == ()


def test_resting_forgets_what_was_to_come() -> None:
    pattern = Pattern(False)
    pattern.play([(True, 100)], True)
    pattern.rest(False)
    assert pattern.step(10) == ()
    assert not pattern.value


def test_bounces_go_there_and_back() -> None:
    assert bounces(True, 2, 3) == [(True, 3), (False, 3), (True, 3), (False, 3)]
    assert bounces(False, 0, 3) == []


def test_a_pattern_that_is_too_long_still_ends_where_it_should() -> None:
    pattern = Pattern(False)
    pattern.play(bounces(True, SEGMENTS_MAX, 1), True)
    pattern.step(10 * SEGMENTS_MAX)
    assert pattern.value
    assert not pattern.is_moving
