"""Cases of certification, E: how transactions begin and end. TxStartPoint is PowerPathClosed."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, central, said


def test_tc_e_01_and_tc_e_04_the_card_comes_before_the_plug(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.authorized()
        assert made.calls("Authorize") == [{"idToken": central(CARD)}]
        await asyncio.sleep(1)
        assert made.events() == []
        await made.ev_connected()
        await made.charging()
        await made.until(lambda: "Charging" in made.states())
        started = made.events("Started")[0]
        assert started["triggerReason"] == "CablePluggedIn"
        assert started["idToken"] == central(CARD)
        assert started["evse"] == {"id": 1, "connectorId": 1}
        await made.stop_authorized()
        await made.ev_disconnected()

    bench.play(case)
    assert bench.statuses() == ["Available", "Occupied", "Available"]
    assert len(bench.check()) == 1


def test_tc_e_03_the_plug_comes_before_the_card(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert made.calls("Authorize") == [{"idToken": central(CARD)}]
        started = made.events("Started")[0]
        assert started["triggerReason"] == "Authorized"
        assert started["idToken"] == central(CARD)
        await made.over()

    bench.play_one(case)


def test_tc_e_05_without_a_plug_the_card_is_forgotten_and_another_session_can_begin(
    bench: Bench201,
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__EVConnectionTimeOut=2, AuthCacheCtrlr__Enabled=False)
        await made.authorized()
        await made.wait_status("Occupied")
        await made.wait_status("Available", 4)
        assert made.events() == []
        await made.authorized()
        await made.ev_connected()
        await made.charging()
        await made.over()

    bench.play_one(case)


def test_tc_e_39_a_plug_that_comes_too_late_starts_nothing(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(TxCtrlr__EVConnectionTimeOut=2)
        await made.authorized()
        await asyncio.sleep(3)
        await made.ev_connected()
        await asyncio.sleep(3)
        assert made.events() == []
        assert not made.car.contactor.is_closed

    bench.play(case)


def test_tc_e_38_a_car_that_is_not_ready_is_told_to_wait(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.authorized()
        await made.ev_connected(ready=False)
        await made.until(lambda: made.states()[-1:] == ["SuspendedEV"])
        assert made.events()[-1]["triggerReason"] == "ChargingStateChanged"
        await made.over()

    bench.play_one(case)


def test_tc_e_06_and_tc_e_07_the_same_card_ends_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        await made.stop_authorized()
        (ended,) = made.events("Ended")
        assert said(ended) == ("Ended", "StopAuthorized", "EVConnected", "Local")
        assert made.statuses()[-1] == "Occupied"
        await made.ev_disconnected()

    bench.play_one(case)
    assert len(bench.calls("Authorize")) == 1


def test_tc_e_35_a_remote_stop_opens_the_path(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        (ended,) = made.events("Ended")
        assert said(ended) == ("Ended", "RemoteStop", "EVConnected", "Remote")
        assert not made.car.contactor.is_closed
        await made.settle()

    bench.play_one(case)


def test_tc_e_24_and_tc_e_37_a_car_that_leaves_ends_it_and_the_socket_is_free(
    bench: Bench201,
) -> None:
    """StopTxOnEVSideDisconnect and UnlockOnEVSideDisconnect are both true here."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        await asyncio.sleep(1)
        made.car.change_car({"ready": False})
        await made.until(lambda: made.states()[-1] == "SuspendedEV")
        await made.ev_disconnected()
        await made.gone()
        (ended,) = made.events("Ended")
        assert said(ended) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")

    bench.play_one(case)


@pytest.mark.parametrize("is_running", [True, False])
def test_tc_e_28_tc_e_30_tc_e_32_and_tc_e_34_a_transaction_s_state_is_told(
    bench: Bench201, is_running: bool
) -> None:
    """Nothing is queued."""

    async def case(made: Bench201) -> None:
        unknown = await made.ask("GetTransactionStatus", {"transactionId": "nobody-s"})
        assert unknown == {"ongoingIndicator": False, "messagesInQueue": False}
        await made.energy_transfer_started()
        if not is_running:
            await made.stop_authorized()
            await made.ev_disconnected()
        told = await made.ask("GetTransactionStatus", {"transactionId": made.told[-1].key})
        assert told == {"ongoingIndicator": is_running, "messagesInQueue": False}
        assert await made.ask("GetTransactionStatus", {}) == {"messagesInQueue": False}
        if is_running:
            await made.stop_authorized()
            await made.settle()

    bench.play_one(case)


def test_tc_e_16_a_card_that_is_refused_afterwards_ends_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__LocalPreAuthorize=True, TxCtrlr__StopTxOnInvalidId=True)
        await made.configure(TxCtrlr__EVConnectionTimeOut=1)
        await made.authorized()  # and remembered
        await asyncio.sleep(0.5)
        await made.until(lambda: made.status() == "Available")
        await made.ev_connected()
        made.judge(CARD, "Invalid")
        made.swipe(CARD)
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["triggerReason"] == "Deauthorized"
        assert ended["transactionInfo"]["stoppedReason"] == "DeAuthorized"
        made.swipe(CARD)  # frees the plug
        await made.settle()

    bench.play_one(case)


def test_tc_e_17_a_captive_cable_that_is_unplugged_ends_it(tmp_path: Path) -> None:
    """UnlockOnEVSideDisconnect is false here."""
    bench = Bench201(tmp_path, evse__1__socket="false")

    async def case(made: Bench201) -> None:
        assert await made.value("OCPPCommCtrlr.UnlockOnEVSideDisconnect") == "false"
        await made.energy_transfer_started()
        await asyncio.sleep(1)
        await made.ev_disconnected()
        await made.gone()
        (ended,) = made.events("Ended")
        assert said(ended) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")

    bench.play_one(case)
