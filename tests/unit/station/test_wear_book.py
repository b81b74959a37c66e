"""The contactor's counts survive ring 1's power and the station's."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.station.wear import COUNT_MAX, WearBook
from ampkeeper.firmware.store.changes import SaveMeta
from tests.support.reports import FREE_SOCKET


def test_each_closing_is_written_down_once() -> None:
    book = WearBook([1, 2])
    closed = replace(FREE_SOCKET, closings=5, under_load=1)
    assert book.note(1, closed) == [SaveMeta("wear_1", "5 1")]
    assert book.note(1, closed) == []
    assert book.counts(1) == (5, 1)
    assert book.counts(2) == (0, 0)


def test_a_ring_that_started_anew_takes_nothing_away() -> None:
    book = WearBook([1])
    assert book.recall(1, "30000 7")
    assert book.note(1, FREE_SOCKET) == []
    assert book.counts(1) == (30_000, 7)
    assert book.note(1, replace(FREE_SOCKET, closings=30_001)) == [SaveMeta("wear_1", "30001 7")]


@pytest.mark.parametrize("text", ["", "1", "1 ", " 1", "-1 2", "1 x", "1.5 2", "1 2 3", "٣ 1"])
def test_counts_that_cannot_be_read_change_nothing(text: str) -> None:
    book = WearBook([1])
    assert not book.recall(1, text)
    assert book.counts(1) == (0, 0)


def test_a_count_beyond_the_link_is_cut() -> None:
    book = WearBook([1])
    assert book.recall(1, f"{COUNT_MAX + 5} 0")
    assert book.counts(1) == (COUNT_MAX, 0)


def test_a_new_contactor_begins_at_zero() -> None:
    book = WearBook([1])
    book.recall(1, "50000 9")
    book.renew(1)
    assert book.note(1, replace(FREE_SOCKET, closings=50_000, under_load=9)) == []
    assert book.note(1, FREE_SOCKET) == [SaveMeta("wear_1", "0 0")]
    assert book.note(1, replace(FREE_SOCKET, closings=1)) == [SaveMeta("wear_1", "1 0")]


def test_a_clearing_that_ring_1_refused_renews_nothing() -> None:
    book = WearBook([1])
    book.recall(1, "50000 9")
    book.renew(1)
    for _ in range(50):
        assert book.note(1, replace(FREE_SOCKET, closings=50_000, under_load=9)) == []
    assert book.note(1, FREE_SOCKET) == []
    assert book.counts(1) == (50_000, 9)
