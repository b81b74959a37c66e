"""Cost desk: where the central system's words on prices and costs arrive."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial

from ampkeeper.firmware.prices import FinalCost, RunningCost, UserPrice, WallClock
from ampkeeper.firmware.station.costs import Costs
from ampkeeper.firmware.station.effects import Effects

Event = Callable[[datetime, float], Effects]


class CostDesk:
    """Implements ``CostPort``."""

    def __init__(self, costs: Costs, post: Callable[[Event], bool]) -> None:
        self._costs = costs
        self._post = post

    def clock(self) -> WallClock:
        return self._costs.shown.clock()

    def set_price(self, price: UserPrice) -> bool:
        return self._post(partial(self._costs.on_price, price))

    def set_running(self, cost: RunningCost, text: str) -> bool:
        tx_id = self._costs.tx_of(cost.csms_tx_id, is_running=True)
        return tx_id is not None and self._post(partial(self._costs.on_running, tx_id, cost, text))

    def tell_cost(self, tx_id: str, cost: Decimal) -> bool:
        return self._post(partial(self._costs.on_cost, tx_id, cost))

    def set_final(self, cost: FinalCost, text: str) -> bool:
        tx_id = self._costs.tx_of(cost.csms_tx_id, is_running=False)
        return tx_id is not None and self._post(partial(self._costs.on_final, tx_id, cost, text))
