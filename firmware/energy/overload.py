"""Overload: the fuse at the mains is never exceeded by what the chargers draw.

What the house draws on a phase is what the mains meter shows there, less what the chargers drew
at that moment. A rise counts once it has lasted ``CONFIRM_S``, so that a charger's own ramp is
not taken for the house's; a fall counts ``FALL_S`` later. What comes and goes quicker than that,
such as a hob, heats a fuse by its root mean square, and counts by that. Sun is not counted on: a
cloud is quicker than a car. Nothing is raised quicker than ``RISE_A_S``. Pure.
"""

import math
from collections import deque
from dataclasses import dataclass

from ampkeeper.firmware.energy.mains import PHASES, Flow
from ampkeeper.firmware.energy.own import NOTHING, Currents, Draw

CONFIRM_S = 2.5  # with a reading each second and the tick of 0.5 s: a reaction within 5 s
FALL_S = 10.0
PULSES_S = 30.0  # over which what comes and goes counts, but for CONFIRM_S of its highest
RISE_A_S = 0.5
SEEN_MAX = 120
SILENT = "the mains meter is silent"
TELLING_A = 0.5  # by so much another phase must be fuller to be named


@dataclass(frozen=True, slots=True)
class FuseRules:
    """What is protected, and what holds while nobody knows what flows.

    ``stale_a``: 0 or 6 to 80, all chargers together, from ``hold_s`` after the last reading.
    """

    fuse_a: float
    margin_a: float = 1.0
    hold_s: float = 15.0
    stale_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Room:
    """What all chargers together may draw on each phase of the mains, and why."""

    current_a: Currents
    reason: str
    detail: str = ""
    is_blind: bool = False

    @property
    def least_a(self) -> float:
        """What they may draw on the fullest phase."""
        return min(self.current_a)


class Overload:
    """The room that house and fuse leave."""

    def __init__(self, rules: FuseRules) -> None:
        self.rules = rules
        self._houses: deque[tuple[float, Currents]] = deque(maxlen=SEEN_MAX)
        self._counted: deque[tuple[float, Currents]] = deque(maxlen=SEEN_MAX)
        self._pulses: deque[tuple[float, Currents]] = deque(maxlen=SEEN_MAX)
        self._pulsing_a = NOTHING
        self._room_a = [rules.stale_a] * len(PHASES)
        self._risen_s: float | None = None  # None: nothing was ever known
        self._fullest = 0

    def see(self, flow: Flow, draw: Draw | None) -> None:
        """The mains meter was read; ``draw``: what the chargers drew at that moment, if known.

        Where it is not known the house is taken to draw all of it. A total says nothing of phases.
        """
        if None in flow.current_a:
            return
        own_a = draw.current_a if draw is not None else NOTHING
        house = [max(0.0, (flow.current_a[phase] or 0.0) - own_a[phase]) for phase in PHASES]
        self._houses.append((flow.taken_s, (house[0], house[1], house[2])))
        while flow.taken_s - self._houses[0][0] > CONFIRM_S:
            self._houses.popleft()
        lasting = [min(one[phase] for _, one in self._houses) for phase in PHASES]
        self._counted.append((flow.taken_s, (lasting[0], lasting[1], lasting[2])))
        while flow.taken_s - self._counted[0][0] > FALL_S:
            self._counted.popleft()
        self._pulses.append(self._houses[-1])
        while flow.taken_s - self._pulses[0][0] > PULSES_S:
            self._pulses.popleft()
        first_a, second_a, third_a = (self._pulsing(phase) for phase in PHASES)
        self._pulsing_a = (first_a, second_a, third_a)

    def _pulsing(self, phase: int) -> float:
        """The root mean square of the house, without what may be a charger's own ramp."""
        lately = sorted(house_a[phase] for _, house_a in self._pulses)
        lasting = lately[: max(0, len(lately) - len(self._houses))]
        squares = math.fsum(current_a * current_a for current_a in lasting)
        return math.sqrt(squares / len(lasting)) if lasting else 0.0

    def room(self, now_s: float) -> Room:
        """What the chargers may draw now."""
        rules = self.rules
        if not self._houses or now_s - self._houses[-1][0] > rules.hold_s:
            return self.blind(now_s, SILENT)
        raise_a = math.inf  # the first reading of all: nothing to rise from
        if self._risen_s is not None:
            raise_a = RISE_A_S * max(0.0, now_s - self._risen_s)
        self._risen_s = now_s
        for phase in PHASES:
            lasting_a = max(counted_a[phase] for _, counted_a in self._counted)
            house_a = max(lasting_a, self._pulsing_a[phase])
            left_a = max(0.0, rules.fuse_a - rules.margin_a - house_a)
            self._room_a[phase] = min(left_a, self._room_a[phase] + raise_a)
        fullest = min(PHASES, key=lambda one: self._room_a[one])
        if self._room_a[fullest] < self._room_a[self._fullest] - TELLING_A:
            self._fullest = fullest
        detail = f"{self._room_a[self._fullest]:.1f} A left on L{self._fullest + 1}"
        return Room(self._room(), f"mains fuse of {rules.fuse_a:g} A", detail)

    def blind(self, now_s: float, why: str) -> Room:
        """Nobody knows what flows; what comes after rises from here."""
        stale_a = self.rules.stale_a
        self._room_a = [stale_a] * len(PHASES)
        self._risen_s = now_s if self._risen_s is not None else None
        self._houses.clear()
        self._counted.clear()
        self._pulses.clear()
        self._pulsing_a = NOTHING
        return Room(self._room(), why, is_blind=True)

    def _room(self) -> Currents:
        first_a, second_a, third_a = self._room_a
        return (first_a, second_a, third_a)
