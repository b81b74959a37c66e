"""A card at the simulated payment terminal, by hand over the control API, as a whole process."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.rig import CAR, Rig, rig

pytestmark = pytest.mark.process

TERMINAL = "/v1/terminals/1"
SETS = ("tariff.per_session=1.0", "payment.terminal=true", "payment.hold=20")
WAIT_S = 60.0


async def hold_of(made: Rig, state: str) -> dict[str, Any]:
    """The one hold of the bank, once it is so."""
    async with asyncio.timeout(WAIT_S):
        while True:
            told = await made.charger.ask("GET", TERMINAL)
            if [one["state"] for one in told["holds"]] == [state]:
                return dict(told["holds"][0])
            await asyncio.sleep(0.1)


async def test_money_is_held_then_taken_and_the_rest_goes_back(tmp_path: Path) -> None:
    async with rig(tmp_path, "2.0.1", SETS) as made:
        await made.charger.ask("PATCH", TERMINAL, {"answers_after_s": 0.5})
        await made.charger.car(plugged=True, **CAR)
        await made.charger.ask("POST", f"{TERMINAL}/card", {"card": "PAN-1"})
        assert (await hold_of(made, "held"))["held"] == 2_000
        await made.charger.until_status("Charging")
        await made.charger.ask("PATCH", TERMINAL, {"answers": False})
        await made.charger.car(plugged=False)
        assert (await hold_of(made, "captured"))["captured"] == 100
        await made.charger.ask("PATCH", TERMINAL, {"answers": True})


async def test_who_is_declined_has_nothing_held_and_who_does_not_come_gets_it_back(
    tmp_path: Path,
) -> None:
    sets = (*SETS, "ocpp.variables.TxCtrlr.EVConnectionTimeOut=10")
    async with rig(tmp_path, "2.0.1", sets) as made:
        declined = {"card": "PAN-2", "declined": True}
        await made.charger.ask("POST", f"{TERMINAL}/card", declined)
        await made.charger.ask("POST", f"{TERMINAL}/card", {"card": "PAN-3"})
        await hold_of(made, "held")
        assert (await hold_of(made, "released"))["captured"] == 0
