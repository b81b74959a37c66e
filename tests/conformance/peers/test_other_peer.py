"""Whole sessions with a second strict central system, npm `ocpp-ws-io`: no frame is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.conformance.peers.strict_peer import SUBPROTOCOLS, StrictPeer
from tests.conformance.peers.strict_rig import StrictRig, strict_rig
from tests.support.rig import CARD, OTHER_CARD, VERSIONS

pytestmark = pytest.mark.process

SAMPLE_S, ALIGNED_S = 2, 3  # of a clock that runs five times too fast


@pytest.fixture(params=VERSIONS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StrictRig]:
    async with strict_rig(tmp_path / "charger", request.param, package="ocpp-ws-io") as made:
        yield made


async def test_a_session_by_card_is_told_whole_with_every_measurand(rig: StrictRig) -> None:
    await rig.sample_everything(SAMPLE_S, ALIGNED_S)
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.until_tx("five samples", lambda found: len(found.samples_wh) >= 5)
    await rig.charging(10)
    await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")
    assert (transaction.reason, transaction.id_token) == ("Local", CARD)


async def test_a_session_from_afar_with_triggers_and_a_reset(rig: StrictRig) -> None:
    assert (await rig.remote_start()).status == "Accepted"
    await rig.charger.car(plugged=True)
    await rig.charging()
    for message in ("Heartbeat", "StatusNotification", "MeterValues"):
        assert await rig.trigger(message, None if message == "Heartbeat" else 1) == "Accepted"
    assert (await rig.remote_stop()).status == "Accepted"
    (transaction,) = await rig.over()
    assert transaction.reason == "Remote"
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")
    assert await rig.reset() == "Accepted"
    rig.peer.record.power_cut()
    await rig.peer.until_called("BootNotification", count=2)
    await rig.charger.until_status("Available")


async def test_what_happened_offline_is_told_whole_afterwards(rig: StrictRig) -> None:
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    await rig.charger.network(up=False)
    await rig.charging(15)
    await rig.charger.swipe(CARD)
    await rig.ended()
    await rig.charger.network(up=True)
    await rig.over()


async def test_a_refused_card_starts_nothing(rig: StrictRig) -> None:
    await rig.peer.judge(**{OTHER_CARD: "Blocked"})
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(OTHER_CARD)
    await rig.peer.until_called("Authorize")
    await rig.charger.swipe(CARD)
    await rig.charging()
    await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()
    assert transaction.id_token == CARD


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_peer_complains_about_a_wrong_station(version: str) -> None:
    peer = StrictPeer(version, "ocpp-ws-io")
    try:
        await peer.start()
        offered = [Subprotocol(SUBPROTOCOLS[version])]
        async with connect(f"{peer.url}/AK0001", subprotocols=offered, proxy=None) as station:
            await station.send('[2,"a","Heartbeat",{"surplus":1}]')
            await peer.until("it complains", lambda: peer.violations != [])
    finally:
        await peer.stop()
