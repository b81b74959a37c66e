"""Cases of certification, G: states of connectors, availability at three levels, heartbeats."""

import asyncio
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import EVSE_1, PLUG_1, Bench201

LEVELS: tuple[dict[str, Any], ...] = (EVSE_1, {}, PLUG_1)


async def change(made: Bench201, place: dict[str, Any], is_in_service: bool) -> str:
    word = "Operative" if is_in_service else "Inoperative"
    return await made.status_of("ChangeAvailability", {"operationalStatus": word} | place)


def test_tc_g_01_and_tc_g_02_a_plug_occupies_the_connector_while_it_is_there(
    bench: Bench201,
) -> None:
    async def case(made: Bench201) -> None:
        await made.ev_connected()
        await made.ev_disconnected()
        assert made.statuses() == ["Available", "Occupied", "Available"]
        told = made.calls("StatusNotification")
        assert {(each["evseId"], each["connectorId"]) for each in told} == {(1, 1)}

    bench.play(case)


@pytest.mark.parametrize("place", LEVELS)
def test_tc_g_03_tc_g_04_tc_g_05_tc_g_06_tc_g_07_and_tc_g_08_it_goes_out_of_service_and_back(
    bench: Bench201, place: dict[str, Any]
) -> None:
    """An EVSE, the station, a connector."""

    async def case(made: Bench201) -> None:
        assert await change(made, place, False) == "Accepted"
        await made.wait_status("Unavailable")
        assert await made.value("EVSE@1.AvailabilityState") == "Unavailable"
        assert await change(made, place, True) == "Accepted"
        await made.wait_status("Available")

    bench.play(case)
    assert bench.statuses() == ["Available", "Unavailable", "Available"]


@pytest.mark.parametrize("place", LEVELS)
@pytest.mark.parametrize("is_in_service", [True, False])
def test_tc_g_09_tc_g_10_tc_g_12_tc_g_13_tc_g_15_and_tc_g_16_what_is_so_already_is_accepted(
    bench: Bench201, place: dict[str, Any], is_in_service: bool
) -> None:
    async def case(made: Bench201) -> None:
        if not is_in_service:
            assert await change(made, place, False) == "Accepted"
            await made.wait_status("Unavailable")
        assert await change(made, place, is_in_service) == "Accepted"
        await asyncio.sleep(1)
        assert made.statuses()[-1] == ("Available" if is_in_service else "Unavailable")

    bench.play(case)


@pytest.mark.parametrize("place", LEVELS)
def test_tc_g_11_tc_g_14_and_tc_g_17_a_running_transaction_ends_first(
    bench: Bench201, place: dict[str, Any]
) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await change(made, place, False) == "Scheduled"
        await asyncio.sleep(2)
        assert made.states()[-1] == "Charging"
        assert made.statuses()[-1] == "Occupied"
        await made.stop_authorized()
        await made.wait_status("Unavailable")
        made.unplug()
        await made.until(lambda: not made.car.has_cable)

    bench.play_one(case)


@pytest.mark.parametrize("place", LEVELS)
def test_tc_g_18_tc_g_19_and_tc_g_21_out_of_service_lasts_over_a_restart(
    bench: Bench201, place: dict[str, Any]
) -> None:
    async def case(made: Bench201) -> None:
        assert await change(made, place, False) == "Accepted"
        await made.wait_status("Unavailable")
        mark = made.mark()
        assert await made.reset("Immediate") == "Accepted"
        await made.booted(mark, "RemoteReset")
        told = made.since(mark, "StatusNotification")
        assert {each["connectorStatus"] for each in told} == {"Unavailable"}

    bench.play(case)
