"""The trace fetcher: what it asks for, how often, and what it hands out once."""

from ampkeeper.hal.link.messages import RAW, TRACE_LAYOUT
from ampkeeper.hal.pilots.tracing import NOTHING, PIECE_S, TraceFetcher
from ampkeeper.hal.ports import Trace

ROWS = bytes(range(3 * RAW))


def piece(offset: int, trace_id: int = 1) -> tuple[dict[str, int], bytes]:
    values = {
        "layout": TRACE_LAYOUT,
        "trace_id": trace_id,
        "cause": 255,
        "total": len(ROWS),
        "offset": offset,
    }
    return values, ROWS[offset : offset + RAW]


def all_pieces(trace_id: int = 1) -> list[tuple[dict[str, int], bytes]]:
    return [piece(offset, trace_id) for offset in range(0, len(ROWS), RAW)]


def test_nothing_is_asked_while_the_recorder_runs() -> None:
    fetcher = TraceFetcher()
    assert fetcher.follow(0, [], 5.0) == NOTHING
    assert fetcher.follow(0, all_pieces(), 6.0) == NOTHING
    assert fetcher.take() is None


def test_a_frozen_trace_is_asked_for_at_once_and_again_when_no_piece_comes() -> None:
    fetcher = TraceFetcher()
    asked = [fetcher.follow(1, [], 5.0 + tenth / 10) for tenth in range(11)]
    assert asked == [0] + [NOTHING] * 9 + [0]
    assert PIECE_S == 1.0


def test_while_pieces_come_nothing_more_is_asked() -> None:
    fetcher = TraceFetcher()
    assert fetcher.follow(1, [], 5.0) == 0
    assert fetcher.follow(1, [piece(0)], 6.0) == NOTHING
    assert fetcher.follow(1, [], 6.9) == NOTHING
    assert fetcher.follow(1, [], 7.0) == RAW


def test_a_piece_that_was_lost_is_asked_for_although_later_ones_come() -> None:
    fetcher = TraceFetcher()
    fetcher.follow(1, [], 5.0)
    fetcher.follow(1, [piece(0), piece(2 * RAW)], 5.1)
    assert fetcher.follow(1, [piece(2 * RAW)], 6.1) == RAW
    fetcher.follow(1, [piece(RAW)], 6.2)
    trace = fetcher.take()
    assert trace is not None
    assert trace.rows == ROWS


def test_a_whole_trace_is_handed_out_once_with_the_time_when_it_was_seen() -> None:
    fetcher = TraceFetcher()
    fetcher.follow(7, [], 5.0)
    assert fetcher.follow(7, all_pieces(7), 8.0) == NOTHING
    assert fetcher.take() == Trace(5.0, 7, 255, ROWS)
    assert fetcher.take() is None
    assert fetcher.follow(7, all_pieces(7), 30.0) == NOTHING
    assert fetcher.take() is None


def test_the_next_trace_is_another_one_whether_or_not_the_recorder_was_seen_running() -> None:
    fetcher = TraceFetcher()
    fetcher.follow(1, all_pieces(), 5.0)
    assert fetcher.take() is not None
    assert fetcher.follow(2, [piece(0)], 6.0) == 0
    fetcher.follow(2, all_pieces(2), 6.1)
    second = fetcher.take()
    assert second is not None
    assert (second.trace_id, second.taken_s) == (2, 6.0)
    fetcher.follow(0, [], 7.0)
    assert fetcher.follow(2, [], 8.0) == 0


def test_after_a_greeting_a_trace_is_fetched_anew() -> None:
    fetcher = TraceFetcher()
    fetcher.follow(1, all_pieces(), 5.0)
    fetcher.start()
    assert fetcher.take() is None, "it is of before"
    assert fetcher.follow(1, [], 5.2) == 0
    fetcher.follow(1, all_pieces(), 5.3)
    assert fetcher.take() is not None


def test_a_trace_that_nobody_here_can_read_is_not_asked_for_again() -> None:
    fetcher = TraceFetcher()
    values, raw = piece(0)
    assert fetcher.follow(1, [], 5.0) == 0
    assert fetcher.follow(1, [(values | {"layout": 2}, raw)], 5.1) == NOTHING
    assert fetcher.follow(1, [], 9.0) == NOTHING
    assert fetcher.take() is None
    assert fetcher.follow(2, [], 10.0) == 0, "the next one may be another matter"
