"""Bus twin: what chips on an emulated SPI or I2C bus share: a bus that is taken, or gone."""

from collections.abc import Callable

from ampkeeper.board.emulated.virtual_time import loop_time_s
from ampkeeper.hal.errors import AbsentError

UNPLUGGED = "unplugged"  # the fault: neither bus nor chip is there


class BusTwin:
    """One chip at its place on a bus; ``fault`` is "ok", "unplugged", or one of the chip's own."""

    def __init__(self, name: str, now_s: Callable[[], float] | None) -> None:
        self.name = name
        self.fault = "ok"
        self._now_s = now_s or loop_time_s
        self._is_open = False

    def open(self) -> None:
        """The driver takes the bus."""
        if self.fault == UNPLUGGED:
            raise AbsentError(f"{self.name}: No such file or directory")
        self._is_open = True

    def close(self) -> None:
        """The driver lets it go; the chip goes on."""
        self._is_open = False

    def _require_bus(self) -> None:
        """Raise AbsentError unless the driver has the bus and the bus is there."""
        if self.fault == UNPLUGGED or not self._is_open:
            raise AbsentError(f"{self.name}: No such device")
