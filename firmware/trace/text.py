"""Text: a trace as lines, one for each row where something changed.

Small noise of the analog values is no change; a second without any still gets its line.
"""

from collections.abc import Sequence

from ampkeeper.firmware.trace.rows import TraceRow

CHANGE_MV = 500
CHANGE_A = 1.0
CHANGE_PERMILLE = 1.0
SILENCE_MS = 1_000
LETTERS = "F fault, T residual current, C pilot cut, B bolt in, 3 three phases"
HEAD = "    time   high    low   duty pilot   sequence  coil mirror L1   L2   L3"


def lines_of(rows: Sequence[TraceRow]) -> list[str]:
    """Return a heading and the lines."""
    return [HEAD, *(_line(row) for row in changes_of(rows))]


def changes_of(rows: Sequence[TraceRow]) -> list[TraceRow]:
    """Return the rows that differ from the one shown before, the first and the last."""
    shown: list[TraceRow] = []
    for row in rows:
        if not shown or _differs(shown[-1], row) or row.at_ms == 0:
            shown.append(row)
    return shown


def _differs(before: TraceRow, row: TraceRow) -> bool:
    return (
        _states(before) != _states(row)
        or abs(before.high_mv - row.high_mv) >= CHANGE_MV
        or abs(before.low_mv - row.low_mv) >= CHANGE_MV
        or abs(before.duty_permille - row.duty_permille) >= CHANGE_PERMILLE
        or row.at_ms - before.at_ms >= SILENCE_MS
        or any(map(_has_moved, before.current_a, row.current_a))
    )


def _states(row: TraceRow) -> tuple[object, ...]:
    contacts = (row.coil, row.mirror, row.has_three_phases)
    flags = (row.is_cut, row.is_bolt_in, row.is_tripped, row.is_faulty)
    return (row.pilot, row.sequence, contacts, flags)


def _has_moved(before_a: float | None, now_a: float | None) -> bool:
    if before_a is None or now_a is None:
        return before_a != now_a
    return abs(before_a - now_a) >= CHANGE_A


def _line(row: TraceRow) -> str:
    levels = f"{row.at_ms / 1_000:8.3f} {row.high_mv / 1_000:+6.1f} {row.low_mv / 1_000:+6.1f}"
    coil = "on" if row.coil else "off"
    mirror = "made" if row.mirror else "open"
    states = f"{row.duty_permille / 10:6.1f} {row.pilot:<7} {row.sequence:<9} {coil:<4} {mirror:<4}"
    currents = "".join("    -" if a is None else f"{a:5.1f}" for a in row.current_a)
    return f"{levels} {states}{currents}{_flags(row)}".rstrip()


def _flags(row: TraceRow) -> str:
    """One letter each, as ``LETTERS`` says."""
    flags = (
        (row.is_faulty, "F"),
        (row.is_tripped, "T"),
        (row.is_cut, "C"),
        (row.is_bolt_in, "B"),
        (row.has_three_phases, "3"),
    )
    return " " + "".join(letter for is_set, letter in flags if is_set)
