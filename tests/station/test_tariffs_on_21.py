"""Tariffs on OCPP 2.1 with a whole station: by default, with a token, offline, over a power cut."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.demo.csms import Frame, StationLink
from tests.conformance.ocpp16.bench16 import CARD
from tests.conformance.ocpp201.bench201 import Bench201, FamilyCsms201, Payload

DEFAULT = {
    "tariffId": "D1",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.3}], "taxRates": [{"type": "VAT", "tax": 20}]},
    "fixedFee": {"prices": [{"priceFixed": 1}]},
    "description": [{"format": "UTF8", "language": "en", "content": "0.36 a kWh"}],
}
OWN = {
    "tariffId": "M1",
    "currency": "EUR",
    "energy": {
        "prices": [
            {"priceKwh": 0.5, "conditions": {"maxEnergy": 100}},
            {"priceKwh": 0.1},
        ]
    },
}
BAD = OWN | {"tariffId": "B1", "currency": "eur"}
PROBLEM = "TariffCostCtrlr.Problem"
RUNNING = {"TariffCostCtrlr.Enabled[RunningCost]": True, "TariffCostCtrlr.Interval[Cost]": 20}


class TariffCsms(FamilyCsms201):
    """``own``: the tariffs that come with tokens."""

    own: dict[str, Payload]

    def _answer(self, link: StationLink, message_id: str, action: str, payload: Any) -> Frame:
        frame = super()._answer(link, message_id, action, payload)
        tariff = self.own.get((payload.get("idToken") or {}).get("idToken", ""))
        if frame[0] != 3 or action != "Authorize" or tariff is None:
            return frame
        return [*frame[:2], frame[2] | {"tariff": tariff}]


class Bench21(Bench201):
    """The charger of one case."""

    version = "2.1"
    kind = TariffCsms

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kind.own = self.own = {}

    async def set_default(self, tariff: Payload = DEFAULT) -> None:
        asked = {"evseId": 0, "tariff": tariff}
        assert await self.status_of("SetDefaultTariff", asked) == "Accepted"

    def ids(self) -> list[str | None]:
        """The tariffs that events told."""
        found = [each["transactionInfo"].get("tariffId") for each in self.calls("TransactionEvent")]
        return [each for each in found if each is not None]

    def details(self, kind: str) -> list[Payload]:
        """The costs that events of a type told."""
        events = [each for each in self.calls("TransactionEvent") if each["eventType"] == kind]
        return [each["costDetails"] for each in events if "costDetails" in each]


@pytest.fixture
def bench(tmp_path: Path) -> Bench21:
    return Bench21(tmp_path)


def test_the_default_tariff_is_shown_told_and_paid(bench: Bench21) -> None:
    """I07.FR.14, FR.32, I12.FR.01 to FR.03."""

    async def case(made: Bench21) -> None:
        await made.set_default()
        assert all(each["attributeStatus"] == "Accepted" for each in await made.put(RUNNING))
        await made.until(lambda: made.trace.of("display_message")[-1:] != [])
        assert made.trace.of("display_message")[-1]["text"] == "0.36 a kWh"
        await made.energy_transfer_started()
        await asyncio.sleep(70)
        await made.stop_authorized()
        await made.until(lambda: made.details("Ended") != [])
        assert made.ids() == ["D1"]
        running = made.details("Started") + made.details("Updated")
        assert len(running) >= 3
        assert all("chargingPeriods" not in each for each in running)
        totals = [each["totalCost"]["total"]["inclTax"] for each in running]
        assert totals == sorted(totals)
        (cost,) = made.details("Ended")
        (period,) = cost["chargingPeriods"]
        used_wh = cost["totalUsage"]["energy"]
        (transaction,) = made.told
        assert used_wh == transaction.energy_wh
        assert period["dimensions"][0] == {"type": "Energy", "volume": used_wh}
        paid = cost["totalCost"]["total"]["inclTax"]
        assert paid == pytest.approx(1 + used_wh * 0.36 / 1000, abs=1e-6)
        assert made.trace.of("session_cost")[-1]["cost"] == paid
        assert made.trace.of("running_cost") != []
        (row,) = (await made.app.api.answer("sessions", {}))["sessions"]
        assert (row["cost"]["tariff"], row["cost"]["now"]) == ("D1", paid)

    bench.play(case)


def test_a_tariff_of_ones_own_comes_with_the_card(bench: Bench21) -> None:
    """I08.FR.04, FR.22."""

    async def case(made: Bench21) -> None:
        await made.set_default()
        made.own[CARD] = OWN
        await made.energy_transfer_started()
        await made.until(lambda: made.ids() == ["M1"])
        rows = (await made.ask("GetTariffs", {"evseId": 0}))["tariffAssignments"]
        assert [row["tariffKind"] for row in rows] == ["DefaultTariff", "DriverTariff"]
        assert (rows[1]["idTokens"], rows[1]["evseIds"]) == ([CARD], [1])
        await made.until(lambda: made.seen()["session"]["energy_wh"] > 150, 120)
        await made.stop_authorized()
        await made.until(lambda: made.details("Ended") != [])
        (cost,) = made.details("Ended")
        first, second = cost["chargingPeriods"]
        assert first["dimensions"][0]["volume"] == 100
        expected = 0.05 + second["dimensions"][0]["volume"] * 0.1 / 1000
        assert cost["totalCost"]["total"]["inclTax"] == pytest.approx(expected, abs=1e-6)

    bench.play(case)


@pytest.mark.parametrize(
    ("handle", "ids"), [("UseDefaultTariff", ["D1"]), ("CentralCost", []), ("Deauthorize", None)]
)
def test_a_tariff_that_cannot_be_worked_out_is_a_problem(
    bench: Bench21, handle: str, ids: list[str] | None
) -> None:
    """I08.FR.30 to FR.33: an event tells it without a monitor."""

    async def case(made: Bench21) -> None:
        await made.set_default()
        await made.put({"TariffCostCtrlr.HandleFailedTariff[Tariff]": handle})
        made.own[CARD] = BAD
        await made.ev_connected()
        await made.authorized()
        await made.until(lambda: made.calls("NotifyEvent") != [])
        (event,) = made.calls("NotifyEvent")[-1]["eventData"]
        assert event["component"]["name"] == "TariffCostCtrlr"
        assert (event["variable"]["name"], event["actualValue"]) == ("Problem", "true")
        assert event["eventNotificationType"] == "HardWiredNotification"
        assert await made.value(PROBLEM) == "true"
        if ids is None:
            await asyncio.sleep(10)
            assert made.told == []
            return
        await made.charging()
        await made.until(lambda: made.told != [])
        assert made.ids() == ids

    bench.play(case)


def test_what_a_session_cost_is_told_late_as_it_was_then(bench: Bench21) -> None:
    """Offline at the end, and a power cut before it is told."""
    costs: list[float] = []

    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.set_default()
            await bench.energy_transfer_started()
            await bench.until(lambda: bench.seen()["session"]["energy_wh"] > 50, 120)
            await bench.lose(reconnects=False)
            bench.swipe(CARD)
            await bench.until(lambda: bench.trace.of("session_cost") != [])
            (shown,) = bench.trace.of("session_cost")
            costs.append(shown["cost"])
        async with bench.running():
            await bench.back()
            await bench.until(lambda: bench.details("Ended") != [], 300)
            (cost,) = bench.details("Ended")
            assert cost["totalCost"]["total"]["inclTax"] == costs[0]
            await bench.settle()

    bench.play_lives(story())


def test_a_session_that_a_power_cut_interrupts_is_paid_whole(bench: Bench21) -> None:
    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.set_default()
            await bench.energy_transfer_started()
            await bench.until(lambda: bench.seen()["session"]["energy_wh"] > 50, 120)
        async with bench.running():
            await bench.until(lambda: bench.registered and bench.status() == "Charging", 200)
            await bench.until(lambda: bench.seen()["session"]["energy_wh"] > 120, 200)
            await bench.stop_authorized()
            await bench.until(lambda: bench.details("Ended") != [])
            (cost,) = bench.details("Ended")
            assert cost["totalUsage"]["energy"] == bench.told[-1].energy_wh
            assert bench.ids() == ["D1"]
            await bench.settle()

    bench.play_lives(story())
