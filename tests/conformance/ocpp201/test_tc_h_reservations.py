"""Cases of certification, H and B: reservations."""

import asyncio

import pytest

from tests.conformance.ocpp201.bench201 import CARD, EVSE_1, Bench201, Payload, central
from tests.support.rig import CAR, OTHER_CARD

GROUP = {"groupIdToken": {"idToken": "FLEET", "type": "Central"}}
ANYWHERE: Payload = {"evseId": None}


async def reserve(made: Bench201, token: str = CARD, seconds: float = 60, **more: object) -> str:
    """Ask for EVSE 1, or what ``more`` says; None takes a field out."""
    asked = {"id": 5, "expiryDateTime": made.at(seconds), "idToken": central(token), "evseId": 1}
    wanted = {name: value for name, value in (asked | more).items() if value is not None}
    return await made.status_of("ReserveNow", wanted)


async def reserved(made: Bench201, **more: object) -> None:
    assert await reserve(made, **more) == "Accepted"
    await made.wait_status("Reserved")


async def used(made: Bench201, token: str = CARD) -> None:
    """The token charges, and the transaction names the reservation."""
    made.plug(**CAR)
    made.swipe(token)
    await made.charging()
    await made.until(lambda: made.events("Started") != [])
    assert made.events("Started")[0]["reservationId"] == 5


def test_tc_h_01_the_holder_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made)
        await used(made)

    bench.play(case)


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_h_02_a_stranger_does_not(bench: Bench201, is_remote: bool) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made)
        made.plug(**CAR)
        if is_remote:
            assert await made.remote_start(OTHER_CARD) == "Rejected"
            return
        made.swipe(OTHER_CARD)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        assert made.events() == []

    bench.play(case)


@pytest.mark.parametrize("where", [{}, ANYWHERE])
def test_tc_h_03_and_tc_h_09_what_is_reserved_is_occupied(bench: Bench201, where: Payload) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made)
        assert await reserve(made, OTHER_CARD, id=6, **where) == "Occupied"

    bench.play(case)


@pytest.mark.parametrize("where", [{}, ANYWHERE])
def test_tc_h_04_and_tc_h_10_where_a_car_is_it_is_occupied(bench: Bench201, where: Payload) -> None:
    async def case(made: Bench201) -> None:
        await made.ev_connected()
        assert await reserve(made, **where) == "Occupied"

    bench.play(case)


@pytest.mark.parametrize("where", [{}, ANYWHERE])
def test_tc_h_06_and_tc_h_12_out_of_service_it_is_unavailable(
    bench: Bench201, where: Payload
) -> None:
    async def case(made: Bench201) -> None:
        off = {"operationalStatus": "Inoperative"} | EVSE_1
        assert await made.status_of("ChangeAvailability", off) == "Accepted"
        await made.wait_status("Unavailable")
        assert await reserve(made, **where) == "Unavailable"

    bench.play(case)


def test_tc_h_07_unused_it_runs_out_and_is_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, seconds=5)
        await made.until(lambda: made.calls("ReservationStatusUpdate") != [])
        await made.wait_status("Available")
        assert made.calls("ReservationStatusUpdate") == [
            {"reservationId": 5, "reservationUpdateStatus": "Expired"}
        ]
        made.plug(**CAR)
        made.swipe(OTHER_CARD)
        await made.charging()

    bench.play(case)


def test_tc_h_22_switched_off_it_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(ReservationCtrlr__Enabled=False)
        assert await reserve(made) == "Rejected"

    bench.play(case)


def test_tc_h_23_the_same_id_replaces(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, token=OTHER_CARD)
        assert await reserve(made, CARD) == "Accepted"
        await used(made)

    bench.play(case)


@pytest.mark.parametrize("where", [{}, ANYWHERE])
def test_tc_h_19_and_tc_h_24_the_group_charges_too(bench: Bench201, where: Payload) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER_CARD, "Accepted", "FLEET")
        await reserved(made, **GROUP, **where)
        await used(made, OTHER_CARD)

    bench.play(case)


def test_tc_h_08_and_tc_h_14_as_many_as_there_are_can_be_reserved_anywhere(
    bench: Bench201,
) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, evseId=None)
        await used(made)

    bench.play(case)


def test_tc_h_15_a_connector_type_is_reserved(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, evseId=None, connectorType="sType2")
        await used(made)

    bench.play(case)


def test_tc_h_16_no_more_of_a_type_than_there_are(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, evseId=None, connectorType="sType2")
        again = await reserve(made, OTHER_CARD, id=6, evseId=None, connectorType="sType2")
        assert again == "Occupied"

    bench.play(case)


def test_tc_h_17_cancelled_anybody_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made)
        assert await made.status_of("CancelReservation", {"reservationId": 5}) == "Accepted"
        await made.wait_status("Available")
        made.plug(**CAR)
        made.swipe(OTHER_CARD)
        await made.charging()
        assert made.calls("ReservationStatusUpdate") == []

    bench.play(case)


def test_tc_h_18_what_is_not_reserved_is_not_cancelled(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await made.status_of("CancelReservation", {"reservationId": 5}) == "Rejected"

    bench.play(case)


def test_tc_h_21_out_of_service_it_is_removed(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made)
        off, on = ({"operationalStatus": name} | EVSE_1 for name in ("Inoperative", "Operative"))
        assert await made.status_of("ChangeAvailability", off) == "Accepted"
        await made.wait_status("Unavailable")
        await made.until(lambda: made.calls("ReservationStatusUpdate") != [])
        assert made.calls("ReservationStatusUpdate")[0]["reservationUpdateStatus"] == "Removed"
        assert await made.status_of("ChangeAvailability", on) == "Accepted"
        await made.wait_status("Available")
        made.plug(**CAR)
        made.swipe(OTHER_CARD)
        await made.charging()

    bench.play(case)


def test_tc_b_24_a_reservation_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await reserved(made, seconds=300)
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        await made.until(
            lambda: (
                made.since(mark, "StatusNotification")[-1:]
                and made.since(mark, "StatusNotification")[-1]["connectorStatus"] == "Reserved"
            )
        )
        await asyncio.sleep(0)

    bench.play(case)
