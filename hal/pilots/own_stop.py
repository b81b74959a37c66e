"""Own stop: what somebody stops at the bought board itself stays stopped. Pure.

The station's permit goes on standing then, and would start the charge again. So the stop holds
until the permit ends, the car leaves, or whoever stopped it starts it again there.
"""


class OwnStop:
    """Two ways: a button that only tells us, and a board that went to sleep by itself."""

    def __init__(self) -> None:
        self._is_ours = False  # by a press that the board told us of; we end the current
        self._is_theirs = False  # the board ended it

    @property
    def holds(self) -> bool:
        """Whether nothing may be offered."""
        return self._is_ours or self._is_theirs

    def pressed(self) -> None:
        """The button was pressed, and the board does nothing about it: stop, or go on."""
        self._is_ours = not self.holds
        self._is_theirs = False

    def seen(self, is_due: bool, is_told: bool, is_asleep: bool) -> None:
        """Take one look.

        ``is_due``: a permit stands and a car is there; ``is_told``: the board was told a current.
        """
        if not is_due:
            self._is_ours = self._is_theirs = False
        elif is_told and is_asleep:
            self._is_theirs = True
        elif not is_asleep:
            self._is_theirs = False
