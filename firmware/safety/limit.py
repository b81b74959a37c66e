"""Limit: the smallest of what board, cable, permit and temperature allow, and whose it is."""

from ampkeeper.firmware.safety.units import CURRENT_MA_MAX

BY_NOTHING, BY_BOARD, BY_CABLE, BY_PERMIT, BY_TEMPERATURE = range(5)


class Limit:
    """The limit in force. Of equal ones the first in the order above is named."""

    def __init__(self) -> None:
        self.limit_ma = 0
        self.safe_ma = 0  # without the permit: what hardware bears now
        self.by = BY_NOTHING

    def update(self, board_ma: int, cable_ma: int, permit_ma: int, temperature_ma: int) -> None:
        """Take the limits per phase; ``cable_ma`` 0 is no coded cable."""
        self.limit_ma = CURRENT_MA_MAX
        self.by = BY_NOTHING
        self._take(board_ma, BY_BOARD)
        if cable_ma > 0:
            self._take(cable_ma, BY_CABLE)
        self.safe_ma = min(self.limit_ma, temperature_ma)
        self._take(permit_ma, BY_PERMIT)
        self._take(temperature_ma, BY_TEMPERATURE)

    def _take(self, limit_ma: int, by: int) -> None:
        if limit_ma < self.limit_ma or self.by == BY_NOTHING:
            self.limit_ma = min(limit_ma, self.limit_ma)
            self.by = by
