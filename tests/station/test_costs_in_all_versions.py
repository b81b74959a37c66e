"""What watchers see of prices and costs is the same in every version of OCPP."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import CARD, Bench
from tests.conformance.ocpp201.bench201 import Bench201

PRICE = "0.20 a kWh"
SETS = {"ocpp__keys__CustomDisplayCostAndPrice": "true"}
VENDOR = "org.openchargealliance.costmsg"


class Story16(Bench):
    """As OCPP 1.6 tells it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, **SETS)

    async def tell(self, message_id: str, **body: Any) -> None:
        data = json.dumps(body)
        asked = {"vendorId": VENDOR, "messageId": message_id, "data": data}
        assert await self.status_of("DataTransfer", asked) == "Accepted"

    async def whole(self) -> None:
        await self.tell("SetUserPrice", idToken=CARD, priceText=PRICE)
        await self.begin()
        number = int(self.told[-1].key)
        now = self.app.clock.now().isoformat()
        fields = {"transactionId": number, "timestamp": now, "meterValue": 0, "state": "Charging"}
        await self.tell("RunningCost", cost=1.25, **fields)
        await self.until(lambda: self.trace.of("running_cost") != [])
        self.swipe(CARD)
        await self.gone()
        await self.tell("FinalCost", transactionId=number, cost=2.5, priceText="")


class Story201(Bench201):
    """As OCPP 2.0.1 tells it."""

    async def whole(self) -> None:
        self.infos[CARD] = {"personalMessage": {"format": "UTF8", "content": PRICE}}
        self.prices.update({"Ended": 2.5})
        await self.energy_transfer_started()
        told = {"totalCost": 1.25, "transactionId": self.told[-1].key}
        assert await self.ask("CostUpdated", told) == {}
        await self.until(lambda: self.trace.of("running_cost") != [])
        await self.stop_authorized()


class Story21(Story201):
    """As OCPP 2.1 tells it."""

    version = "2.1"


@pytest.mark.parametrize("made", [Story16, Story201, Story21])
def test_watchers_see_the_same_of_prices_and_costs(
    made: type[Story16 | Story201], tmp_path: Path
) -> None:
    bench = made(tmp_path)

    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.whole()
            await bench.until(lambda: bench.trace.of("session_cost") != [])
            await bench.settle()
            (row,) = (await bench.app.api.answer("sessions", {}))["sessions"]
            assert (row["cost"]["total"], row["cost"]["is_final"]) == (2.5, True)
            assert row["cost"]["text"] == PRICE

    bench.play_lives(story())
    tx_id = bench.trace.of("running_cost")[0]["tx_id"]
    place = {"evse_id": 1, "tx_id": tx_id}
    assert bench.trace.of("tariff_message") == [{"text": PRICE}]
    assert bench.trace.of("running_cost") == [place | {"cost": 1.25, "state": "charging"}]
    final = {"cost": 2.5, "text": "", "qr_text": ""}
    assert bench.trace.of("session_cost") == [place | final]
