"""Rows: the bytes of a frozen flight recorder as values, timed backwards from the freeze.

The layout is that of ``safety/recorder.py``. A row says how long its tick took, so its time is
known from the rows after it; a tick longer than 255 ms is recorded as 255 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.safety import recorder
from ampkeeper.firmware.safety.names import PILOT_CLASSES, SEQUENCE_STATES

AFTER_MS = 1_000  # from the cause to the freeze
PERMILLE_TICKS = 62.5
HALF_AMPERE = 0.5
NO_CURRENT = 255
PHASES = 3
ASKED = "asked for"


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One tick of ring 1. ``at_ms`` is 0 at the freeze and negative before it.

    ``current_a`` is L1 to L3 in steps of 0.5 A, rounded down; None where nobody measured.
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
        at_ms -= raw[7]
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
    states, flags = raw[6], raw[11]
    l1, l2, l3 = (None if each == NO_CURRENT else each * HALF_AMPERE for each in raw[8:11])
    return TraceRow(
        at_ms=at_ms,
        high_mv=int.from_bytes(raw[0:2], "little", signed=True),
        low_mv=int.from_bytes(raw[2:4], "little", signed=True),
        duty_permille=int.from_bytes(raw[4:6], "little") / PERMILLE_TICKS,
        pilot=_named(PILOT_CLASSES, states & 7),
        sequence=_named(SEQUENCE_STATES, states >> 3 & 7),
        coil=bool(states >> 6 & 1),
        mirror=bool(states >> 7),
        current_a=(l1, l2, l3),
        is_cut=bool(flags & recorder.CUT),
        has_three_phases=bool(flags & recorder.THREE_PHASES),
        is_bolt_in=bool(flags & recorder.BOLT_IN),
        is_tripped=bool(flags & recorder.TRIPPED),
        is_faulty=bool(flags & recorder.FAULTY),
    )


def _named(words: Sequence[str], number: int) -> str:
    return words[number] if number < len(words) else str(number)
