"""Prices and costs by DataTransfer (OCA, "OCPP & California Pricing Requirements", 1.6).

Taken only where people are shown what they pay: CustomDisplayCostAndPrice.
"""

from typing import Any

from ampkeeper.firmware.ocpp.declared.prices import COSTS_SHOWN, LANGUAGE
from ampkeeper.firmware.ocpp.dialect import Answer, StationPort
from ampkeeper.firmware.ocpp.inner_json import BadTextError
from ampkeeper.firmware.ocpp.price_reading import (
    final_cost,
    read_object,
    running_cost,
    user_price,
)

COST_VENDOR = "org.openchargealliance.costmsg"


class Costs16:
    """SetUserPrice, RunningCost and FinalCost."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._takers = {
            "SetUserPrice": self._set_price,
            "RunningCost": self._set_running,
            "FinalCost": self._set_final,
        }

    def answer(self, message_id: str, data: Any) -> Answer | None:
        """The answer; what is refused has its reason in ``data``."""
        if not self._station.variable(COSTS_SHOWN):
            return None
        taker = self._takers.get(message_id)
        if taker is None:
            return Answer({"status": "UnknownMessageId"})
        try:
            is_taken = taker(data)
        except BadTextError as error:
            return Answer({"status": "Rejected", "data": str(error)})
        if not is_taken:
            return Answer({"status": "Rejected", "data": "no such transaction here"})
        return Answer({"status": "Accepted"})

    def _set_price(self, data: Any) -> bool:
        price = user_price(read_object(data), self._station.variable(LANGUAGE))
        return self._station.costs.set_price(price)

    def _set_running(self, data: Any) -> bool:
        costs = self._station.costs
        return costs.set_running(running_cost(read_object(data), costs.clock()), data)

    def _set_final(self, data: Any) -> bool:
        cost = final_cost(read_object(data), self._station.variable(LANGUAGE))
        return self._station.costs.set_final(cost, data)
