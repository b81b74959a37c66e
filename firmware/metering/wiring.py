"""Wiring: what is wrong with the conductors of a meter, told once when it shows, while it runs.

A reading in which the current changes is no proof, so a finding counts once it was there for
``SEEN`` readings in a row. It is told once: conductors are put right with the power off, and then
the watch begins anew. It never stops a charge. Pure.
"""

from ampkeeper.firmware.metering.phases import findings
from ampkeeper.hal.ports import MeterReading

SEEN = 10  # readings, one a second


class WiringWatch:
    """The watch over the conductors of one meter."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}  # for how many readings in a row
        self._told: set[str] = set()

    def feed(self, reading: MeterReading) -> list[str]:
        """Take a reading; return the findings that are to be told."""
        found = findings(reading)
        if not found and not self._seen:
            return []
        self._seen = {text: self._seen.get(text, 0) + 1 for text in found}
        news = [text for text in found if self._seen[text] >= SEEN and text not in self._told]
        self._told.update(news)
        return news
