"""Recorder: the last 10 s of pilot, duty, contactor and current, a row for each tick.

A fault freezes it one second later, so that the rows show what led there and what followed; it
stays frozen until the station has kept the rows and lets it run again. Nothing is allocated.
"""

from ampkeeper.firmware.safety.signals import MADE, NO, UNKNOWN, Inputs, Outputs
from ampkeeper.firmware.safety.units import const

ROWS = const(1_000)  # 10 s of ticks of 10 ms
ROW_BYTES = const(8)
LEVEL_MV = const(125)  # a voltage is recorded in steps of this, a duty and a current of these
DUTY_TICKS = const(250)
CURRENT_MA = const(1_000)
ASKED = const(255)  # cause: nobody's fault
_AFTER_MS = const(1_000)
_IDS = const(65_535)
_LEVEL_MAX = const(127)
NO_CURRENT = const(127)
MS_MAX = const(63)  # a tick that took longer is recorded as this
_PHASES = const(3)
_CURRENTS_AT = const(5)
CUT, FLAG = 64, 128  # bits of a row


class Recorder:
    """A ring of rows; the oldest is read first. ``rows_of`` in ``hal/link/trace.py`` reads them.

    A row, each a byte: high i8, low i8, in 125 mV; duty in 0.4 %; pilot class (3 bits), sequence
    (3), coil, mirror; elapsed ms (6 bits), cut, any fault in force; then the current of L1, L2
    and L3 in A (7 bits; 127: not known), with three phases, bolt in and tripped as their top bits.
    """

    def __init__(self) -> None:
        self.trace_id = 0  # of the frozen rows; 0: it runs
        self.cause = ASKED
        self._rows = bytearray(ROWS * ROW_BYTES)
        self._next = 0
        self._count = 0
        self._last_id = 0
        self._left_ms = -1  # until it freezes; -1: nothing happened
        self._faults = 0

    def tick(
        self,
        elapsed_ms: int,
        inputs: Inputs,
        outputs: Outputs,
        currents_ma: "list[int]",
        faults: int,
    ) -> None:
        """Write one row, and freeze when it is time; ``faults`` is the bitmap in force."""
        if self.trace_id:
            return
        new = faults & ~self._faults
        self._faults = faults
        if new and self._left_ms < 0:
            self.freeze(_lowest(new))
        self._write(self._next * ROW_BYTES, elapsed_ms, inputs, outputs)
        for phase in range(_PHASES):
            at = self._next * ROW_BYTES + _CURRENTS_AT + phase
            self._rows[at] |= _amperes(currents_ma[phase])
        self._next = (self._next + 1) % ROWS
        self._count = min(self._count + 1, ROWS)
        if self._left_ms < 0:
            return
        self._left_ms -= min(max(elapsed_ms, 0), self._left_ms)
        if self._left_ms == 0:
            self._last_id = self._last_id % _IDS + 1
            self.trace_id = self._last_id

    def freeze(self, cause: int) -> bool:
        """Freeze one second from now, unless that is under way or done."""
        if self.trace_id or self._left_ms >= 0:
            return False
        self.cause = cause
        self._left_ms = _AFTER_MS
        return True

    def expect(self, faults: int) -> None:
        """Take faults as known: they are of before, and nothing happened now."""
        self._faults |= faults

    def rearm(self, trace_id: int = 0) -> bool:
        """Let it run again; return False if it ran, or holds another trace than ``trace_id``.

        0 is whichever it holds. One that is named goes once, however often it is asked for.
        """
        if not self.trace_id or (trace_id and trace_id != self.trace_id):
            return False
        self.trace_id = 0
        self._count = 0
        self._left_ms = -1
        return True

    def total(self) -> int:
        """Return how many bytes there are to read."""
        return self._count * ROW_BYTES

    def read(self, offset: int, into: bytearray) -> int:
        """Copy rows from byte ``offset`` on, oldest first, as ``into`` holds; return the end."""
        start = (self._next - self._count) % ROWS * ROW_BYTES
        end = min(offset + len(into), self.total())
        for at in range(offset, end):
            into[at - offset] = self._rows[(start + at) % (ROWS * ROW_BYTES)]
        return end

    def _write(self, at: int, elapsed_ms: int, inputs: Inputs, outputs: Outputs) -> None:
        rows = self._rows
        rows[at] = _level(inputs.cp_high_mv)
        rows[at + 1] = _level(inputs.cp_low_mv)
        rows[at + 2] = (outputs.duty_ticks + DUTY_TICKS // 2) // DUTY_TICKS
        state = outputs.pilot | outputs.sequence << 3
        rows[at + 3] = state | outputs.coil << 6 | (inputs.mirror == MADE) << 7
        flags = CUT if outputs.cp_connected == NO else 0
        flags |= FLAG if self._faults else 0
        rows[at + 4] = min(max(elapsed_ms, 0), MS_MAX) | flags
        rows[at + 5] = FLAG if outputs.phases > 1 else 0
        rows[at + 6] = FLAG if inputs.lock_closed != NO else 0
        rows[at + 7] = FLAG if inputs.rcd_ac != NO or inputs.rcd_dc != NO else 0


def _level(mv: int) -> int:
    """The nearest step, as a byte with a sign."""
    step = (mv + LEVEL_MV // 2) // LEVEL_MV
    return min(max(step, -_LEVEL_MAX), _LEVEL_MAX) & 0xFF


def _amperes(current_ma: int) -> int:
    if current_ma == UNKNOWN:
        return NO_CURRENT
    return min(max(current_ma // CURRENT_MA, 0), NO_CURRENT - 1)


def _lowest(bits: int) -> int:
    code = 0
    while not bits >> code & 1:
        code += 1
    return code
