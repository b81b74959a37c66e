"""Heat: temperatures move as metal does, not as somebody who sets them.

A sensor that leaps is broken, and the charger says so; so what the control API sets is where
the temperature goes, and this is how fast. Tenths of a degree, as converters give them.
"""

DC_PER_S = 90  # 9 K/s: the fastest that a screw terminal with a bad contact heats


class Heat:
    """One place's temperature; ``step`` it towards where it goes."""

    def __init__(self) -> None:
        self.dc: int | None = None  # unknown until the first step, which is there at once
        self._rest = 0

    def step(self, elapsed_ms: int, target_dc: int) -> int:
        """Let time pass; return what it is now."""
        if self.dc is None or self.dc == target_dc:
            self.dc = target_dc
            self._rest = 0
            return target_dc
        moved_dc, self._rest = divmod(self._rest + DC_PER_S * elapsed_ms, 1_000)
        if self.dc < target_dc:
            self.dc = min(target_dc, self.dc + moved_dc)
        else:
            self.dc = max(target_dc, self.dc - moved_dc)
        return self.dc
