"""What is told of the way to the central system."""

import pytest

from ampkeeper.firmware.ocpp.link import (
    BRIEF_S,
    CUT,
    DOWN,
    ERROR_CHARS_MAX,
    TRYING,
    UP,
    Link,
    LinkStory,
)


def test_a_link_that_was_never_tried_is_down_since_the_start() -> None:
    assert Link(5.0).story(8.0) == LinkStory(DOWN, 3.0, None, 0, "", None)


def test_failed_attempts_are_counted_and_do_not_make_the_absence_younger() -> None:
    link = Link(0.0)
    for number in range(3):
        link.tries()
        assert link.story(10.0 * number).state == TRYING
        link.failed(f"reason {number}")
        link.waits_until(10.0 * number + 9.0)
    assert link.story(25.0) == LinkStory(DOWN, 25.0, None, 3, "reason 2", 4.0)


def test_an_attempt_under_way_has_no_next_one() -> None:
    link = Link(0.0)
    link.waits_until(9.0)
    link.tries()
    assert link.story(1.0).next_attempt_s is None


def test_an_open_socket_is_up_but_not_yet_heard() -> None:
    link = Link(0.0)
    link.failed("nobody there")
    link.opened(4.0)
    assert link.story(6.0) == LinkStory(UP, 2.0, None, 1, "nobody there", None)


def test_a_frame_ends_the_failures_and_a_pong_does_not() -> None:
    link = Link(0.0)
    link.failed("nobody there")
    link.opened(1.0)
    link.ponged(2.0)
    assert link.story(3.0) == LinkStory(UP, 2.0, 1.0, 1, "nobody there", None)
    link.heard(3.0)
    assert link.story(3.5) == LinkStory(UP, 2.5, 0.5, 0, "", None)


def test_a_connection_that_was_in_vain_is_a_failed_attempt() -> None:
    link = Link(0.0)
    for now_s in (1.0, 2.0):
        link.opened(now_s)
        link.ended("2 calls without any sign of life", True, now_s + 0.5)
    assert link.story(3.5) == LinkStory(
        DOWN, 1.0, None, 2, "2 calls without any sign of life", None
    )


def test_the_end_of_a_connection_that_was_heard_is_no_failed_attempt() -> None:
    link = Link(0.0)
    link.opened(1.0)
    link.heard(2.0)
    link.ended("x" * 1000, False, 3.0)
    assert link.story(7.0) == LinkStory(DOWN, 4.0, 5.0, 0, "x" * ERROR_CHARS_MAX, None)


@pytest.mark.parametrize(
    ("lasted_s", "is_owed", "failures"),
    [
        (0.5, False, 3),
        (BRIEF_S, False, 0),
        (BRIEF_S, True, 3),
        (60.0, True, 3),
        (3_600.0, False, 0),
    ],
)
def test_a_quiet_connection_is_in_vain_only_if_it_was_brief_or_owed_an_answer(
    lasted_s: float, is_owed: bool, failures: int
) -> None:
    link = Link(0.0)
    for _ in range(2):
        link.failed("nobody there")
    link.opened(5.0)
    link.ended("gone", is_owed, 5.0 + lasted_s)
    assert (link.story(9_000.0).failures, link.was_in_vain) == (failures, failures > 0)


def test_a_cut_network_plans_no_attempt() -> None:
    link = Link(0.0)
    link.failed("nobody there")
    link.waits_until(9.0)
    link.cut()
    assert link.story(1.0) == LinkStory(CUT, 1.0, None, 1, "nobody there", None)
