"""Cost triggers: when the central system wants a meter value, beside the regular ones.

Each of its words on the cost renews them. What is behind us already when it is asked for does not
fire: every meter value brings a new word, and the two would chase each other for ever. Pure.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ampkeeper.firmware.prices import Triggers

MARGIN = 0.05  # of a power: it has to be crossed by so much, or it would flicker


@dataclass(frozen=True, slots=True)
class Moment:
    """What is so now; ``power_w`` None: the meter does not say."""

    now: datetime
    energy_wh: int
    power_w: float | None
    state: str


@dataclass(slots=True)
class CostTriggers:
    """The triggers of one transaction."""

    triggers: Triggers = field(default_factory=Triggers)
    _waits_for_time: bool = False
    _waits_for_energy: bool = False
    _is_above: bool | None = None  # the power; None: not known
    _state: str = ""

    def renew(self, triggers: Triggers, moment: Moment) -> None:
        """From now on these."""
        if triggers.power_w != self.triggers.power_w:
            self._is_above = None
        self.triggers = triggers
        self._waits_for_time = not self._is_time(moment)
        self._waits_for_energy = not self._is_energy(moment)
        self._state = self._state or moment.state
        self._note_power(moment)

    def fires(self, moment: Moment) -> bool:
        """True if a meter value is due."""
        is_due = self._note_power(moment)
        if self._waits_for_time and self._is_time(moment):
            self._waits_for_time = False
            is_due = True
        if self._waits_for_energy and self._is_energy(moment):
            self._waits_for_energy = False
            is_due = True
        if moment.state != self._state:
            self._state = moment.state
            is_due = is_due or moment.state in self.triggers.states
        return is_due

    def _is_time(self, moment: Moment) -> bool:
        at = self.triggers.at
        return at is not None and moment.now >= at

    def _is_energy(self, moment: Moment) -> bool:
        energy_wh = self.triggers.energy_wh
        return energy_wh is not None and moment.energy_wh >= energy_wh

    def _note_power(self, moment: Moment) -> bool:
        """Note on which side the power is; True if it has changed sides."""
        threshold, power_w = self.triggers.power_w, moment.power_w
        if threshold is None or power_w is None:
            return False
        was_above, limit_w = self._is_above, float(threshold)
        if was_above is None:
            self._is_above = power_w >= limit_w
        elif was_above and power_w <= limit_w * (1 - MARGIN):
            self._is_above = False
        elif not was_above and power_w >= limit_w * (1 + MARGIN):
            self._is_above = True
        return was_above is not None and was_above != self._is_above
