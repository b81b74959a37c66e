"""Grid line: what the contact of the grid operator's control box says. Pure.

A contact bounces, and a long wire picks up pulses: a level counts once it stayed. A line that
cannot be read says nothing; then ``grid_operator.py`` keeps or sets the cap.
"""

from typing import Protocol

SETTLE_S = 0.1


class Contact(Protocol):
    """One wired contact, as a board gives it."""

    def open(self) -> None:
        """Claim it; raise AbsentError if it cannot be had."""

    def is_made(self) -> bool:
        """As it is now, bounces and all; raise AbsentError if it is unknown."""

    def close(self) -> None:
        """Release; safe twice."""


class Settled:
    """A level that stayed for ``settle_s``. Feed it every look at the contact."""

    def __init__(self, settle_s: float = SETTLE_S) -> None:
        self._settle_s = settle_s
        self._level: bool | None = None  # as last told
        self._seen: bool | None = None
        self._since_s = 0.0

    def feed(self, is_made: bool, now_s: float) -> bool | None:
        """Take one look; return the level once when it is another, and the first."""
        if is_made != self._seen:
            self._seen, self._since_s = is_made, now_s
        if is_made == self._level or now_s - self._since_s < self._settle_s:
            return None
        self._level = is_made
        return is_made
