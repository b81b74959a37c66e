"""The third loss of earth stays, whatever restarts in between."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.safety.fault import PE_LOST
from ampkeeper.firmware.station.earth import AGES_S, EarthBook
from ampkeeper.firmware.station.memory import Memory
from ampkeeper.firmware.store.changes import SaveMeta
from tests.support.reports import FREE_SOCKET

LOST = replace(FREE_SOCKET, faults=(PE_LOST,))


def lose(book: EarthBook) -> list[SaveMeta]:
    return book.note(1, LOST) + book.note(1, LOST)


def test_each_loss_is_written_down_once() -> None:
    book = EarthBook([1])
    assert lose(book) == [SaveMeta("earth_1", "1 lasts")]
    assert book.note(1, FREE_SOCKET) == [SaveMeta("earth_1", "1")]
    assert lose(book) == [SaveMeta("earth_1", "2 lasts")]
    assert not book.is_due(1)
    assert book.faults(1) == []


def test_the_third_is_told_to_ring_1_once_and_at_each_of_its_starts() -> None:
    book = EarthBook([1])
    assert book.recall(1, "2")
    assert lose(book) == [SaveMeta("earth_1", "3 lasts")]
    assert book.is_due(1)
    assert not book.is_due(1)
    assert book.faults(1) == [PE_LOST]
    booted = replace(FREE_SOCKET, is_forgetful=True)
    assert book.note(1, booted) == [], "what a booted ring 1 does not show was not cleared"
    assert book.faults(1) == [PE_LOST]


def test_ring_1_is_told_again_while_the_loss_lasts_since_a_greeting_drops_what_waits() -> None:
    book = EarthBook([1])
    book.recall(1, "2")
    told = []
    for second in range(10):  # the least that ring 1 shows a loss for
        book.note(1, replace(LOST, taken_s=float(second)))
        told.append(book.is_due(1))
    assert [second for second in range(10) if told[second]] == [0, 3, 6, 9]
    book.note_asked(1, 20.0)
    book.note(1, replace(FREE_SOCKET, taken_s=20.0))
    assert not book.is_due(1)


def test_a_person_who_clears_it_gives_three_back() -> None:
    book = EarthBook([1])
    book.recall(1, "3 lasts")
    assert book.faults(1) == [PE_LOST]
    assert lose(book) == []
    book.note_asked(1, 100.0)
    assert book.note(1, replace(FREE_SOCKET, taken_s=100.1)) == [SaveMeta("earth_1", "0")]
    assert book.faults(1) == []


def test_a_person_who_clears_the_first_or_second_gives_three_back_as_ring_1_does() -> None:
    book = EarthBook([1])
    book.recall(1, "1")
    lose(book)
    book.note_asked(1, 100.0)
    assert book.note(1, replace(FREE_SOCKET, taken_s=100.1)) == [SaveMeta("earth_1", "0")]


@pytest.mark.parametrize("asked_s", [None, 80.0, 110.0])
def test_a_third_loss_that_ends_unheard_is_not_cleared_and_ring_1_is_told(
    asked_s: float | None,
) -> None:
    book = EarthBook([1])
    book.recall(1, "2")
    book.note(1, replace(LOST, taken_s=10.0))
    if asked_s is not None:
        book.note_asked(1, asked_s)  # long ago, and refused; or only after
    assert book.note(1, replace(FREE_SOCKET, taken_s=100.0)) == [], "a silence lay between"
    assert book.faults(1) == [PE_LOST]
    assert book.is_due(1)
    assert book.note(1, replace(LOST, taken_s=101.0)) == [], "it is the same loss"


def test_a_loss_that_outlasts_starts_of_the_station_counts_once() -> None:
    written = "0"
    for _ in range(5):
        book = EarthBook([1])
        assert book.recall(1, written)
        written = ([written] + [row.value for row in lose(book)])[-1]
        assert written == "1 lasts"
        assert book.faults(1) == []
    assert book.note(1, FREE_SOCKET) == [SaveMeta("earth_1", "1")]
    assert lose(book) == [SaveMeta("earth_1", "2 lasts")]


def calm(book: EarthBook, start_s: float, seconds: float) -> list[SaveMeta]:
    """Reports without a loss, one each four seconds."""
    written = []
    for step in range(int(seconds / 4) + 1):
        written += book.note(1, replace(FREE_SOCKET, taken_s=start_s + step * 4))
    return written


def test_losses_are_forgotten_after_a_day_of_reports_without_one() -> None:
    book = EarthBook([1])
    book.recall(1, "1")
    book.note(1, replace(LOST, taken_s=100.0))
    assert calm(book, 100.0, AGES_S - 60) == [SaveMeta("earth_1", "2")]
    assert calm(book, 100.0 + AGES_S - 60, 60) == [SaveMeta("earth_1", "0")]
    assert calm(book, 200_000.0, AGES_S) == [], "it is written once"


def test_a_restart_begins_the_day_anew_and_silence_is_no_calm() -> None:
    book = EarthBook([1])
    book.recall(1, "2")
    assert calm(book, 0.0, AGES_S - 60) == []
    book = EarthBook([1])
    book.recall(1, "2")
    assert calm(book, 0.0, AGES_S - 60) == []
    assert calm(book, 1_000_000.0, 20) == [], "ring 1 was away"
    book.note(1, replace(LOST, taken_s=1_000_100.0))
    assert book.faults(1) == [PE_LOST]


def test_a_loss_that_stays_is_never_forgotten() -> None:
    book = EarthBook([1])
    book.recall(1, "3")
    assert calm(book, 0.0, 2 * AGES_S) == []
    assert book.faults(1) == [PE_LOST]


@pytest.mark.parametrize("text", ["", "-1", "x", "\u0663", " lasts", "1  lasts", "1 last"])
def test_what_cannot_be_read_is_told(text: str) -> None:
    assert not EarthBook([1]).recall(1, text)


class Pilot:
    """Notes what it is reminded of."""

    def __init__(self) -> None:
        self.faults: list[list[int]] = []

    def restore_faults(self, faults: list[int]) -> None:
        self.faults.append(faults)

    def restore_wear(self, closings: int, under_load: int) -> None: ...

    def restore_rcd_retries(self, count: int) -> None: ...

    def report_tests(self) -> None: ...


def test_ring_1_is_told_at_the_third_loss_and_when_it_starts() -> None:
    memory, pilot = Memory([1]), Pilot()
    assert memory.recall(1, {"earth_1": "2"}.get) == []
    memory.note(1, FREE_SOCKET)
    memory.remind(1, pilot)
    assert pilot.faults == []
    memory.note(1, LOST)
    memory.remind(1, pilot)
    memory.remind(1, pilot)
    memory.give_back(1, [0], pilot)
    assert pilot.faults == [[PE_LOST], [0, PE_LOST]]


def test_a_count_that_cannot_be_read_is_a_problem() -> None:
    (problem,) = Memory([1]).recall(1, {"earth_1": "two"}.get)
    assert "earth" in problem
