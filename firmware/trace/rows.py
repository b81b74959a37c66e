"""Rows: the bytes of a frozen flight recorder as values, timed backwards from the freeze.

The layout is that of ``safety/recorder.py``. A row says how long its tick took, so its time is
known from the rows after it; a tick longer than 63 ms is recorded as 63 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.safety import recorder
from ampkeeper.firmware.safety.names import PILOT_CLASSES, SEQUENCE_STATES

AFTER_MS = 1_000  # from the cause to the freeze
PERMILLE_TICKS = 62.5
PHASES = 3
SIGN = 0x80
ASKED = "asked for"


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One tick of ring 1. ``at_ms`` is 0 at the freeze and negative before it.

    ``current_a`` is L1 to L3 in whole A, rounded down; None where nobody measured.
    """

    at_ms: int
    high_mv: int
    low_mv: int
    duty_permille: float
    pilot: str
    sequence: str
    coil: bool
    mirror: bool
    current_a: tuple[float | None, float | None, float | None]
    is_cut: bool
    has_three_phases: bool
    is_bolt_in: bool
    is_tripped: bool
    is_faulty: bool


def decode(data: bytes) -> tuple[TraceRow, ...]:
    """Read all whole rows, oldest first. Never raises."""
    count = len(data) // recorder.ROW_BYTES
    rows: list[TraceRow] = []
    at_ms = 0
    for index in range(count - 1, -1, -1):
        raw = data[index * recorder.ROW_BYTES : (index + 1) * recorder.ROW_BYTES]
        rows.append(_row(raw, at_ms))
        at_ms -= raw[4] & recorder.MS_MAX
    return tuple(reversed(rows))


def moment_of_cause(rows: Sequence[TraceRow]) -> int:
    """Return when the cause came, in ms before the freeze (so at most 0)."""
    before = [row.at_ms for row in rows if row.at_ms <= -AFTER_MS]
    later = [row.at_ms for row in rows if row.at_ms > -AFTER_MS]
    return later[0] if before and later else 0


def name_of_cause(code: int) -> str:
    """Return the fault's name, or that somebody asked."""
    return ASKED if code == recorder.ASKED else info_of(code).name


def _row(raw: bytes, at_ms: int) -> TraceRow:
    high, low, duty, states, flags, l1, l2, l3 = raw
    return TraceRow(
        at_ms=at_ms,
        high_mv=_level_mv(high),
        low_mv=_level_mv(low),
        duty_permille=duty * recorder.DUTY_TICKS / PERMILLE_TICKS,
        pilot=_named(PILOT_CLASSES, states & 7),
        sequence=_named(SEQUENCE_STATES, states >> 3 & 7),
        coil=bool(states >> 6 & 1),
        mirror=bool(states >> 7),
        current_a=(_current_a(l1), _current_a(l2), _current_a(l3)),
        is_cut=bool(flags & recorder.CUT),
        has_three_phases=bool(l1 & recorder.FLAG),
        is_bolt_in=bool(l2 & recorder.FLAG),
        is_tripped=bool(l3 & recorder.FLAG),
        is_faulty=bool(flags & recorder.FLAG),
    )


def _level_mv(byte: int) -> int:
    return (byte - 2 * SIGN if byte & SIGN else byte) * recorder.LEVEL_MV


def _current_a(byte: int) -> float | None:
    steps = byte & ~recorder.FLAG
    return None if steps == recorder.NO_CURRENT else steps * recorder.CURRENT_MA / 1_000


def _named(words: Sequence[str], number: int) -> str:
    return words[number] if number < len(words) else str(number)
