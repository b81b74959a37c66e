"""Relapse: what came back within a minute is taken to be there until it was gone for ten.

A meter that fails only under load seems well as soon as the charge was stopped for it: without
this the permit would come and go three times a minute.
"""

AGAIN_S = 60.0  # came back sooner after it was gone: it had not really gone
WELL_S = 600.0  # gone for so long: it is over


class Relapse:
    """One condition over time."""

    def __init__(self) -> None:
        self.is_held = False
        self._is_there = False
        self._gone_s: float | None = None  # since when it is not there, if it ever was

    def tick(self, now_s: float, is_there: bool) -> None:
        """Take whether the condition is there now."""
        gone_s = self._gone_s
        if is_there:
            if gone_s is not None and now_s < gone_s + AGAIN_S:
                self.is_held = True
            self._gone_s = None
        elif self._is_there:
            self._gone_s = now_s
        elif gone_s is not None and now_s >= gone_s + WELL_S:
            self.is_held = False
        self._is_there = is_there
