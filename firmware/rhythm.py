"""Rhythm: how often the station looks by itself, and how often it reads its meters.

On hardware it is steady. A board on which nothing can happen unseen may let it look less often,
for as long as it keeps what the looks would have kept: permits, and the knowledge of the meter.
"""

from typing import Protocol

TICK_S = 0.5  # a permit lives 2 s: three may be lost


class Rhythm(Protocol):
    """When to look next; times are those of the clock's ``now_s``."""

    def next_tick_s(self, ticked_s: float) -> float:
        """When the station is to look after the look at ``ticked_s``; asked after each event."""

    async def meter_due(self) -> None:
        """Wait until a meter that was left alone for its time is to be read again."""


class Steady:
    """The same for ever."""

    def next_tick_s(self, ticked_s: float) -> float:
        """Twice a second."""
        return ticked_s + TICK_S

    async def meter_due(self) -> None:
        """At once."""
