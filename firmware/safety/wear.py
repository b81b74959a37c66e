"""Wear: how often the contactor has closed since ever, and opened under load.

Warns at 30,000 closings and refuses at 50,000 (section 5.3 of the requirements, YETI). Ring 1
forgets with its power: the station keeps the counts, REQ-CNT-03, and gives them back after boot.
"""

from ampkeeper.firmware.safety.units import COUNT_MAX, const

_WORN = const(30_000)
_SPENT = const(50_000)


class Wear:
    """The counts of one contactor."""

    def __init__(self) -> None:
        self.closings = 0
        self.under_load = 0
        self._coil = 0

    def tick(self, coil: int) -> None:
        """Take whether the coil is driven."""
        if coil and not self._coil:
            self.closings = min(self.closings + 1, COUNT_MAX)
        self._coil = coil

    def note_under_load(self) -> None:
        """The contactor opened while the car still drew current."""
        self.under_load = min(self.under_load + 1, COUNT_MAX)

    def restore(self, closings: int, under_load: int) -> None:
        """Take counts that the station kept; a count only grows."""
        self.closings = min(max(self.closings, closings), COUNT_MAX)
        self.under_load = min(max(self.under_load, under_load), COUNT_MAX)

    def renew(self) -> None:
        """Count from 0: a person replaced the contactor."""
        self.closings = 0
        self.under_load = 0

    def is_worn(self) -> bool:
        """Tell whether the contactor should be replaced soon."""
        return self.closings >= _WORN

    def is_spent(self) -> bool:
        """Tell whether the contactor must be replaced."""
        return self.closings >= _SPENT
