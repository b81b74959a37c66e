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
        self._seen_s: float | None = None  # when it was last there

    def tick(self, now_s: float, is_there: bool) -> None:
        """Take whether the condition is there now."""
        seen_s = self._seen_s
        if is_there:
            if not self._is_there and seen_s is not None and now_s < seen_s + AGAIN_S:
                self.is_held = True
            self._seen_s = now_s
        elif seen_s is not None and now_s >= seen_s + WELL_S:
            self.is_held = False
        self._is_there = is_there
