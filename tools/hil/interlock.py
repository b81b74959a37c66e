"""Interlock: nothing is energised without a whole E-stop line, and nothing stays so; pure.

The line is a loop that is closed while all is well: pressed, cut and never wired look the same.
Once it was open, only a new run may energise: somebody has to look first.
"""

from collections.abc import Callable

from tools.hil.bench import InterlockError

LOOKS = 10  # the line has to be whole in so many looks before anything is switched


class Interlock:
    """``is_whole`` reads the rig's own E-stop line."""

    def __init__(self, is_whole: Callable[[], bool], name: str) -> None:
        self._is_whole = is_whole
        self._name = name
        self._has_tripped = False

    @property
    def has_tripped(self) -> bool:
        """The line was found open."""
        return self._has_tripped

    def trip(self) -> None:
        """The line was open, if only for a moment."""
        self._has_tripped = True

    def check(self) -> None:
        """Raise InterlockError if the line is open, or ever was."""
        if not self._is_whole():
            self.trip()
        if self._has_tripped:
            raise InterlockError(
                f"{self._name} is open: pressed, cut or not wired; "
                "close it and start anew; nothing is energised"
            )

    def prove(self) -> None:
        """Look several times; raise InterlockError if the line is open in any of them."""
        for _ in range(LOOKS):
            self.check()
