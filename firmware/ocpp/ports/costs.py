"""What a dialect asks of whoever shows people what they pay."""

from decimal import Decimal
from typing import Protocol

from ampkeeper.firmware.prices import FinalCost, RunningCost, UserPrice, WallClock


class CostPort(Protocol):
    """Prices and costs, as the central system tells them. False: nobody can be shown that."""

    def clock(self) -> WallClock:
        """The clock on the wall."""

    def set_price(self, price: UserPrice) -> bool:
        """What a token pays."""

    def set_running(self, cost: RunningCost, text: str) -> bool:
        """What a running transaction costs so far; ``text`` is what was told, for the books."""

    def set_final(self, cost: FinalCost, text: str) -> bool:
        """What a transaction cost; it runs or was one of the last."""

    def tell_cost(self, tx_id: str, cost: Decimal) -> bool:
        """The same as ``set_running``, of which 2.x tells the sum alone."""
