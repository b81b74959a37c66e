"""The trace reader: pieces that are lost, doubled, late or of something else."""

from random import Random

from ampkeeper.hal.link.messages import RAW, TRACE_LAYOUT
from ampkeeper.hal.link.trace import TraceReader

ROWS = bytes(Random(7).randrange(256) for _ in range(5 * RAW + 12))
CAUSE = 11


def piece(offset: int, trace_id: int = 3, total: int = len(ROWS)) -> tuple[dict[str, int], bytes]:
    raw = ROWS[offset : offset + RAW]
    values = {
        "layout": TRACE_LAYOUT,
        "trace_id": trace_id,
        "cause": CAUSE,
        "total": total,
        "offset": offset,
    }
    return values, raw + bytes(RAW - len(raw))


OFFSETS = range(0, len(ROWS), RAW)


def test_pieces_in_order_are_the_whole_without_the_filling() -> None:
    reader = TraceReader(3)
    assert (reader.missing(), reader.total) == (0, -1)
    for offset in OFFSETS:
        assert reader.missing() == offset
        assert reader.take(*piece(offset))
    assert reader.missing() == -1
    assert reader.rows() == ROWS
    assert (reader.cause, reader.total) == (CAUSE, len(ROWS))


def test_lost_pieces_are_named_the_first_one_first() -> None:
    reader = TraceReader(3)
    for offset in OFFSETS:
        if offset not in (RAW, 3 * RAW):
            reader.take(*piece(offset))
    assert reader.missing() == RAW
    reader.take(*piece(RAW))
    assert reader.missing() == 3 * RAW
    reader.take(*piece(3 * RAW))
    assert (reader.missing(), reader.rows()) == (-1, ROWS)


def test_any_order_and_any_repetition_give_the_same_rows() -> None:
    random = Random(20261122)
    for _ in range(200):
        reader = TraceReader(3)
        offsets = [*OFFSETS, *random.choices(OFFSETS, k=random.randrange(10))]
        random.shuffle(offsets)
        assert all(reader.take(*piece(offset)) for offset in offsets)
        assert (reader.missing(), reader.rows()) == (-1, ROWS)


def test_a_piece_of_another_trace_is_not_taken() -> None:
    reader = TraceReader(3)
    assert not reader.take(*piece(0, trace_id=2))
    assert (reader.missing(), reader.total) == (0, -1)


def test_a_piece_that_contradicts_the_first_is_not_taken() -> None:
    reader = TraceReader(3)
    reader.take(*piece(0))
    assert not reader.take(*piece(RAW, total=len(ROWS) - 12))
    assert reader.missing() == RAW
    assert reader.total == len(ROWS)


def test_a_piece_that_does_not_begin_where_pieces_do_is_not_taken() -> None:
    reader = TraceReader(3)
    for offset in (1, RAW - 1, len(ROWS), len(ROWS) + RAW - len(ROWS) % RAW):
        values, raw = piece(0)
        assert not reader.take(values | {"offset": offset}, raw), offset
    assert not reader.take(*piece(0, total=0))
    assert reader.missing() == 0


def test_rows_of_a_layout_that_nobody_here_can_read_are_not_taken() -> None:
    reader = TraceReader(3)
    values, raw = piece(0)
    assert not reader.take(values | {"layout": TRACE_LAYOUT + 1}, raw)
    assert reader.is_foreign
    assert reader.rows() == b""
