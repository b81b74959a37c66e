"""Cases of certification: triggered messages, smart charging, and data transfer."""

import asyncio
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import Bench
from tests.support.rig import CAR


def profile(number: int, limit: float, **fields: Any) -> dict[str, Any]:
    """A charging profile of one period, in force from the start of the transaction."""
    rows = fields.pop("rows", [{"startPeriod": 0, "limit": limit}])
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": rows}
    told = {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule | fields.pop("schedule", {}),
    }
    return told | fields


async def install(made: Bench, told: dict[str, Any], connector: int = 1) -> str:
    asked = {"connectorId": connector, "csChargingProfiles": told}
    return await made.status_of("SetChargingProfile", asked)


async def composite(made: Bench, duration: int = 300) -> list[tuple[int, float]]:
    """Starts and limits of the schedule in amperes."""
    asked = {"connectorId": 1, "duration": duration, "chargingRateUnit": "A"}
    answer = await made.ask("GetCompositeSchedule", asked)
    assert answer["status"] == "Accepted"
    schedule = answer["chargingSchedule"]
    assert schedule["duration"] == duration
    return [(row["startPeriod"], row["limit"]) for row in schedule["chargingSchedulePeriod"]]


async def offered(made: Bench, limit_a: float) -> None:
    """Wait until ring 1 offers so much."""
    await made.until(lambda: made.seen()["limit_a"] == limit_a, 20)


async def leave(made: Bench) -> None:
    await made.end()


def number_of(made: Bench) -> int:
    return int(made.told[-1].key)


@pytest.mark.parametrize(
    ("message", "action", "places"),
    [
        ("MeterValues", "MeterValues", {1}),
        ("Heartbeat", "Heartbeat", {None}),
        ("StatusNotification", "StatusNotification", {0, 1}),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification", {None}),
        ("FirmwareStatusNotification", "FirmwareStatusNotification", {None}),
    ],
)
def test_tc_054_a_triggered_message_follows_its_answer(
    bench: Bench, message: str, action: str, places: set[int | None]
) -> None:
    async def case(made: Bench) -> None:
        mark = made.mark()
        asked = {"requestedMessage": message}
        assert await made.status_of("TriggerMessage", asked) == "Accepted"
        await made.until(lambda: len(made.since(mark, action)) == len(places), 10)
        assert {told.get("connectorId") for told in made.since(mark, action)} == places
        if "connectorId" not in made.since(mark, action)[0]:
            return
        mark = made.mark()
        assert await made.status_of("TriggerMessage", asked | {"connectorId": 1}) == "Accepted"
        await made.until(lambda: made.since(mark, action) != [], 10)
        assert [told["connectorId"] for told in made.since(mark, action)] == [1]

    bench.play(case)


@pytest.mark.parametrize("message", ["MeterValues", "StatusNotification"])
def test_tc_055_a_message_of_a_connector_that_is_none_is_rejected(
    bench: Bench, message: str
) -> None:
    async def case(made: Bench) -> None:
        mark = made.mark()
        asked = {"requestedMessage": message, "connectorId": 9}
        assert await made.status_of("TriggerMessage", asked) == "Rejected"
        await asyncio.sleep(5)
        assert made.since(mark, message) == []

    bench.play(case)


