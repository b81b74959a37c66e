"""Cases of certification: the local list, and reservations."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp16.bench16 import CARD, FAMILY, OTHER, Bench
from tests.support.rig import CAR

GOOD: dict[str, Any] = {"idTag": CARD, "idTagInfo": {"status": "Accepted"}}
BAD: dict[str, Any] = {"idTag": OTHER, "idTagInfo": {"status": "Blocked"}}


async def send_list(made: Bench, version: int, kind: str, *rows: dict[str, Any]) -> str:
    told = {"listVersion": version, "updateType": kind, "localAuthorizationList": list(rows)}
    return await made.status_of("SendLocalList", told)


async def version(made: Bench) -> int:
    return int((await made.ask("GetLocalListVersion", {}))["listVersion"])


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_008_1_and_tc_008_2_a_listed_card_starts_without_a_question(
    bench: Bench, is_remote: bool
) -> None:
    """TC_008_1 by card, TC_008_2 from afar."""

    async def case(made: Bench) -> None:
        await made.set_keys(
            LocalPreAuthorize=True,
            AuthorizationCacheEnabled=False,
            LocalAuthListEnabled=True,
            AuthorizeRemoteTxRequests=True,
        )
        assert await send_list(made, 1, "Full", GOOD) == "Accepted"
        await made.ask_to_start(is_remote)
        await made.wait_status("Preparing")
        made.plug(**CAR)
        await made.wait_status("Charging")
        await made.end()

    bench.play(case)
    bench.check()
    assert bench.calls("Authorize") == []


def test_tc_042_1_without_a_list_its_version_is_minus_1(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalAuthListEnabled=False)
        assert await version(made) == -1

    bench.play(case)


def test_tc_042_2_the_version_of_an_empty_list_is_0(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await version(made) == 0

    bench.play(case)


def test_tc_043_a_list_is_taken_and_changed(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await send_list(made, 1, "Full", GOOD) == "Accepted"
        assert await version(made) == 1
        assert await send_list(made, 2, "Differential", BAD) == "Accepted"
        assert await version(made) == 2
        assert await send_list(made, 3, "Full") == "Accepted"
        assert await version(made) == 0  # nothing is on it (5.10)

    bench.play(case)


def test_tc_043_1_without_a_list_nothing_can_be_sent(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalAuthListEnabled=False)
        assert await send_list(made, 1, "Full", GOOD) == "NotSupported"

    bench.play(case)


def test_tc_043_2_a_change_of_another_version_is_a_mismatch(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await send_list(made, 5, "Full", GOOD) == "Accepted"
        assert await send_list(made, 5, "Differential", BAD) == "VersionMismatch"
        assert await send_list(made, 4, "Differential", BAD) == "VersionMismatch"
        assert await version(made) == 5

    bench.play(case)


def test_tc_043_3_a_list_that_cannot_be_kept_has_failed(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await send_list(made, 5, "Full", GOOD) == "Accepted"
        assert await send_list(made, 6, "Differential", BAD, BAD) == "Failed"
        assert await send_list(made, 0, "Full", GOOD) == "Failed"
        assert await version(made) == 5

    bench.play(case)


async def reserve(made: Bench, seconds: float = 600, **fields: Any) -> str:
    asked = {"connectorId": 1, "expiryDate": made.at(seconds), "idTag": CARD, "reservationId": 7}
    return await made.status_of("ReserveNow", asked | fields)


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_046_1_and_tc_046_2_a_reserved_connector_charges_its_holder(
    bench: Bench, is_remote: bool
) -> None:
    """TC_046_1 by card, TC_046_2 from afar."""

    async def case(made: Bench) -> None:
        assert await reserve(made) == "Accepted"
        await made.wait_status("Reserved")
        made.swipe(OTHER)
        await asyncio.sleep(5)
        assert made.statuses()[-1] == "Reserved"
        if is_remote:
            assert await made.remote_start(OTHER) == "Rejected"
            assert await made.remote_start(CARD) == "Accepted"
        else:
            made.swipe(CARD)
        await made.wait_status("Preparing")
        made.plug(**CAR)
        await made.wait_status("Charging")
        await made.end()

    bench.play(case)
    bench.check()
    (start,) = bench.calls("StartTransaction")
    assert (start["idTag"], start["reservationId"]) == (CARD, 7)


def test_tc_047_a_reservation_runs_out(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await reserve(made, 20) == "Accepted"
        await made.wait_status("Reserved")
        took_s = await made.until(lambda: made.statuses()[-1] == "Available", 30)
        assert took_s > 15
        made.swipe(OTHER)
        await made.wait_status("Preparing")

    bench.play(case)


@pytest.mark.parametrize("connector", [1, 0])
def test_tc_048_1_and_tc_050_1_what_is_faulted_cannot_be_reserved(
    bench: Bench, connector: int
) -> None:
    async def case(made: Bench) -> None:
        apply(made.world, made.car, {"emergency_stop": True})
        await made.wait_status("Faulted")
        assert await reserve(made, connectorId=connector) == "Faulted"

    bench.play(case)


@pytest.mark.parametrize("connector", [1, 0])
def test_tc_048_2_and_tc_050_2_what_is_occupied_cannot_be_reserved(
    bench: Bench, connector: int
) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await reserve(made, connectorId=connector) == "Occupied"

    bench.play(case)


@pytest.mark.parametrize("connector", [1, 0])
def test_tc_048_3_and_tc_050_3_what_is_unavailable_cannot_be_reserved(
    bench: Bench, connector: int
) -> None:
    async def case(made: Bench) -> None:
        asked = {"connectorId": connector, "type": "Inoperative"}
        assert await made.status_of("ChangeAvailability", asked) == "Accepted"
        await made.wait_status("Unavailable")
        assert await reserve(made, connectorId=connector) == "Unavailable"

    bench.play(case)


def test_tc_048_4_a_station_that_takes_no_reservations_rejects_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ocpp__variables='{"ReservationCtrlr.Enabled" = false}')

    async def case(made: Bench) -> None:
        assert await reserve(made) == "Rejected"
        assert "Reservation" not in str(await made.key("SupportedFeatureProfiles"))
        made.swipe(OTHER)
        await made.wait_status("Preparing")

    bench.play(case)


def test_tc_049_a_reserved_station_charges_its_holder(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await reserve(made, connectorId=0) == "Accepted"
        made.swipe(OTHER)
        await asyncio.sleep(5)
        made.swipe(CARD)
        made.plug(**CAR)
        await made.wait_status("Charging")
        await made.end()

    bench.play(case)
    (start,) = bench.calls("StartTransaction")
    assert (start["idTag"], start["reservationId"]) == (CARD, 7)


def test_tc_051_a_reservation_is_canceled(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await reserve(made) == "Accepted"
        await made.wait_status("Reserved")
        assert await made.status_of("CancelReservation", {"reservationId": 7}) == "Accepted"
        await made.wait_status("Available")

    bench.play(case)


def test_tc_052_what_is_not_reserved_cannot_be_canceled(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await reserve(made) == "Accepted"
        await made.wait_status("Reserved")
        assert await made.status_of("CancelReservation", {"reservationId": 8}) == "Rejected"
        await asyncio.sleep(5)
        assert made.statuses()[-1] == "Reserved"

    bench.play(case)


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_053_1_and_tc_053_2_a_reservation_is_for_the_whole_family(
    bench: Bench, is_remote: bool
) -> None:
    """TC_053_1 by card, TC_053_2 from afar."""

    async def case(made: Bench) -> None:
        await made.set_keys(AuthorizeRemoteTxRequests=True)
        made.judge(OTHER, "Accepted", FAMILY)
        assert await reserve(made, parentIdTag=FAMILY) == "Accepted"
        await made.wait_status("Reserved")
        if is_remote:
            assert await made.remote_start(OTHER) == "Accepted"
        else:
            made.swipe(OTHER)
        await made.wait_status("Preparing")
        made.plug(**CAR)
        await made.wait_status("Charging")
        made.swipe(OTHER)
        await made.gone()
        await made.settle()

    bench.play(case)
    (start,) = bench.calls("StartTransaction")
    assert (start["idTag"], start["reservationId"]) == (OTHER, 7)
