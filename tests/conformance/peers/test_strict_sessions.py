"""Whole sessions with a strict central system that nobody here wrote: no frame is ever refused."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.peers.strict_rig import MEASURED, StrictRig, strict_rig
from tests.support.rig import CARD, OTHER_CARD, VERSIONS
from tests.support.transactions import Transaction

pytestmark = pytest.mark.process

PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,4})?")
SAMPLE_S, ALIGNED_S = 2, 3  # of a clock that runs five times too fast


@pytest.fixture(params=VERSIONS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StrictRig]:
    async with strict_rig(tmp_path / "charger", request.param) as made:
        yield made


def sampled(payloads: list[dict[str, Any]], context: str) -> list[dict[str, Any]]:
    """Every sampled value of a context in these payloads."""
    return [
        value
        for payload in payloads
        for meter_value in payload.get("meterValue", payload.get("transactionData", []))
        for value in meter_value["sampledValue"]
        if value["context"] == context
    ]


def has_samples(count: int) -> Callable[[Transaction], bool]:
    """True once a transaction has so many."""
    return lambda transaction: len(transaction.samples_wh) >= count


async def test_a_session_by_card_is_told_whole_with_every_measurand(rig: StrictRig) -> None:
    before = await rig.charger.evse()
    await rig.sample_everything(SAMPLE_S, ALIGNED_S)
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.until_tx("five samples", has_samples(5))
    await rig.charging(10)
    await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")

    assert transaction.reason == "Local"
    assert transaction.id_token == CARD
    metered_wh = (await rig.charger.evse())["energy_wh"] - before["energy_wh"]
    assert abs(metered_wh - transaction.energy_wh) <= 1
    told = [message.payload for message in transaction.told]
    for context in ("Sample.Periodic", "Sample.Clock", "Transaction.Begin", "Transaction.End"):
        assert {value["measurand"] for value in sampled(told, context)} == MEASURED, context


async def test_a_session_from_afar_pauses_and_ends_as_told(rig: StrictRig) -> None:
    assert (await rig.remote_start()).status == "Accepted"
    await rig.charger.car(plugged=True)
    await rig.charging()
    await rig.charger.car(ready=False)
    await rig.charger.until_status("SuspendedEV")
    await rig.charger.car(ready=True)
    await rig.charger.until_status("Charging")
    await rig.limit_current(0)
    await rig.charger.until_status("SuspendedEVSE")
    await rig.limit_current(80)
    await rig.charger.until_status("Charging")
    assert (await rig.remote_stop()).status == "Accepted"
    (transaction,) = await rig.over()
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")

    assert transaction.reason == "Remote"
    assert transaction.id_token == CARD


async def test_unlocking_ends_a_session_in_1_6_and_is_refused_in_2_0_1(rig: StrictRig) -> None:
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    assert await rig.unlock() == ("Unlocked" if rig.is_16 else "OngoingAuthorizedTransaction")
    if not rig.is_16:
        await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()
    assert transaction.reason == ("UnlockCommand" if rig.is_16 else "Local")
    assert await rig.unlock() == "Unlocked"
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")


async def test_leaving_without_a_word_ends_a_session(rig: StrictRig) -> None:
    """The plug of a captive cable, or one that was not locked, can be pulled at any time."""
    await rig.charger.faults(lock_stuck=True)
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charger.faults(LockFailed=False)
    await rig.charging()
    await rig.charger.car(plugged=False)
    (transaction,) = await rig.over()
    assert transaction.reason == "EVDisconnected"


async def test_a_soft_reset_ends_the_session_first_and_then_restarts(rig: StrictRig) -> None:
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    assert await rig.reset() == "Accepted"
    rig.peer.record.power_cut()  # what connects next has to register anew
    (transaction,) = await rig.over()
    assert transaction.reason == ("SoftReset" if rig.is_16 else "ImmediateReset")
    boot = await rig.peer.until_called("BootNotification", count=2)
    assert rig.is_16 or boot["reason"] == "RemoteReset"
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Available")

    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    await rig.charger.swipe(CARD)
    await rig.over(2)


async def test_a_reset_on_idle_waits_for_the_end_of_the_session(tmp_path: Path) -> None:
    async with strict_rig(tmp_path / "charger", "2.0.1") as rig:
        await rig.charger.car(plugged=True)
        await rig.charger.swipe(CARD)
        await rig.charging()
        assert await rig.reset(waits=True) == "Scheduled"
        rig.peer.record.power_cut()
        await rig.charger.swipe(CARD)
        (transaction,) = await rig.over()
        assert transaction.reason == "Local"
        boot = await rig.peer.until_called("BootNotification", count=2)
        assert boot["reason"] == "ScheduledReset"
        await rig.charger.car(plugged=False)
        await rig.charger.until_status("Available")


async def test_awkward_numbers_are_plain_decimals_on_the_wire(rig: StrictRig) -> None:
    """What a real grid and a real car give: nothing is round, and one phase is missing."""
    await rig.sample_everything(SAMPLE_S, ALIGNED_S)
    grid = {"voltage_v": [229.87, 231.43, 0.04], "frequency_hz": 49.987}
    await rig.charger.ask("PATCH", "/v1/grid", grid)
    await rig.charger.ask("PATCH", "/v1/evses/1/meter", {"energy_wh": 16_777_217})
    await rig.charger.car(plugged=True, max_a=13.37, phases=2, soc_percent=96.7)
    await rig.charger.swipe(CARD)
    await rig.until_tx("three samples", has_samples(3))
    for shown_w in (-0.04, 2999.95, 0.1 + 0.2):
        await rig.charger.ask("PATCH", "/v1/evses/1/meter", {"power_w": shown_w})
        before = len(rig.transactions()[-1].samples_wh)
        await rig.until_tx("more samples", has_samples(before + 3))
    await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()

    told = [message.payload for message in transaction.told]
    values = [value["value"] for value in sampled(told, "Sample.Periodic")]
    awkward = [value for value in values if "." in str(value)]
    assert len(awkward) >= 10
    assert {type(value) for value in values} <= ({str} if rig.is_16 else {int, float})
    for value in values:
        assert PLAIN.fullmatch(str(value)), value


async def test_a_hard_reset_cuts_the_session_off_and_tells_its_end_later(tmp_path: Path) -> None:
    async with strict_rig(tmp_path / "charger", "1.6") as rig:
        await rig.charger.car(plugged=True)
        await rig.charger.swipe(CARD)
        await rig.charging()
        assert (await rig.peer.call("Reset", {"type": "Hard"})).status == "Accepted"
        rig.peer.record.power_cut()
        (transaction,) = await rig.over()
        assert transaction.reason == "HardReset"


async def test_what_happened_offline_is_told_whole_afterwards(rig: StrictRig) -> None:
    before = await rig.charger.evse()
    await rig.sample_everything(SAMPLE_S, ALIGNED_S)
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    await rig.charger.network(up=False)
    await rig.charging(20)
    await rig.charger.swipe(CARD)
    stopped = await rig.ended()
    await rig.charger.network(up=True)
    (transaction,) = await rig.over()
    assert abs(stopped["energy_wh"] - before["energy_wh"] - transaction.energy_wh) <= 1
    marks = [message.payload.get("offline") for message in transaction.told]
    assert rig.is_16 or (marks[0] is False and marks[-1] is True)


@pytest.mark.parametrize("version", VERSIONS)
async def test_of_two_versions_the_central_system_chooses(tmp_path: Path, version: str) -> None:
    async with strict_rig(tmp_path / "charger", version, offered=("2.0.1", "1.6")) as rig:
        assert (await rig.charger.state())["csms"]["ocpp"] == version


async def test_a_refused_card_starts_nothing(rig: StrictRig) -> None:
    await rig.peer.judge(**{OTHER_CARD: "Blocked"})
    await rig.charger.car(plugged=True)
    await rig.charger.until_status("Preparing")
    await rig.charger.swipe(OTHER_CARD)
    await rig.peer.until_called("Authorize")
    await rig.charger.swipe(CARD)
    await rig.charging()
    await rig.charger.swipe(CARD)
    (transaction,) = await rig.over()
    assert transaction.id_token == CARD


async def test_a_card_refused_at_the_start_ends_the_session(rig: StrictRig) -> None:
    await rig.charger.swipe(CARD)
    await rig.peer.until_called("Authorize")
    await rig.peer.judge(**{CARD: "Expired"})
    await rig.charger.car(plugged=True)
    (transaction,) = await rig.over()
    assert transaction.reason == "DeAuthorized"


async def test_what_is_out_of_service_finishes_first(rig: StrictRig) -> None:
    await rig.charger.car(plugged=True)
    await rig.charger.swipe(CARD)
    await rig.charging()
    assert await rig.change_availability("Inoperative") == "Scheduled"
    await rig.charger.swipe(CARD)
    await rig.over()
    await rig.charger.car(plugged=False)
    await rig.charger.until_status("Unavailable")
    assert (await rig.remote_start()).status == "Rejected"
    assert await rig.change_availability("Operative") == "Accepted"
    await rig.charger.until_status("Available")


async def test_data_goes_both_ways(rig: StrictRig) -> None:
    path = "/v1/data-transfer/com.example/Price"
    await rig.charger.ask("PUT", path, {"status": "Accepted", "data": "0.42"})
    payload = {"vendorId": "com.example", "messageId": "Price", "data": "now"}
    assert (await rig.peer.call("DataTransfer", payload)).result == {
        "status": "Accepted",
        "data": "0.42",
    }
    unknown = await rig.peer.call("DataTransfer", {"vendorId": "com.example.other"})
    assert unknown.status == "UnknownVendorId"
    body = {"vendorId": "com.example", "messageId": "Hello", "data": "wörld \U0001f50c"}
    answer = await rig.charger.ask("POST", "/v1/data-transfer", body)
    assert answer == {"status": "Accepted", "data": body["data"]}
