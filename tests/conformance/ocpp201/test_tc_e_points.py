"""Cases of certification, E: TxStartPoint and TxStopPoint other than PowerPathClosed."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.ocpp201.bench201 import CARD, LONG_S, Bench201, central, said

CABLE = {"evse__1__socket": "false"}


async def points(made: Bench201, start: str = "PowerPathClosed", stop: str = "") -> None:
    """Choose what begins and ends a transaction."""
    await made.configure(TxCtrlr__TxStartPoint=start)
    if stop:
        await made.configure(TxCtrlr__TxStopPoint=stop)


def test_tc_e_02_energy_begins_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, "EnergyTransfer")
        await made.authorized()
        await made.ev_connected(ready=False)
        await asyncio.sleep(8)
        assert made.events() == []
        made.car.change_car({"ready": True})
        await made.charging()
        started = await made.until_said("Started", "ChargingStateChanged", "Charging", None)
        assert started["idToken"] == central(CARD)
        assert started["evse"] == {"id": 1, "connectorId": 1}
        await made.over()

    bench.play_one(case)


def test_tc_e_09_a_car_begins_it_and_a_card_joins(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, "EVConnected")
        await made.ev_connected()
        started = await made.until_said("Started", "CablePluggedIn", "EVConnected", None)
        assert started["evse"] == {"id": 1, "connectorId": 1}
        assert "idToken" not in started
        await made.authorized()
        joined = await made.until_said("Updated", "Authorized", "EVConnected", None)
        assert joined["idToken"] == central(CARD)
        await made.charging()
        await made.over()

    bench.play_one(case)
    assert len(bench.events("Started")) == 1


def test_tc_e_10_a_card_begins_it_and_a_car_joins(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, "Authorized")
        await made.authorized()
        started = await made.until_said("Started", "Authorized", "Idle", None)
        assert started["idToken"] == central(CARD)
        await made.ev_connected()
        await made.until_said("Updated", "CablePluggedIn", "EVConnected", None)
        await made.charging()
        await made.over()

    bench.play_one(case)


def test_tc_e_13_a_remote_start_begins_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, "Authorized")
        assert await made.remote_start() == "Accepted"
        started = await made.until_said("Started", "RemoteStart", "Idle", None)
        assert started["idToken"] == central(CARD)
        assert started["transactionInfo"]["remoteStartId"] == 7
        await made.ev_connected()
        await made.charging()
        await made.over()

    bench.play_one(case)


def test_a_remote_start_joins_the_car_s_transaction_and_is_told_its_id(bench: Bench201) -> None:
    """F01.FR.13, F01.FR.19."""

    async def case(made: Bench201) -> None:
        await points(made, "EVConnected")
        await made.ev_connected()
        started = await made.until_said("Started", "CablePluggedIn", "EVConnected", None)
        token = {"idToken": central(CARD), "remoteStartId": 9, "evseId": 1}
        answer = await made.ask("RequestStartTransaction", token)
        tx_id = started["transactionInfo"]["transactionId"]
        assert answer == {"status": "Accepted", "transactionId": tx_id}
        joined = await made.until_said("Updated", "RemoteStart", "EVConnected", None)
        assert joined["transactionInfo"]["remoteStartId"] == 9
        assert joined["idToken"] == central(CARD)
        await made.charging()
        await made.over()

    bench.play_one(case)


def test_tc_e_39_a_card_that_began_it_and_no_plug_in_time_end_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, "Authorized", "Authorized")
        await made.configure(TxCtrlr__EVConnectionTimeOut=3)
        await made.authorized()
        await made.until_said("Ended", "EVConnectTimeout", "Idle", "Timeout")
        await made.ev_connected()
        await asyncio.sleep(3)
        assert not made.car.contactor.is_closed
        assert len(made.events("Started")) == 1

    bench.play_one(case)


@pytest.mark.parametrize("stop", ["Authorized", "EnergyTransfer"])
def test_tc_e_08_and_tc_e_15_a_card_that_stops_ends_it(bench: Bench201, stop: str) -> None:
    async def case(made: Bench201) -> None:
        await points(made, stop=stop)
        await made.energy_transfer_started()
        await made.stop_authorized()
        await made.until_said("Ended", "StopAuthorized", "EVConnected", "Local")
        await made.settle()

    bench.play_one(case)


def test_tc_e_21_a_remote_stop_ends_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, stop="Authorized")
        await made.energy_transfer_started()
        assert await made.remote_stop() == "Accepted"
        await made.until_said("Ended", "RemoteStop", "EVConnected", "Remote")
        await made.settle()

    bench.play_one(case)


def test_tc_e_22_a_car_that_takes_no_more_ends_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await points(made, stop="EnergyTransfer")
        await made.energy_transfer_started()
        await asyncio.sleep(2)
        made.car.change_car({"ready": False})
        await made.until_said("Ended", "ChargingStateChanged", "EVConnected", "StoppedByEV")
        made.car.change_car({"ready": True})
        await asyncio.sleep(5)
        assert not made.car.contactor.is_closed
        await made.settle()

    bench.play_one(case)


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_e_14_it_outlasts_the_authorisation_and_ends_with_the_plug(
    bench: Bench201, is_remote: bool
) -> None:
    """And meanwhile nobody else is let in: one transaction has one token."""

    async def case(made: Bench201) -> None:
        await points(made, stop="EVConnected")
        await made.energy_transfer_started()
        if is_remote:
            assert await made.remote_stop() == "Accepted"
        else:
            made.swipe(CARD)
        trigger = "RemoteStop" if is_remote else "StopAuthorized"
        await made.until_said("Updated", trigger, "EVConnected", None)
        assert not made.car.contactor.is_closed
        assert await made.remote_start() == "Rejected"
        await made.ev_disconnected()
        reason = "Remote" if is_remote else "Local"
        await made.until_said("Ended", "EVCommunicationLost", "Idle", reason)

    bench.play_one(case)


def test_tc_e_20_a_car_that_leaves_ends_it(tmp_path: Path) -> None:
    bench = Bench201(tmp_path, **CABLE)

    async def case(made: Bench201) -> None:
        await points(made, stop="EVConnected")
        await made.configure(TxCtrlr__StopTxOnEVSideDisconnect=False)
        await made.energy_transfer_started()
        made.car.change_car({"ready": False})
        await made.until(lambda: made.states()[-1] == "SuspendedEV")
        made.unplug()
        await made.until_said("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")
        await made.settle()

    bench.play_one(case)


@pytest.mark.parametrize("stop", ["Authorized", "EVConnected"])
def test_tc_e_17_and_tc_e_25_a_captive_cable_that_is_unplugged_ends_it(
    tmp_path: Path, stop: str
) -> None:
    bench = Bench201(tmp_path, **CABLE)

    async def case(made: Bench201) -> None:
        assert await made.value("OCPPCommCtrlr.UnlockOnEVSideDisconnect") == "false"
        await points(made, stop=stop)
        await made.energy_transfer_started()
        made.car.change_car({"ready": False})
        await made.until(lambda: made.states()[-1] == "SuspendedEV")
        await made.ev_disconnected()
        await made.until_said("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")

    bench.play_one(case)


def test_tc_e_26_a_cable_that_is_plugged_in_again_goes_on(tmp_path: Path) -> None:
    bench = Bench201(tmp_path, **CABLE)

    async def case(made: Bench201) -> None:
        await points(made, stop="Authorized")
        await made.configure(TxCtrlr__StopTxOnEVSideDisconnect=False)
        await made.energy_transfer_started()
        await asyncio.sleep(3)
        await made.ev_disconnected()
        await made.until_said("Updated", "EVCommunicationLost", "Idle", None)
        mark = made.mark()
        await made.ev_connected()
        await made.until_said("Updated", "CablePluggedIn", "EVConnected", None)
        await made.until(
            lambda: any(
                said(each) == ("Updated", "ChargingStateChanged", "Charging", None)
                for each in made.since(mark, "TransactionEvent")
            ),
            LONG_S,
        )
        await made.over()

    bench.play_one(case)


def test_tc_e_27_a_cable_that_is_not_plugged_in_again_in_time_ends_it(tmp_path: Path) -> None:
    bench = Bench201(tmp_path, **CABLE)

    async def case(made: Bench201) -> None:
        await points(made, stop="Authorized")
        await made.configure(TxCtrlr__StopTxOnEVSideDisconnect=False)
        await made.configure(TxCtrlr__EVConnectionTimeOut=4)
        await made.energy_transfer_started()
        await asyncio.sleep(3)
        await made.ev_disconnected()
        await made.until_said("Updated", "EVCommunicationLost", "Idle", None)
        await made.until_said("Ended", "EVConnectTimeout", "Idle", "Timeout")

    bench.play_one(case)


def test_a_token_that_is_refused_afterwards_pauses_what_only_the_plug_ends(
    bench: Bench201,
) -> None:
    """C15.FR.03, E05.FR.09: it is told, and no energy flows; the plug is its owner's."""

    async def case(made: Bench201) -> None:
        await points(made, stop="EVConnected")
        await made.configure(AuthCtrlr__LocalPreAuthorize=True, TxCtrlr__EVConnectionTimeOut=1)
        await made.authorized()  # and remembered
        await asyncio.sleep(0.5)
        await made.until(lambda: made.status() == "Available")
        await made.ev_connected()
        made.judge(CARD, "Invalid")
        made.swipe(CARD)
        await made.until_said("Updated", "Deauthorized", "EVConnected", None)
        assert not made.car.contactor.is_closed
        made.unplug()
        await made.until_said("Ended", "EVCommunicationLost", "Idle", "DeAuthorized")
        await made.settle()

    bench.play_one(case)


@pytest.mark.parametrize("name", ["ParkingBayOccupancy", "DataSigned", "Sunrise", ""])
def test_points_that_this_station_does_not_have_are_refused(bench: Bench201, name: str) -> None:
    """There is no sensor for the parking bay, and the meter does not sign."""

    async def case(made: Bench201) -> None:
        for variable in ("TxCtrlr.TxStartPoint", "TxCtrlr.TxStopPoint"):
            (result,) = await made.put({variable: name})
            assert result["attributeStatus"] == "Rejected"
            assert await made.value(variable) == "PowerPathClosed"
        (result,) = await made.put({"TxCtrlr.StopTxOnEVSideDisconnect": False})
        assert result["attributeStatus"] == "Rejected"  # a socket lets go of its plug

    bench.play(case)
