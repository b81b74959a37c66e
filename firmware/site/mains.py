"""Mains: what a meter in a circuit says, less what the chargers behind it measured. Pure.

The meter and the chargers are not read at the same moment, and a car that just changed would look
like a load besides. So a reading is looked at ``AFTER_S`` later, against the most that each
charger measured about then; of one that is silent, against what it measured last, as far as the
leader counts on that. Too little for a moment is made good by ``Others``, which lets a load
fall late. While cars still follow a load that began, what each measured about then tells too little
by as much as they changed, so as much is added, up to what meters may be apart. Less than what may
be fed in cannot be; if it stays so, the meter is turned round, or on other phases, and is not
believed for ``DOUBT_S``.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ampkeeper.firmware.site.circuits import PHASES, PerPhase, SiteRefused
from ampkeeper.firmware.site.roster import NOTHING_A, Roster

AFTER_S = 1.3  # a report a second, and how long it is on its way
BEFORE_S = 1.7  # what a report tells is as old, with a retry on its way
ROUGH_A, ROUGH_PART = 3.0, 0.05  # by which meters, not read at one moment, may be apart
OVER_A, OVER_PART = 0.5, 0.02  # above a fuse's rating: what meters may be wrong by
DOUBT_S = 900.0
DOUBTFUL_MIN = 3  # readings in a row that cannot be
LATELY_S = 10.0  # over which a load has to be the highest to have begun
RISING_S = 6.0  # from then on, until cars have followed (5 s)
KEPT_MAX = 16  # readings of a meter that were not looked at yet


@dataclass(frozen=True, slots=True)
class Load:
    """What flowed besides the chargers; ``doubt`` says why it cannot be so, where it cannot."""

    circuit: str
    read_s: float
    load_a: PerPhase
    doubt: str = ""


class Mains:
    """The meters of one site. Times are the leader's own."""

    def __init__(self, roster: Roster) -> None:
        self.over: set[str] = set()  # circuits whose newest reading is above the rating
        self._roster = roster
        self._read: dict[str, deque[tuple[float, PerPhase]]] = {}
        self._told: dict[str, deque[tuple[float, PerPhase]]] = {}
        self._worst_a: Mapping[str, PerPhase] = {}  # as of the newest reading
        self._doubted: dict[str, tuple[float, str]] = {}  # until when, and why
        self._lately: dict[str, deque[tuple[float, PerPhase]]] = {}  # loads that were seen
        self._rising_until_s: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}
        self._behind: dict[str, list[str]] = {name: [] for name in roster.tree.place}
        for seat in roster.seats.values():
            for place in roster.tree.path(seat.circuit):
                self._behind[roster.tree.circuits[place].name].append(seat.member)

    def read(
        self,
        circuit: str,
        meter_a: PerPhase,
        worst_a: Mapping[str, PerPhase],
        taken_s: float,
    ) -> PerPhase:
        """A reading: what flows besides at the least, as each charger takes ``worst_a`` at most.

        Where it is more than the fuse carries for the second time in a row, what each measured
        last counts instead: a car that just began was told by now. What is fed in is negative.
        SiteRefused for a circuit that is none, or for no numbers.
        """
        if circuit not in self._behind:
            raise SiteRefused(f"meter of circuit {circuit!r}: there is no such circuit")
        if not all(map(math.isfinite, meter_a)):
            raise SiteRefused(f"meter of circuit {circuit!r}: {meter_a} A are no currents")
        self._read.setdefault(circuit, deque(maxlen=KEPT_MAX)).append((taken_s, meter_a))
        was_over, is_over = circuit in self.over, self._is_over(circuit, meter_a)
        (self.over.add if is_over else self.over.discard)(circuit)
        rest = list(meter_a)
        for member in self._behind[circuit]:
            taken_a = worst_a[member]
            if is_over and was_over and member in self._told:
                taken_a = _least(self._told[member][-1][1], taken_a)
            for phase in PHASES:
                rest[phase] -= taken_a[phase]
        self._worst_a = worst_a
        return rest[0], rest[1], rest[2]

    def tell(self, member: str, measured_a: PerPhase, now_s: float) -> None:
        """What a charger measured, as far as it may be believed."""
        told = self._told.setdefault(member, deque())
        told.append((now_s, measured_a))
        while len(told) > 1 and now_s - told[0][0] > BEFORE_S + 2 * AFTER_S:
            told.popleft()

    def has_loads(self, now_s: float) -> bool:
        """True if a reading has become old enough to tell."""
        return any(each and now_s - each[0][0] >= AFTER_S for each in self._read.values())

    def loads(self, now_s: float) -> list[Load]:
        """What flowed, of all readings that are old enough to tell."""
        found = []
        for circuit, readings in self._read.items():
            while readings and now_s - readings[0][0] >= AFTER_S:
                found.append(self._load(circuit, *readings.popleft()))
        return found

    def _is_over(self, circuit: str, meter_a: PerPhase) -> bool:
        limit_a = self._roster.tree.circuits[self._roster.tree.place[circuit]].limit_a
        pairs = zip(meter_a, limit_a, strict=True)
        return any(shown_a > most_a + OVER_A + OVER_PART * most_a for shown_a, most_a in pairs)

    def _load(self, circuit: str, read_s: float, meter_a: PerPhase) -> Load:
        most, fewest, least = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        for member in self._behind[circuit]:
            told = self._told.get(member, deque())
            last = _least(told[-1][1], self._worst_a[member]) if told else NOTHING_A
            near = [load_a for at_s, load_a in told if -AFTER_S <= read_s - at_s <= BEFORE_S]
            is_between = bool(near) and told[-1][0] >= read_s  # else it may have ended since
            if not is_between:
                near = [*near, last]
            counted = max if is_between else min  # what was not told may have been less
            for phase in PHASES:
                most[phase] += counted(load_a[phase] for load_a in near)
                fewest[phase] += min(load_a[phase] for load_a in near)
                least[phase] += min(load_a[phase] for load_a in near) if is_between else 0.0
        load_a = meter_a[0] - most[0], meter_a[1] - most[1], meter_a[2] - most[2]
        doubt = self._doubt(circuit, read_s, meter_a, least)
        if self._is_rising(circuit, read_s, load_a):
            a, b, c = (
                min(shown_a - least_a, low_a + ROUGH_A)
                for shown_a, least_a, low_a in zip(meter_a, fewest, load_a, strict=True)
            )
            load_a = a, b, c
        return Load(circuit, read_s, load_a, doubt)

    def _is_rising(self, circuit: str, read_s: float, load_a: PerPhase) -> bool:
        """True from when a load began until the chargers have followed what is left for them."""
        lately = self._lately.setdefault(circuit, deque())
        while lately and read_s - lately[0][0] > LATELY_S:
            lately.popleft()
        highest = [max(each[phase] for _, each in lately) for phase in PHASES] if lately else load_a
        if any(now_a > before_a + ROUGH_A for now_a, before_a in zip(load_a, highest, strict=True)):
            self._rising_until_s[circuit] = read_s + RISING_S
        lately.append((read_s, load_a))
        return read_s < self._rising_until_s.get(circuit, -math.inf)

    def _doubt(
        self, circuit: str, read_s: float, meter_a: PerPhase, least_a: Sequence[float]
    ) -> str:
        words = self._impossible(circuit, meter_a, least_a)
        in_a_row = self._in_a_row.get(circuit, 0) + 1 if words else 0
        self._in_a_row[circuit] = in_a_row
        if in_a_row >= DOUBTFUL_MIN:
            self._doubted[circuit] = read_s + DOUBT_S, words
        until_s, why = self._doubted.get(circuit, (-math.inf, ""))
        return words or (why if read_s < until_s else "")

    def _impossible(self, circuit: str, meter_a: PerPhase, least_a: Sequence[float]) -> str:
        """Why a reading cannot be, in words."""
        fed_in_a = self._roster.fed_in_max_a.get(circuit, NOTHING_A)
        for phase in PHASES:
            taken_a = least_a[phase]
            rough_a = ROUGH_A + ROUGH_PART * taken_a
            if meter_a[phase] - taken_a < -fed_in_a[phase] - rough_a:
                return (
                    f"meter of circuit {circuit!r}: {meter_a[phase]:.1f} A on L{phase + 1}, where"
                    f" chargers take {taken_a:.1f} A, and {fed_in_a[phase]:.1f} A may be fed in"
                )
        return ""


def _least(a: PerPhase, b: PerPhase) -> PerPhase:
    return min(a[0], b[0]), min(a[1], b[1]), min(a[2], b[2])
