"""Tracing: fetches the frozen flight recorder piece by piece while the reports go on.

No I/O: it is told which trace a report names and which pieces came, and says from where to ask.
A whole trace is handed out once; ring 1 keeps it until it is told to go on. After a greeting
everything is fetched anew: whether the order to go on arrived before it is not known. A trace
whose rows we cannot read stays where it is, frozen, until a station comes that can.
"""

import math

from ampkeeper.hal.link.trace import TraceReader
from ampkeeper.hal.ports import Trace

PIECE_S = 1.0  # without a piece of the trace: ask for the missing one again
NOTHING = -1  # to ask for

Piece = tuple[dict[str, int], bytes]


class TraceFetcher:
    """The trace of one pilot board, on its way to the station."""

    def __init__(self) -> None:
        self._reader: TraceReader | None = None  # None: the recorder runs
        self._seen_s = 0.0  # when a report first named the trace
        self._asked_s = -math.inf
        self._trace: Trace | None = None
        self.taken_id = 0  # of the trace that was handed out last; 0: none yet

    def start(self) -> None:
        """Forget all that was fetched."""
        self._reader = None
        self._trace = None

    def follow(self, trace_id: int, pieces: list[Piece], now_s: float) -> int:
        """Take pieces; return the offset to ask for, or NOTHING. ``trace_id`` 0: none frozen."""
        if trace_id == 0:
            self._reader = None
            return NOTHING
        reader = self._reader
        if reader is None or reader.trace_id != trace_id:
            reader = self._reader = TraceReader(trace_id)
            self._seen_s = now_s
            self._asked_s = -math.inf
        was_missing = reader.missing()
        for values, raw in pieces:
            reader.take(values, raw)
        missing = reader.missing()
        if reader.is_foreign:
            return NOTHING
        if missing == NOTHING:
            if was_missing != NOTHING:
                self._trace = Trace(self._seen_s, trace_id, reader.cause, reader.rows())
        elif missing != was_missing:
            self._asked_s = now_s
        elif now_s - self._asked_s >= PIECE_S:
            self._asked_s = now_s
            return missing
        return NOTHING

    def take(self) -> Trace | None:
        """Return the trace when all of it has come, once."""
        trace, self._trace = self._trace, None
        if trace is not None:
            self.taken_id = trace.trace_id
        return trace
