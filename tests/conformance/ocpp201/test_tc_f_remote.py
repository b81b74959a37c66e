"""Cases of certification, F: remote start and stop, unlocking, triggers."""

import asyncio
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, EVSE_1, PLUG_1, Bench201, central

LOCKED = {"evseId": 1, "connectorId": 1}


async def charging_remotely(made: Bench201) -> None:
    """Energy flows; the start names the request and its token."""
    await made.charging()
    await made.until(lambda: "Charging" in made.states())
    started = made.events("Started")[-1]
    assert started["triggerReason"] == "RemoteStart"
    assert started["transactionInfo"]["remoteStartId"] == 7
    assert started["idToken"] == central(CARD)
    assert started["evse"] == {"id": 1, "connectorId": 1}
    await made.stop_authorized()
    await made.settle()


def test_tc_f_01_the_plug_comes_before_the_remote_start(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.ev_connected()
        assert await made.remote_start() == "Accepted"
        await charging_remotely(made)

    bench.play(case)
    bench.check()


@pytest.mark.parametrize("is_asked", [True, False])
def test_tc_f_02_and_tc_f_03_the_remote_start_comes_before_the_plug(
    bench: Bench201, is_asked: bool
) -> None:
    """AuthorizeRemoteStart: the token is authorised first, or not."""

    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__AuthorizeRemoteStart=is_asked)
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Occupied")
        assert made.calls("Authorize") == ([{"idToken": central(CARD)}] if is_asked else [])
        await made.ev_connected()
        await charging_remotely(made)

    bench.play(case)
    bench.check()


def test_tc_f_04_without_a_plug_the_remote_start_runs_out(bench: Bench201) -> None:
    """No transaction has begun (TxStartPoint): its end falls away."""

    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__EVConnectionTimeOut=3)
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Occupied")
        await made.wait_status("Available", 5)
        assert made.events() == []
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Occupied")
        await made.wait_status("Available", 5)

    bench.play(case)


def test_tc_f_05_in_a_transaction_nothing_is_unlocked(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await made.status_of("UnlockConnector", LOCKED) == "OngoingAuthorizedTransaction"
        await asyncio.sleep(1)
        assert made.car.contactor.is_closed
        await made.over()

    bench.play(case)
    bench.check()


@pytest.mark.parametrize("has_cable", [True, False])
def test_tc_f_07_a_connector_without_a_transaction_is_unlocked(
    bench: Bench201, has_cable: bool
) -> None:
    async def case(made: Bench201) -> None:
        if has_cable:
            await made.ev_connected()
        assert await made.status_of("UnlockConnector", LOCKED) == "Unlocked"

    bench.play(case)


def test_tc_f_10_a_connector_that_is_none_is_not_unlocked(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        asked = LOCKED | {"connectorId": 999}
        assert await made.status_of("UnlockConnector", asked) == "UnknownConnector"

    bench.play(case)


def test_tc_f_08_a_remote_stop_ends_the_transaction(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["triggerReason"] == "RemoteStop"
        assert ended["transactionInfo"]["stoppedReason"] == "Remote"
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_f_09_a_remote_stop_of_another_transaction_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        other = {"transactionId": "no-such-transaction"}
        assert await made.status_of("RequestStopTransaction", other) == "Rejected"
        await asyncio.sleep(1)
        assert made.events("Ended") == []
        await made.over()

    bench.play(case)
    bench.check()


def contexts(payload: dict[str, Any]) -> set[str]:
    return {value["context"] for row in payload["meterValue"] for value in row["sampledValue"]}


@pytest.mark.parametrize("place", [EVSE_1, {}])
def test_tc_f_11_and_tc_f_12_meter_values_are_told_when_asked(
    bench: Bench201, place: dict[str, Any]
) -> None:
    """Of one EVSE, and of all: there is one."""

    async def case(made: Bench201) -> None:
        assert await made.trigger("MeterValues", **place) == "Accepted"
        await made.until(lambda: made.calls("MeterValues") != [])
        (told,) = made.calls("MeterValues")
        assert told["evseId"] == 1
        assert contexts(told) == {"Trigger"}

    bench.play(case)


@pytest.mark.parametrize("place", [EVSE_1, {}])
def test_tc_f_13_and_tc_f_14_a_running_transaction_is_told_when_asked(
    bench: Bench201, place: dict[str, Any]
) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await made.trigger("TransactionEvent", **place) == "Accepted"
        await made.until(lambda: made.events()[-1]["triggerReason"] == "Trigger")
        told = made.events()[-1]
        assert told["evse"]["id"] == 1
        assert told["transactionInfo"]["chargingState"] == "Charging"
        assert contexts(told) == {"Trigger"}
        await made.over()

    bench.play(case)
    bench.check()


def test_tc_f_20_a_heartbeat_comes_when_asked(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        count = len(made.calls("Heartbeat"))
        assert await made.trigger("Heartbeat") == "Accepted"
        await made.until(lambda: len(made.calls("Heartbeat")) > count, 2)

    bench.play(case)


@pytest.mark.parametrize("is_plugged", [False, True])
def test_tc_f_23_and_tc_f_24_the_state_of_a_connector_is_told_when_asked(
    bench: Bench201, is_plugged: bool
) -> None:
    async def case(made: Bench201) -> None:
        if is_plugged:
            await made.ev_connected()
        mark = made.mark()
        assert await made.trigger("StatusNotification", **PLUG_1) == "Accepted"
        await made.until(lambda: made.since(mark, "StatusNotification") != [], 2)
        (told,) = made.since(mark, "StatusNotification")
        assert told["connectorStatus"] == ("Occupied" if is_plugged else "Available")
        assert (told["evseId"], told["connectorId"]) == (1, 1)

    bench.play(case)


def test_tc_f_26_an_accepted_station_does_not_boot_when_asked(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await made.trigger("BootNotification") == "Rejected"
        await asyncio.sleep(1)
        assert len(made.calls("BootNotification")) == 1

    bench.play(case)


def test_tc_f_27_a_message_that_it_cannot_send_is_not_implemented(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await made.trigger("SignCombinedCertificate") == "NotImplemented"

    bench.play(case)
