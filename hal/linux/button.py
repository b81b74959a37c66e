"""Button: one press out of a contact that bounces. Pure; ``now_s`` is the monotonic clock."""

from ampkeeper.hal.ports import Press

SETTLE_S = 0.05  # a contact bounces for less
LONG_S = 3.0


class Button:
    """Feed it the contact, every 20 to 50 ms.

    One that is made at the start is not believed before it was open once: it is stuck, or its
    wire is torn. A held one is one press.
    """

    def __init__(self) -> None:
        self._is_down = True  # as believed
        self._is_used = True  # this press was told, or is not to be
        self._changed_s: float | None = None  # since when the contact says otherwise
        self._down_s = 0.0

    def feed(self, is_down: bool, now_s: float) -> Press | None:
        """Take one look at the contact; return a press once."""
        if is_down == self._is_down:
            self._changed_s = None
            return self._held(now_s)
        if self._changed_s is None:
            self._changed_s = now_s
        if now_s - self._changed_s < SETTLE_S:
            return None
        self._is_down, begun_s, self._changed_s = is_down, self._changed_s, None
        if is_down:
            self._down_s, self._is_used = begun_s, False
            return None
        was_used, self._is_used = self._is_used, True
        return None if was_used else Press(is_long=False)

    def _held(self, now_s: float) -> Press | None:
        if not self._is_down or self._is_used or now_s - self._down_s < LONG_S:
            return None
        self._is_used = True
        return Press(is_long=True)
