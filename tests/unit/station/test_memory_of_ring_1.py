"""What ring 1 forgets with its power and the station gives back: in which order, and when."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ampkeeper.firmware.station.memory import Memory, RetryBook
from ampkeeper.firmware.store.changes import SaveMeta
from tests.support.reports import FREE_SOCKET


class Pilot:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def restore_wear(self, closings: int, under_load: int) -> None:
        self.told.append(("wear", (closings, under_load)))

    def restore_rcd_retries(self, count: int) -> None:
        self.told.append(("retries", count))

    def restore_faults(self, faults: Iterable[int]) -> None:
        self.told.append(("faults", tuple(faults)))

    def report_tests(self) -> None:
        self.told.append(("tests", None))


def test_each_retry_is_written_down_once() -> None:
    book = RetryBook([1, 2])
    tripped = replace(FREE_SOCKET, rcd_retry_count=2)
    assert book.note(1, tripped) == [SaveMeta("rcd_retries_1", "2")]
    assert book.note(1, tripped) == []
    assert (book.count(1), book.count(2)) == (2, 0)


def test_a_ring_1_that_has_booted_takes_nothing_away() -> None:
    book = RetryBook([1])
    assert book.recall(1, "3")
    assert book.note(1, replace(FREE_SOCKET, is_forgetful=True)) == []
    assert book.count(1) == 3


def test_a_count_that_ring_1_itself_gives_back_is_written_down() -> None:
    book = RetryBook([1])
    book.recall(1, "3")
    assert book.note(1, FREE_SOCKET) == [SaveMeta("rcd_retries_1", "0")]


@pytest.mark.parametrize("text", ["", "-1", "1.5", " 1", "x", "٣"])
def test_a_count_that_cannot_be_read_changes_nothing(text: str) -> None:
    book = RetryBook([1])
    assert not book.recall(1, text)
    assert book.count(1) == 0


def test_a_count_beyond_the_link_is_cut() -> None:
    book = RetryBook([1])
    assert book.recall(1, str(2**40))
    assert book.count(1) == 255


def test_faults_are_given_back_last_since_permits_follow_them() -> None:
    memory = Memory([1])
    assert memory.recall(1, {"wear_1": "5 1", "rcd_retries_1": "2"}.get) == []
    pilot: Any = Pilot()
    memory.give_back(1, [2, 13], pilot)
    assert pilot.told == [
        ("wear", (5, 1)),
        ("retries", 2),
        ("faults", (2, 13)),
        ("tests", None),
    ]


def test_books_that_are_empty_or_broken_leave_zero_and_only_the_latter_is_a_problem() -> None:
    memory = Memory([1])
    assert memory.recall(1, {}.get) == []
    problems = memory.recall(1, {"wear_1": "x", "rcd_retries_1": "y"}.get)
    assert [text.split(" '")[0] for text in problems] == [
        "the contactor's counts",
        "the count of residual-current retries",
    ]
    assert (memory.wear.counts(1), memory.retries.count(1)) == ((0, 0), 0)
