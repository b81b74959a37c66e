"""Whole sessions on OCPP 2.1 with both strict central systems: no frame is ever refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.peers.strict_peer import SCRIPTS
from tests.conformance.peers.strict_rig import StrictRig, strict_rig
from tests.support.rig import CARD, OTHER_CARD

pytestmark = pytest.mark.process

SEND = 6
SAMPLE_S, ALIGNED_S = 2, 3  # of a clock that runs five times too fast


@pytest.fixture(params=SCRIPTS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StrictRig]:
    async with strict_rig(tmp_path / "charger", "2.1", package=request.param) as made:
        yield made


def has_send(rig: StrictRig) -> bool:
    """True once a frame of type 6 passed."""
    frames = (seen.parts for seen in rig.peer.record.frames)
    return any(isinstance(parts, list) and parts[0] == SEND for parts in frames)


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
    await rig.ended()
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


TARIFF = {
    "tariffId": "T1",
    "currency": "EUR",
    "energy": {
        "prices": [
            {"priceKwh": 9, "conditions": {"minPower": 100_000, "dayOfWeek": ["Monday"]}},
            {"priceKwh": 0.3},
        ],
        "taxRates": [{"type": "VAT", "tax": 20}],
    },
    "fixedFee": {"prices": [{"priceFixed": 1}]},
}
PERIOD = {"startPeriod": 0, "limit": 16}
DYNAMIC = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Dynamic",
    "dynUpdateInterval": 5,
    "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [PERIOD]}],
}
PRIORITY = DYNAMIC | {
    "id": 2,
    "chargingProfilePurpose": "PriorityCharging",
    "chargingProfileKind": "Relative",
}
del PRIORITY["dynUpdateInterval"]
WATCHED = {
    "value": 1,
    "type": "Periodic",
    "severity": 5,
    "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "Power"},
    "periodicEventStream": {"interval": 5},
}


async def test_what_2_1_adds_is_taken_word_by_word(tmp_path: Path) -> None:
    """Tariff and cost, a dynamic profile asked for, priority, a stream; `ocpp-rpc` looks at all."""
    async with strict_rig(tmp_path / "charger", "2.1") as rig:
        for action, payload in (
            ("SetDefaultTariff", {"evseId": 0, "tariff": TARIFF}),
            ("SetChargingProfile", {"evseId": 1, "chargingProfile": DYNAMIC}),
            ("SetChargingProfile", {"evseId": 1, "chargingProfile": PRIORITY}),
            ("GetTariffs", {"evseId": 1}),
            ("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}}),
            ("SetVariableMonitoring", {"setMonitoringData": [WATCHED]}),
        ):
            reply = await rig.peer.call(action, payload)
            assert reply.result is not None
            assert reply.status in ("Accepted", ""), (action, reply)
        await rig.charger.car(plugged=True)
        await rig.charger.swipe(CARD)
        await rig.peer.until_called("PullDynamicScheduleUpdate")
        await rig.charger.until("asked for", lambda evse: evse["limit_a"] == 10.0)
        await rig.peer.until("a transaction", lambda: bool(rig.transactions()))
        (running,) = rig.transactions()
        asked = {"transactionId": running.key, "activate": True}
        assert (await rig.peer.call("UsePriorityCharging", asked)).status == "Accepted"
        await rig.peer.until_called("NotifyPriorityCharging")
        await rig.charger.until("preferred", lambda evse: evse["limit_a"] == 16.0)
        await rig.peer.until("a stream", lambda: has_send(rig))
        await rig.charger.swipe(CARD)
        (transaction,) = await rig.over()
        start, end = transaction.told[0].payload, transaction.told[-1].payload
        assert start["transactionInfo"]["tariffId"] == "T1"
        cost = end["costDetails"]
        kwh = transaction.energy_wh / 1000
        assert cost["totalUsage"]["energy"] == transaction.energy_wh
        assert len(cost["chargingPeriods"]) == 1
        assert cost["totalCost"]["total"]["inclTax"] == pytest.approx(1 + kwh * 0.36)
