"""The code to pay by web: on page and screen while a place is free, another one all the time."""

import asyncio
from pathlib import Path

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.api import PaymentCode, for_guest
from tests.support.rig import CAR, CARD

WEB = "WebPaymentsCtrlr."
TEMPLATE = "https://pay.example/{chargingstationid}/{evse}?t={totp}&v={version}"
SETS = (
    ("authorise.tags", f'["{CARD}"]'),
    (f'ocpp.variables."{WEB}Enabled"', "true"),
    (f'ocpp.variables."{WEB}URLTemplate"', f'"{TEMPLATE}"'),
    (f'ocpp.variables."{WEB}ValidityTime"', "60"),
)


SECRET = {
    "attributeValue": "0123456789abcdef",
    "component": {"name": "WebPaymentsCtrlr"},
    "variable": {"name": "SharedSecret"},
}


def shown(made: VirtualCharger) -> PaymentCode | None:
    return for_guest(made.app.people.overview.read()).evses[0].payment_code


def test_a_free_place_shows_a_code_and_a_taken_one_does_not(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path, sets=(*SETS, ("ocpp.versions", '["2.1"]')))

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.app.csms.is_accepted)
            await made.csms.call("AK0001", "SetVariables", {"setVariableData": [SECRET]})
            await made.until(lambda: shown(made) is not None)
            first = shown(made)
            assert first is not None
            assert first.address.startswith("https://pay.example/AK0001/1?t=")
            assert first.path.startswith("M4 4h7")  # the first finder pattern
            await asyncio.sleep(61)
            second = shown(made)
            assert second is not None
            assert second.address != first.address
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            assert shown(made) is None

    run_virtual(play())
