"""The central system is away while cars charge: nothing is lost, doubled or out of order."""

from pathlib import Path

import pytest

from tests.support.rig import CAR, CARD, OTHER_CARD, VERSIONS, rig
from tests.support.transactions import STOP, UPDATE

pytestmark = [pytest.mark.process, pytest.mark.parametrize("version", VERSIONS)]

SPEED = 20.0  # minutes of absence in seconds
AWAY_WH = 350  # 114 s of charging, which is ten samples and a bit


async def test_sessions_go_on_and_begin_while_it_is_away(tmp_path: Path, version: str) -> None:
    async with rig(tmp_path, version, speed=SPEED) as made:
        charger = made.charger
        before = await charger.evse()
        await charger.car(plugged=True, **CAR)
        await charger.swipe(CARD)
        evse = await charger.until_status("Charging")
        await charger.network(up=False)
        known = len(made.csms.record.frames)
        assert (await charger.state())["csms"]["link"] == "down"

        gone_wh = evse["energy_wh"] + AWAY_WH
        await charger.until("it charges on", lambda evse: evse["energy_wh"] >= gone_wh)
        await charger.swipe(CARD)
        await charger.until_status("Finishing")
        await charger.car(plugged=False)
        await charger.until_status("Available")

        await charger.swipe(OTHER_CARD)  # nobody can vouch for it
        await charger.car(plugged=True)
        await charger.until_status("Preparing")
        await charger.swipe(CARD)  # it was accepted before
        evse = await charger.until_status("Charging")
        await charger.until(
            "it charges again", lambda now: now["energy_wh"] >= evse["energy_wh"] + AWAY_WH
        )
        await charger.car(plugged=False)
        await charger.until_status("Available")
        assert len(made.csms.record.frames) == known, "nothing may pass a line that is cut"
        assert (await charger.state())["csms"]["queued"] > 10

        await charger.network(up=True)
        first, second = await made.over(2)
        await made.billed_is_metered(before, [first, second])
        assert (first.reason, second.reason) == ("Local", "EVDisconnected")
        assert [first.id_token, second.id_token] == [CARD, CARD]
        assert min(first.energy_wh, second.energy_wh) >= AWAY_WH
        for done in (first, second):
            kinds = [message.kind for message in done.told]
            assert kinds.count(UPDATE) >= 10
            assert kinds[-1] == STOP
        if version == "2.0.1":
            assert second.offline() == {True}
            assert not first.told[0].payload["offline"], "it began while the line was up"
            assert first.told[-1].payload["offline"]
        assert made.csms.record.statuses()[-1] == "Available"
