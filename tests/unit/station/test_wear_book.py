"""The contactor's counts survive ring 1's power and the station's."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.station.wear import COUNT_MAX, WearBook
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import PilotStatus

STATUS = PilotStatus(
    taken_s=0.0,
    uptime_ms=0,
    sequence=0,
    pilot=0,
    contactor=0,
    lock=0,
    is_coil_on=False,
    is_mirror_made=False,
    high_mv=12_000,
    low_mv=12_000,
    duty_ticks=62_500,
    cable_a=0.0,
    limit_a=0.0,
    limited_by=0,
    phases=1,
    temperature_c=25.0,
    stop_reason=0,
    stop_count=0,
    closing_count=0,
    under_load_count=0,
    refused_count=0,
)


def test_each_closing_is_written_down_once() -> None:
    book = WearBook([1, 2])
    closed = replace(STATUS, closings=5, under_load=1)
    assert book.note(1, closed) == [SaveMeta("wear_1", "5 1")]
    assert book.note(1, closed) == []
    assert book.counts(1) == (5, 1)
    assert book.counts(2) == (0, 0)


def test_a_ring_that_started_anew_takes_nothing_away() -> None:
    book = WearBook([1])
    assert book.recall(1, "30000 7")
    assert book.note(1, STATUS) == []
    assert book.counts(1) == (30_000, 7)
    assert book.note(1, replace(STATUS, closings=30_001)) == [SaveMeta("wear_1", "30001 7")]


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
    assert book.note(1, replace(STATUS, closings=50_000, under_load=9)) == []
    assert book.note(1, STATUS) == [SaveMeta("wear_1", "0 0")]
    assert book.note(1, replace(STATUS, closings=1)) == [SaveMeta("wear_1", "1 0")]


def test_a_clearing_that_ring_1_refused_renews_nothing() -> None:
    book = WearBook([1])
    book.recall(1, "50000 9")
    book.renew(1)
    for _ in range(50):
        assert book.note(1, replace(STATUS, closings=50_000, under_load=9)) == []
    assert book.note(1, STATUS) == []
    assert book.counts(1) == (50_000, 9)
