"""A session that costs something: what is shown, what is asked for, and what survives a cut."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import CARD, Bench

VENDOR = "org.openchargealliance.costmsg"
SETS = {"ocpp__keys__CustomDisplayCostAndPrice": "true"}
ENERGY = "Energy.Active.Import.Register"


class CostBench(Bench):
    """The charger of one case, where people are shown what they pay."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, **SETS)

    async def tell(self, message_id: str, body: dict[str, Any]) -> str:
        """Send one; the status of the answer."""
        asked = {"vendorId": VENDOR, "messageId": message_id, "data": json.dumps(body)}
        return await self.status_of("DataTransfer", asked)

    def told_now(self, **fields: Any) -> dict[str, Any]:
        """RunningCost of the newest transaction, as of now."""
        now = self.app.clock.now()
        return {
            "transactionId": int(self.told[-1].key),
            "timestamp": now.isoformat(),
            "meterValue": self.register_wh,
            "cost": 1.0,
            "state": "Charging",
            "chargingPrice": {"kWhPrice": 20, "hourPrice": 0},
        } | fields

    @property
    def register_wh(self) -> int:
        latest = self.app.station.evses[1].register.latest()
        assert latest is not None
        return latest.energy_wh

    @property
    def cost(self) -> dict[str, Any]:
        """What is shown."""
        return dict(self.seen()["session"]["cost"])

    def asked_for(self, mark: int) -> list[list[dict[str, Any]]]:
        """The values of the samples that a price asked for."""
        rows = [row["meterValue"][0]["sampledValue"] for row in self.since(mark, "MeterValues")]
        return [row for row in rows if row[0]["context"] == "Other"]


@pytest.fixture
def bench(tmp_path: Path) -> CostBench:
    return CostBench(tmp_path)


def test_a_session_shows_its_price_its_cost_and_its_bill(bench: CostBench) -> None:
    async def case(made: CostBench) -> None:
        price = {"idToken": CARD, "priceText": "0.20 per kWh"}
        assert await made.tell("SetUserPrice", price) == "Accepted"
        await made.begin()
        await made.until(lambda: made.cost["text"] == "0.20 per kWh")
        assert made.cost["total"] is None
        assert await made.tell("RunningCost", made.told_now()) == "Accepted"
        await made.until(lambda: made.cost["total"] == 1.0)
        before_wh = made.register_wh
        await asyncio.sleep(20)
        counted = 1.0 + 20 * (made.register_wh - before_wh) / 1000
        assert made.cost["now"] == pytest.approx(counted, abs=0.1)
        assert counted > 1.5
        number = made.told_now()["transactionId"]
        made.swipe(CARD)
        await made.gone()
        final = {"transactionId": number, "cost": 3.31, "priceText": "$3.31"}
        assert await made.tell("FinalCost", final) == "Accepted"
        await asyncio.sleep(1)
        (row,) = (await made.app.api.answer("sessions", {}))["sessions"]
        assert (row["cost"]["total"], row["cost"]["is_final"]) == (3.31, True)
        kinds = [kind for _, kind, _ in made.trace.events]
        for kind in ("tariff_message", "running_cost", "session_cost"):
            assert kind in kinds

    bench.play(case)


def test_the_meter_is_told_when_the_price_wants_it(bench: CostBench) -> None:
    async def case(made: CostBench) -> None:
        await made.set_keys(MeterValueSampleInterval=0)
        await made.begin()
        await asyncio.sleep(5)
        mark = made.mark()
        soon = made.app.clock.now() + timedelta(seconds=10)
        wanted = {"atTime": soon.isoformat(), "atCPStatus": ["SuspendedEV"], "atPowerkW": 0.1}
        assert await made.tell("RunningCost", made.told_now(triggerMeterValue=wanted)) == "Accepted"
        await asyncio.sleep(9)
        assert made.asked_for(mark) == []
        await asyncio.sleep(3)
        assert [each["measurand"] for each in made.asked_for(mark)[0]][:2] == [
            ENERGY,
            "Power.Active.Import",
        ]
        made.car.change_car({"ready": False})
        await made.wait_status("SuspendedEV")
        await asyncio.sleep(5)
        told = len(made.asked_for(mark))
        assert told in (2, 3)  # the state, and the power if it fell a moment later
        await asyncio.sleep(30)
        assert len(made.asked_for(mark)) == told
        made.car.change_car({"ready": True})
        await made.wait_status("Charging")
        await asyncio.sleep(10)
        assert len(made.asked_for(mark)) == told + 1  # the power

    bench.play(case)


def test_the_energy_of_the_session_counts_not_the_register(bench: CostBench) -> None:
    async def case(made: CostBench) -> None:
        await made.set_keys(MeterValueSampleInterval=0)
        await made.begin()
        mark, begin_wh = made.mark(), made.app.station.evses[1].transaction.begin.reading.energy_wh
        wanted = {"atEnergykWh": 0.05}
        assert await made.tell("RunningCost", made.told_now(triggerMeterValue=wanted)) == "Accepted"
        await made.until(lambda: made.asked_for(mark) != [], 60)
        told_wh = int(made.asked_for(mark)[0][0]["value"])
        assert 50 <= told_wh - begin_wh <= 55

    bench.play(case)


def test_what_was_told_outlives_a_power_cut(bench: CostBench) -> None:
    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.begin()
            assert await bench.tell("RunningCost", bench.told_now(cost=5.5)) == "Accepted"
            await bench.until(lambda: bench.cost["total"] == 5.5)
            number = bench.told_now()["transactionId"]
        async with bench.running():
            await bench.until(lambda: bench.registered and bench.seen()["session"] is not None)
            await bench.until(lambda: bench.cost["now"] is not None)
            assert bench.cost["total"] == 5.5
            final = {"transactionId": number, "cost": 6.0, "priceText": ""}
            assert await bench.tell("FinalCost", final) == "Accepted"
            await bench.until(lambda: bench.cost["is_final"])
            await bench.settle()

    bench.play_lives(story())


def test_offline_the_default_price_counts(bench: CostBench) -> None:
    async def case(made: CostBench) -> None:
        price = {
            "priceText": "ask us",
            "priceTextOffline": "1 per session, 50 per kWh",
            "chargingPrice": {"kWhPrice": 50, "flatFee": 1},
        }
        await made.set_keys(DefaultPrice=json.dumps(price), LocalAuthorizeOffline=True)
        await made.set_keys(AllowOfflineTxForUnknownId=True)
        await made.lose(reconnects=False)
        made.plug(ready=True)
        await made.until(lambda: made.status() == "Preparing")
        made.swipe(CARD)
        await made.charging()
        await asyncio.sleep(20)
        cost, running = made.cost, made.app.station.evses[1].transaction
        taken_wh = made.register_wh - running.begin.reading.energy_wh
        assert cost["text"] == "1 per session, 50 per kWh"
        assert cost["now"] == pytest.approx(1 + 50 * taken_wh / 1000, abs=0.1)
        assert cost["total"] is None
        await made.back()
        await made.settle()

    bench.play(case)


def test_no_cost_is_taken_for_a_transaction_that_does_not_run(bench: CostBench) -> None:
    async def case(made: CostBench) -> None:
        body = {
            "transactionId": 99,
            "timestamp": datetime(2026, 11, 22, tzinfo=UTC).isoformat(),
            "meterValue": 0,
            "cost": 1,
            "state": "Charging",
        }
        assert await made.tell("RunningCost", body) == "Rejected"
        assert await made.tell("FinalCost", body) == "Rejected"

    bench.play(case)
