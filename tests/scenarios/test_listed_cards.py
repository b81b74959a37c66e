"""The local list over the whole way: sent, kept over a power cut, and good without a network."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.rig import CAR, CARD, OTHER_CARD, rig

pytestmark = pytest.mark.process


async def test_a_listed_card_charges_offline_after_a_power_cut(tmp_path: Path) -> None:
    async with rig(tmp_path, "1.6") as made:
        await made.registered()
        good: dict[str, Any] = {"idTag": CARD, "idTagInfo": {"status": "Accepted"}}
        bad = {"idTag": OTHER_CARD, "idTagInfo": {"status": "Blocked"}}
        whole = {"listVersion": 3, "updateType": "Full", "localAuthorizationList": [good, bad]}
        assert await made.call("SendLocalList", whole) == {"status": "Accepted"}
        assert await made.call("GetLocalListVersion", {}) == {"listVersion": 3}
        old = {"listVersion": 3, "updateType": "Differential"}
        assert await made.call("SendLocalList", old) == {"status": "VersionMismatch"}
        known = len(made.csms.record.lives)
        await made.cut()
        await made.charger.start()
        await made.reconnected(known)
        assert await made.call("GetLocalListVersion", {}) == {"listVersion": 3}
        await made.charger.network(up=False)
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(OTHER_CARD)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Charging")
        await made.charger.car(plugged=False)
        await made.charger.network(up=True)
        await made.over()
        starts = made.csms.record.calls("StartTransaction")
        assert [told["idTag"] for told in starts] == [CARD]