def test_tc_056_a_default_profile_binds_the_transactions_to_come(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await install(made, profile(1, 8.0), connector=0) == "Accepted"
        await made.begin()
        await offered(made, 8.0)
        assert await composite(made) == [(0, 8.0)]
        await leave(made)

    bench.play(case)
    bench.check()


def test_tc_057_a_profile_of_the_transaction_binds_it_and_dies_with_it(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        own = profile(1, 0, chargingProfilePurpose="TxProfile", transactionId=number_of(made))
        own["chargingSchedule"]["chargingSchedulePeriod"] = [
            {"startPeriod": 0, "limit": 6.0},
            {"startPeriod": 60, "limit": 10.0},
        ]
        assert await install(made, own) == "Accepted"
        await offered(made, 6.0)
        rows = await composite(made)
        assert [limit for _, limit in rows] == [6.0, 10.0]
        assert 30 < rows[1][0] <= 60
        await leave(made)
        assert await made.status_of("ClearChargingProfile", {"id": 1}) == "Unknown"

    bench.play(case)
    bench.check()


def test_tc_058_1_without_a_transaction_there_is_no_profile_of_one(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        own = profile(1, 6.0, chargingProfilePurpose="TxProfile")
        assert await install(made, own) == "Rejected"
        assert await install(made, own | {"transactionId": 1}) == "Rejected"

    bench.play(case)


def test_tc_058_2_a_profile_of_another_transaction_is_rejected(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        wrong = profile(
            1, 6.0, chargingProfilePurpose="TxProfile", transactionId=number_of(made) + 1
        )
        assert await install(made, wrong) == "Rejected"
        assert made.seen()["limit_a"] == 20.0
        await leave(made)

    bench.play(case)


def test_tc_059_a_remote_start_brings_its_profile(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        own = profile(1, 7.0, chargingProfilePurpose="TxProfile")
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start(chargingProfile=own) == "Accepted"
        await made.wait_status("Charging")
        await offered(made, 7.0)
        assert await composite(made) == [(0, 7.0)]
        await leave(made)

    bench.play(case)
    bench.check()


def test_tc_060_a_remote_start_with_another_kind_of_profile_is_rejected(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start(chargingProfile=profile(1, 7.0)) == "Rejected"
        await asyncio.sleep(5)

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_062_data_nobody_knows_is_said_to_be_unknown_and_known_data_is_answered(
    bench: Bench,
) -> None:
    async def case(made: Bench) -> None:
        asked = {"vendorId": "com.example", "messageId": "Price", "data": "now"}
        assert await made.status_of("DataTransfer", asked) == "UnknownVendorId"
        made.app.desk.set_data_transfer("com.example", "Price", "Accepted", "0.42")
        assert await made.ask("DataTransfer", asked) == {"status": "Accepted", "data": "0.42"}
        assert await made.status_of("DataTransfer", asked | {"messageId": "Tax"}) == (
            "UnknownMessageId"
        )

    bench.play(case)


def test_tc_064_data_goes_to_the_central_system_and_its_answer_comes_back(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        answer = await made.app.csms.send_data_transfer("com.example", "Hello", "there")
        assert answer == {"status": "Accepted", "data": "there"}
        told = {"vendorId": "com.example", "messageId": "Hello", "data": "there"}
        assert made.calls("DataTransfer") == [told]

    bench.play(case)


def test_tc_066_a_composite_schedule_is_the_least_of_all_purposes(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        whole = profile(
            1,
            0,
            rows=[{"startPeriod": 0, "limit": 10.0}, {"startPeriod": 120, "limit": 8.0}],
            chargingProfilePurpose="ChargePointMaxProfile",
            chargingProfileKind="Absolute",
            schedule={"startSchedule": made.at(0), "duration": 86400},
        )
        assert await install(made, whole, connector=0) == "Accepted"
        default = profile(
            2,
            0,
            rows=[{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 60, "limit": 16.0}],
            chargingProfileKind="Absolute",
            schedule={"startSchedule": made.at(0), "duration": 86400},
        )
        assert await install(made, default) == "Accepted"
        await made.begin()
        rows = await composite(made)
        assert [limit for _, limit in rows] == [6.0, 10.0, 8.0]
        assert rows[2][0] - rows[1][0] == 60
        await leave(made)

    bench.play(case)
    bench.check()


def test_tc_067_profiles_are_cleared_by_id_and_by_what_they_are(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await install(made, profile(1, 8.0)) == "Accepted"
        assert await install(made, profile(2, 9.0, stackLevel=1)) == "Accepted"
        assert await made.status_of("ClearChargingProfile", {"id": 3}) == "Unknown"
        assert await made.status_of("ClearChargingProfile", {"id": 2}) == "Accepted"
        kind = {
            "connectorId": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "stackLevel": 0,
        }
        assert await made.status_of("ClearChargingProfile", kind) == "Accepted"
        assert await made.status_of("ClearChargingProfile", {}) == "Unknown"

    bench.play(case)


def test_tc_072_the_highest_level_that_is_valid_wins(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await install(made, profile(1, 6.0)) == "Accepted"
        short = profile(2, 10.0, stackLevel=1, schedule={"duration": 100})
        assert await install(made, short) == "Accepted"
        await made.begin()
        await offered(made, 10.0)
        rows = await composite(made)
        assert [limit for _, limit in rows] == [10.0, 6.0]
        assert 80 < rows[1][0] <= 100
        await leave(made)

    bench.play(case)
    bench.check()


def test_tc_082_a_default_profile_binds_the_transaction_that_runs(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        assert made.seen()["limit_a"] == 20.0
        assert await install(made, profile(1, 7.0)) == "Accepted"
        await offered(made, 7.0)
        assert await composite(made) == [(0, 7.0)]
        await leave(made)

    bench.play(case)
    bench.check()
