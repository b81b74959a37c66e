"""Account: what a bought board shows, put into a report of ring 1. Pure.

Nothing is added that the board did not tell: it has no voltages of the pilot and mostly no
mirror contact, so these are ``None``. Counts are of what was seen here, since the driver was
made; closings of before are those that the station's books gave back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ampkeeper.hal.pilots import codes
from ampkeeper.hal.ports import PilotStatus

PLUGGED = (codes.B, codes.C, codes.D)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the board. ``offered_ma`` 0: the pilot is steady.

    ``most_ma`` is what the board makes of what it was told, and ``limited_by`` why it is less.
    """

    pilot: int
    is_relay_on: bool
    offered_ma: int
    most_ma: int
    faults: frozenset[int] = frozenset()
    is_off: bool = False  # the board has taken the pilot away
    limited_by: int = codes.BY_BOARD
    temperature_c: float | None = None


class Account:
    """Turns looks into reports, and counts."""

    def __init__(self, phases: int) -> None:
        self.stop_reason = codes.NO_STOP
        self.stop_count = 0
        self.closing_count = 0
        self.closings = 0
        self.under_load = 0
        self._phases = phases
        self._was_on = False

    def restore(self, closings: int, under_load: int) -> None:
        """Take the counts of before; they only grow."""
        self.closings = max(self.closings, closings)
        self.under_load = max(self.under_load, under_load)

    def report(
        self,
        seen: Seen,
        latched: Iterable[int],
        granted_ma: int,
        why_not: int,
        taken_s: float,
        uptime_ms: int,
        line: Mapping[str, int],
    ) -> PilotStatus:
        """Return the report of one look."""
        faults = tuple(sorted(seen.faults.union(latched)))
        self._count(seen, bool(faults), why_not)
        is_permitted = granted_ma > 0 and not faults
        limit_ma = min(granted_ma, seen.most_ma) if is_permitted else 0
        is_less = is_permitted and seen.most_ma < granted_ma
        return PilotStatus(
            taken_s=taken_s,
            uptime_ms=uptime_ms,
            sequence=sequence_of(seen, is_permitted),
            pilot=seen.pilot,
            contactor=codes.CLOSED if seen.is_relay_on else codes.OPEN,
            lock=codes.NO_LOCK,
            is_coil_on=seen.is_relay_on,
            is_mirror_made=None,
            high_mv=None,
            low_mv=None,
            duty_ticks=codes.DUTY_F if seen.is_off else codes.duty_of(seen.offered_ma),
            cable_a=0.0,  # captive: these boards hold no plug
            limit_a=limit_ma / 1_000,
            limited_by=seen.limited_by if is_less else codes.BY_PERMIT,
            phases=self._phases,
            temperature_c=seen.temperature_c,
            stop_reason=self.stop_reason,
            stop_count=self.stop_count,
            closing_count=self.closing_count,
            under_load_count=0,
            refused_count=0,
            faults=faults,
            closings=self.closings,
            under_load=self.under_load,
            line=dict(line),
        )

    def _count(self, seen: Seen, is_faulted: bool, why_not: int) -> None:
        if seen.is_relay_on and not self._was_on:
            self.closing_count += 1
            self.closings += 1
            self.stop_reason = codes.NO_STOP
        elif self._was_on and not seen.is_relay_on:
            self.stop_count += 1
            self.stop_reason = _reason(seen, is_faulted, why_not)
        self._was_on = seen.is_relay_on


def sequence_of(seen: Seen, is_permitted: bool) -> int:
    """Return where ring 1 would be that shows what this board shows."""
    if seen.faults and not seen.is_relay_on:
        return codes.FAULTED
    if seen.is_relay_on:
        is_going_on = is_permitted and seen.offered_ma > 0
        return codes.CHARGING if is_going_on else codes.STOPPING
    if seen.pilot not in PLUGGED:
        return codes.IDLE
    return codes.OFFERED if seen.offered_ma > 0 else codes.CONNECTED


def _reason(seen: Seen, is_faulted: bool, why_not: int) -> int:
    if is_faulted:
        return codes.BY_FAULT
    if seen.pilot == codes.A:
        return codes.UNPLUGGED
    return codes.EV_PAUSED if why_not == codes.NO_STOP else why_not
