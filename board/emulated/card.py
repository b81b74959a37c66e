"""Card: what lies on a reader's antenna, or what its keyboard line types.

A card is held until the reader has seen it and half a second more, as people do. The next one
waits until the reader has looked at the empty antenna once, so that each is a new presentation.
No clock: the world's loop tells the time that passed.
"""

from collections import deque

QUEUE_MAX = 16  # presentations that wait; a further one is refused
HELD_MS = 500  # after it has been seen
GIVE_UP_MS = 10_000  # a person goes away from a reader that does not see


class CardSlot:
    """The antenna of one reader, and the text line of a reader that yields text."""

    def __init__(self) -> None:
        self._cards: deque[bytes] = deque()
        self._texts: deque[str] = deque()
        self._held: bytes | None = None
        self._is_seen = False
        self._is_empty_seen = True
        self._held_ms = 0

    def present(self, uid: bytes) -> bool:
        """Hold a card to the reader; False when too many wait already."""
        if len(self._cards) >= QUEUE_MAX:
            return False
        self._cards.append(uid)
        self._next()
        return True

    def type_text(self, text: str) -> bool:
        """Let the reader yield ``text``; False when too many wait already."""
        if len(self._texts) >= QUEUE_MAX:
            return False
        self._texts.append(text)
        return True

    def look(self) -> bytes | None:
        """What the antenna sees now: a card's UID. The reader calls this at each poll."""
        if self._held is None:
            self._is_empty_seen = True
            self._next()
            return None
        if not self._is_seen:
            self._is_seen = True
            self._held_ms = 0
        return self._held

    def next_text(self) -> str | None:
        """The next text, once."""
        return self._texts.popleft() if self._texts else None

    def step(self, elapsed_ms: int) -> None:
        """Let time pass; take the card away when it has been held long enough."""
        if self._held is None:
            return
        self._held_ms += elapsed_ms
        if self._held_ms >= (HELD_MS if self._is_seen else GIVE_UP_MS):
            self._held = None
            self._is_empty_seen = False

    def _next(self) -> None:
        if self._held is None and self._is_empty_seen and self._cards:
            self._held = self._cards.popleft()
            self._is_seen = False
            self._held_ms = 0
