"""Whole sessions on OCPP 2.1 with both strict central systems: no frame is ever refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.peers.strict_peer import SCRIPTS
from tests.conformance.peers.strict_rig import StrictRig, strict_rig
from tests.support.rig import CARD, OTHER_CARD

pytestmark = pytest.mark.process

SAMPLE_S, ALIGNED_S = 2, 3  # of a clock that runs five times too fast


@pytest.fixture(params=SCRIPTS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StrictRig]:
    async with strict_rig(tmp_path / "charger", "2.1", package=request.param) as made:
        yield made


async def test_a_session_by_card_is_told_whole_though_the_link_is_lost(rig: StrictRig) -> None:
    await rig.peer.judge(**{OTHER_CARD: "Blocked"})
    await rig.sample_everything(SAMPLE_S, ALIGNED_S)
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(OTHER_CARD)
    await rig.peer.until_called("Authorize")
    await rig.charger.swipe(CARD)
    await rig.until_tx("three samples", lambda found: len(found.samples_wh) >= 3)
    await rig.charger.network(up=False)
    await rig.charging(10)
    await rig.charger.swipe(CARD)
    await rig.charger.until("it is over", lambda evse: evse["status"] == "Finishing")
    await rig.charger.network(up=True)
    (transaction,) = await rig.over()
    assert (transaction.reason, transaction.id_token) == ("Local", CARD)
    assert transaction.offline() == {False, True}
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")


async def test_a_session_from_afar_pauses_and_a_reset_ends_it(rig: StrictRig) -> None:
    assert (await rig.remote_start()).status == "Accepted"
    await rig.charger.car(plugged=True)
    await rig.charging()
    for message in ("Heartbeat", "StatusNotification", "MeterValues"):
        assert await rig.trigger(message, None if message == "Heartbeat" else 1) == "Accepted"
    await rig.limit_current(0)
    await rig.charger.until_status("SuspendedEVSE")
    await rig.limit_current(80)
    await rig.charger.until_status("Charging")
    assert await rig.unlock() == "OngoingAuthorizedTransaction"
    assert await rig.reset() == "Accepted"
    rig.peer.record.power_cut()  # what connects next has to register anew
    (transaction,) = await rig.over()
    assert (transaction.reason, transaction.id_token) == ("ImmediateReset", CARD)
    boot = await rig.peer.until_called("BootNotification", count=2)
    assert boot["reason"] == "RemoteReset"
