"""Progress: told in tenths, so that a long transfer is ten lines of a log and not a thousand."""

from collections.abc import Callable


class Tenths:
    """Call it as often as bytes move; ``tell`` hears the percent, each ten once."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._told = 0

    def __call__(self, count: int, of: int | None) -> None:
        if not of or of < 0:
            return
        tenths = min(10, count * 10 // of)
        if tenths > self._told:
            self._told = tenths
            self._tell(tenths * 10)
