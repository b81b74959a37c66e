"""Card: what people hold to a reader or type on it, one after the other.

Each presentation lasts, and is followed by an empty field for as long as a reader needs to take
the next one for a new one, also of the same card. No clock: the world's loop tells the time.
"""

from collections import deque

QUEUE_MAX = 16  # presentations that wait; a further one is refused
HOLD_MS = 1_000  # a person holds a card for four polls of a reader
EMPTY_MS = 1_500  # readers take a card for the same one until it was gone for a second

Presentation = bytes | str  # a card's UID, or the text of a reader that yields text


class CardSlot:
    """The people in front of one reader."""

    def __init__(self, hold_ms: int = HOLD_MS) -> None:
        self.hold_ms = hold_ms
        self._waiting: deque[Presentation] = deque()
        self._busy_ms = 0

    def present(self, presentation: Presentation) -> bool:
        """Queue up; False when too many wait already."""
        if len(self._waiting) >= QUEUE_MAX:
            return False
        self._waiting.append(presentation)
        return True

    def step(self, elapsed_ms: int) -> Presentation | None:
        """Let time pass; return what is presented from now on for ``hold_ms``."""
        self._busy_ms = max(0, self._busy_ms - elapsed_ms)
        if self._busy_ms > 0 or not self._waiting:
            return None
        self._busy_ms = self.hold_ms + EMPTY_MS
        return self._waiting.popleft()
