"""Told: what ring 1 says besides STATUS, and that the station has not taken yet.

Host side. RESULT and TRACE carry the epoch of the last greeting and a counter, as orders do, so
one that the line repeats or brings late is not taken for a new one.
"""

from ampkeeper.hal.link.frame import one_more
from ampkeeper.hal.link.messages import RESULT, TRACE, Message

RESULTS_MAX = 64  # not taken yet; when full the oldest is dropped: all can be asked for again
PIECES_MAX = 512  # of a trace, not taken yet; when full the oldest is dropped, and asked again

Values = dict[str, int]


class Told:
    """Self-tests and pieces of a trace, oldest first; whoever takes them empties the lists."""

    def __init__(self) -> None:
        self.result = Message(RESULT)
        self.trace = Message(TRACE)
        self.results: list[Values] = []
        self.pieces: list[tuple[Values, bytes]] = []
        self.untimely_count = 0  # of another epoch
        self.stale_count = 0  # repeated or overtaken
        self.newest = 0  # counter, in this epoch
        self._epoch = 0

    def clear(self) -> None:
        """Forget all that was not taken."""
        self.results.clear()
        self.pieces.clear()

    def begin_epoch(self, epoch: int) -> None:
        """A greeting was answered."""
        self._epoch = epoch
        self.newest = 0

    def take_result(self) -> bool:
        """Keep what lies in ``result``, if it is news."""
        if not self._is_news(self.result.values):
            return False
        self.results.append(dict(self.result.values))
        del self.results[:-RESULTS_MAX]
        return True

    def take_piece(self) -> bool:
        """Keep what lies in ``trace``, if it is news."""
        if not self._is_news(self.trace.values):
            return False
        self.pieces.append((dict(self.trace.values), bytes(self.trace.raw)))
        del self.pieces[:-PIECES_MAX]
        return True

    def _is_news(self, values: Values) -> bool:
        if values["epoch"] != self._epoch:
            self.untimely_count = one_more(self.untimely_count)
            return False
        if values["counter"] <= self.newest:
            self.stale_count = one_more(self.stale_count)
            return False
        self.newest = values["counter"]
        return True
