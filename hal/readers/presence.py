"""Presence: tells a card that stays from one that is shown again.

A card is one presentation from the first time it is seen until the field has been empty for a
second; readers lose a card for a poll or two while it is held. While the reader itself is silent
nothing is known, and a card that is still there afterwards was not shown again.
Another card is a presentation at once. Phones make up another UID at each look (four bytes, the
first 0x08), so one random UID after another is taken as the same phone.
"""

EMPTY_S = 1.0  # the field was seen empty for this long: the card has been taken away
UNSEEN_S = 10.0  # not seen for this long, whatever the reason: nobody holds a card so long
RANDOM_PREFIX = "08"  # ISO/IEC 14443-3 section 6.5.4: RID
RANDOM_DIGITS = 8


def is_random(uid: str) -> bool:
    """Tell whether a card made this UID up, so that it names nobody."""
    return len(uid) == RANDOM_DIGITS and uid.startswith(RANDOM_PREFIX)


class Presence:
    """One reader's field."""

    def __init__(self, empty_s: float = EMPTY_S, unseen_s: float = UNSEEN_S) -> None:
        self._empty_s = empty_s
        self._unseen_s = unseen_s
        self._uid = ""
        self._seen_s = float("-inf")
        self._empty_since_s: float | None = None

    def see(self, uid: str, now_s: float) -> bool:
        """Take a card seen at ``now_s``; True if it is a new presentation."""
        is_same = uid == self._uid or (is_random(uid) and is_random(self._uid))
        is_new = not is_same or self._was_gone(now_s)
        self._uid = uid
        self._seen_s = now_s
        self._empty_since_s = None
        return is_new

    def see_nothing(self, now_s: float) -> None:
        """Take an empty field seen at ``now_s``."""
        if self._empty_since_s is None:
            self._empty_since_s = now_s

    def pass_unwatched(self, seconds: float) -> None:
        """Nobody looked for so long: what comes next does not prove that the card was away."""
        if seconds < UNSEEN_S:
            self._seen_s += seconds

    def _was_gone(self, now_s: float) -> bool:
        empty_since_s = now_s if self._empty_since_s is None else self._empty_since_s
        return now_s - empty_since_s >= self._empty_s or now_s - self._seen_s >= self._unseen_s
