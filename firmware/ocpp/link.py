"""Link: what is known of the way to the central system, told as it is.

The task notes what happens; faces ask. A connection that was in vain is a failed attempt like any
other, so that a door behind which nobody sits is not run against for ever at the shortest wait:
nothing was heard on it, though it was brief or something waited for an answer. Times are
monotonic, and shown as ages, which no change of the clock bends.
"""

from dataclasses import dataclass

DOWN, TRYING, UP, CUT = range(4)  # CUT: we keep away ourselves
ERROR_CHARS_MAX = 300
BRIEF_S = 10.0  # a connection that ends sooner without a word was turned away
PONG_TIMEOUT_S = 20.0  # after a ping; longer than any mobile network's worst round trip


@dataclass(frozen=True, slots=True)
class LinkStory:
    """The link at one instant; ages and waits in seconds.

    ``failures``: attempts in a row that brought nothing. ``error``: why the last one failed, or
    the last connection ended; empty when nothing has failed since the link came up.
    """

    state: int
    since_s: float
    heard_s: float | None  # ago; None: never since start
    failures: int
    error: str
    next_attempt_s: float | None  # None: none is planned, or it is under way


class Link:
    """What has happened on the way to the central system."""

    def __init__(self, now_s: float) -> None:
        self.state = DOWN
        self.was_in_vain = False  # the last connection
        self._was_heard = False  # on the connection that is, or was last
        self._changed_s = now_s  # up since, or down since
        self._heard_s: float | None = None
        self._failures = 0
        self._error = ""
        self._next_s: float | None = None

    def tries(self) -> None:
        """An attempt begins; until it succeeds, the link is down as long as before."""
        self.state = TRYING
        self._next_s = None

    def opened(self, now_s: float) -> None:
        """A socket is open; whether anybody speaks through it is not known yet."""
        self.state = UP
        self._was_heard = False
        self._changed_s = now_s

    def heard(self, now_s: float) -> None:
        """A frame came."""
        self._was_heard = True
        self._heard_s = now_s
        self._failures = 0
        self._error = ""

    def ponged(self, now_s: float) -> None:
        """A pong came: the machine at the other end lives, which is not yet its central system."""
        self._heard_s = now_s

    def failed(self, reason: str) -> None:
        """An attempt came to nothing."""
        self._failures += 1
        self._error = reason[:ERROR_CHARS_MAX]
        self.state = DOWN

    def ended(self, reason: str, is_owed_answer: bool, now_s: float) -> None:
        """The connection is gone; ``is_owed_answer``: the peer had yet to answer something."""
        is_brief = now_s - self._changed_s < BRIEF_S
        self.was_in_vain = not self._was_heard and (is_brief or is_owed_answer)
        self._failures = self._failures + 1 if self.was_in_vain else 0
        self._error = reason[:ERROR_CHARS_MAX]
        self.state = DOWN
        self._changed_s = now_s

    def waits_until(self, next_s: float) -> None:
        """When the next attempt begins."""
        self._next_s = next_s

    def cut(self) -> None:
        """No attempt is made until we are told to."""
        self.state = CUT
        self._next_s = None

    def story(self, now_s: float) -> LinkStory:
        """The link as it is now."""
        wait_s = None
        if self.state == DOWN and self._next_s is not None:
            wait_s = max(0.0, self._next_s - now_s)
        return LinkStory(
            state=self.state,
            since_s=now_s - self._changed_s,
            heard_s=None if self._heard_s is None else now_s - self._heard_s,
            failures=self._failures,
            error=self._error,
            next_attempt_s=wait_s,
        )
