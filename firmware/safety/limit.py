"""Limit: the smallest current that anything allows, and whose it is. mA per phase."""

from ampkeeper.firmware.safety.units import CURRENT_MA_MAX

BY_NOTHING, BY_BOARD, BY_CABLE, BY_PERMIT, BY_TEMPERATURE, BY_METER, BY_CAR = range(7)


class Limit:
    """The limit in force. Of equal ones the first that was taken is named."""

    def __init__(self) -> None:
        self.limit_ma = 0
        self.safe_ma = 0  # without the permit: what hardware and car bear now
        self.by = BY_NOTHING

    def begin(self) -> None:
        """Forget all limits; then take each."""
        self.limit_ma = CURRENT_MA_MAX
        self.safe_ma = CURRENT_MA_MAX
        self.by = BY_NOTHING

    def take(self, limit_ma: int, by: int) -> None:
        """Take one limit."""
        if limit_ma < self.limit_ma or self.by == BY_NOTHING:
            self.limit_ma = min(limit_ma, self.limit_ma)
            self.by = by
        if by != BY_PERMIT:
            self.safe_ma = min(self.safe_ma, limit_ma)
