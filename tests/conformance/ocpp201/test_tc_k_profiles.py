"""Cases of certification, K: charging profiles."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload
from tests.support.rig import CAR

MAX = {"chargingProfilePurpose": "ChargingStationMaxProfile"}
TX = {"chargingProfilePurpose": "TxProfile", "validFrom": None, "validTo": None}
Rows = Sequence[tuple[float, float]]
SIX_A: Rows = ((0, 6),)


def profile(made: Bench201, rows: Rows = SIX_A, length_s: int = 400, **more: Any) -> Payload:
    """A profile that holds from now on; None takes a field out."""
    schedule = {
        "id": 1,
        "startSchedule": made.at(0),
        "duration": length_s,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [
            {"startPeriod": start, "limit": limit, "numberPhases": 3} for start, limit in rows
        ],
    } | more.pop("schedule", {})
    asked = {
        "id": 12,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": made.at(-1),
        "validTo": made.at(401),
        "chargingSchedule": [{k: v for k, v in schedule.items() if v is not None}],
    }
    return {name: value for name, value in (asked | more).items() if value is not None}


async def put(made: Bench201, evse_id: int = 1, **asked: Any) -> str:
    payload = {"evseId": evse_id, "chargingProfile": profile(made, **asked)}
    return await made.status_of("SetChargingProfile", payload)


async def installed(made: Bench201, evse_id: int | None = None, **criteria: Any) -> list[Payload]:
    """The profiles that are reported, with their EVSE and source; none: NoProfiles."""
    mark = made.mark()
    asked: Payload = {"requestId": 3, "chargingProfile": criteria}
    where = {} if evse_id is None else {"evseId": evse_id}
    word = await made.status_of("GetChargingProfiles", asked | where)
    if word == "NoProfiles":
        return []
    assert word == "Accepted"
    name = "ReportChargingProfiles"
    await made.until(lambda: any(not page.get("tbc") for page in made.since(mark, name)))
    pages = made.since(mark, name)
    assert {page["requestId"] for page in pages} == {3}
    return [
        row | {"evseId": page["evseId"], "source": page["chargingLimitSource"]}
        for page in pages
        for row in page["chargingProfile"]
    ]


async def composite(made: Bench201, evse_id: int = 1, length_s: int = 300) -> Rows:
    asked = {"evseId": evse_id, "duration": length_s, "chargingRateUnit": "A"}
    answer = await made.ask("GetCompositeSchedule", asked)
    assert answer["status"] == "Accepted", answer
    schedule = answer["schedule"]
    assert (schedule["evseId"], schedule["duration"]) == (evse_id, length_s)
    return [(row["startPeriod"], row["limit"]) for row in schedule["chargingSchedulePeriod"]]


def near(found: Rows, expected: Rows) -> bool:
    """The same limits, each at most 3 s earlier: time goes on between the requests."""
    assert [limit for _, limit in found] == [limit for _, limit in expected], found
    return all(
        0 <= later - start <= 3 for (start, _), (later, _) in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("evse_id", [1, 0])
def test_tc_k_01_and_tc_k_10_a_default_is_obeyed(bench: Bench201, evse_id: int) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, evse_id, rows=[(0, 10)]) == "Accepted"
        await made.energy_transfer_started()
        await made.until(lambda: made.seen()["limit_a"] == 10.0)

    bench.play(case)


def test_tc_k_60_a_running_transaction_gets_its_profile(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        kind = {"chargingProfileKind": "Relative", "schedule": {"startSchedule": None}}
        told = TX | kind | {"transactionId": made.told[-1].key}
        assert await put(made, **told) == "Accepted"
        await made.until(lambda: made.seen()["limit_a"] == 6.0)

    bench.play(case)


def test_tc_k_02_and_tc_k_16_without_its_transaction_it_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, **TX, transactionId="unknown") == "Rejected"
        await made.energy_transfer_started()
        assert await put(made, **TX, transactionId="unknown") == "Rejected"

    bench.play(case)


def test_tc_k_11_a_transaction_is_not_on_all_evses(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await put(made, 0, **TX, transactionId=made.told[-1].key) == "Rejected"

    bench.play(case)


def test_tc_k_03_a_limit_of_the_station_is_obeyed(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, 0, **MAX, rows=[(0, 8)]) == "Accepted"
        await made.energy_transfer_started()
        assert made.seen()["limit_a"] == 8.0

    bench.play(case)


@pytest.mark.parametrize("how_often", ["Daily", "Weekly"])
def test_tc_k_19_a_recurring_one_is_taken(bench: Bench201, how_often: str) -> None:
    async def case(made: Bench201) -> None:
        told = {"chargingProfileKind": "Recurring", "recurrencyKind": how_often}
        assert await put(made, **told) == "Accepted"
        assert near(await composite(made), [(0, 6)])

    bench.play(case)


def test_tc_k_13_it_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made)
        before = await installed(made, chargingProfileId=[12])
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert await installed(made, chargingProfileId=[12]) == before != []

    bench.play(case)


def test_tc_k_14_an_evse_that_is_not_there_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, 9) == "Rejected"

    bench.play(case)


def test_tc_k_28_a_new_default_binds_the_running_transaction(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await put(made, rows=[(0, 7)]) == "Accepted"
        await made.until(lambda: made.seen()["limit_a"] == 7.0)

    bench.play(case)


@pytest.mark.parametrize("evse_id", [1, 0])
def test_tc_k_21_it_holds_from_its_time_on(bench: Bench201, evse_id: int) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, 0, validFrom=made.at(200), validTo=None, length_s=800) == "Accepted"
        assert near(await composite(made, evse_id, 400), [(0, 32), (200, 6)])

    bench.play(case)


@pytest.mark.parametrize("evse_id", [1, 0])
def test_tc_k_22_it_holds_until_its_time(bench: Bench201, evse_id: int) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, 0, validTo=made.at(300), length_s=800) == "Accepted"
        assert near(await composite(made, evse_id, 400), [(0, 6), (300, 32)])

    bench.play(case)


@pytest.mark.parametrize("evse_id", [1, 0])
def test_tc_k_23_its_schedule_begins_at_its_time(bench: Bench201, evse_id: int) -> None:
    async def case(made: Bench201) -> None:
        told = {"schedule": {"startSchedule": made.at(300)}, "validTo": None}
        assert await put(made, 0, **told) == "Accepted"
        assert near(await composite(made, evse_id, 400), [(0, 32), (300, 6)])

    bench.play(case)


def test_tc_k_04_the_same_id_replaces(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made, rows=[(0, 8)])
        assert await put(made, rows=[(0, 6)]) == "Accepted"
        assert near(await composite(made), [(0, 6)])
        assert len(await installed(made)) == 1

    bench.play(case)


def test_tc_k_37_a_remote_start_brings_one(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.ev_connected()
        kind = {"chargingProfileKind": "Relative", "schedule": {"startSchedule": None}}
        asked = profile(made, **TX, **kind)
        assert await made.remote_start(CARD, chargingProfile=asked) == "Accepted"
        await made.charging()
        assert made.seen()["limit_a"] == 6.0

    bench.play(case)


def test_tc_k_39_without_a_profile_the_station_s_own_limit_is_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await composite(made, 0) == [(0, 32)]

    bench.play(case)


def test_tc_k_40_a_higher_level_wins_as_long_as_it_lasts(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made, rows=[(0, 6), (100, 8), (200, 10)])
        await put(made, id=13, stackLevel=1, rows=[(0, 7), (100, 9)], length_s=150)
        expected: Rows = [(0, 7), (100, 9), (150, 8), (200, 10)]
        assert near(await composite(made, 1, 350), expected)

    bench.play(case)


def test_tc_k_41_purposes_are_combined(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        station = {"validFrom": None, "validTo": None, "length_s": 86_400}
        await put(made, 0, **MAX | station, id=1, rows=[(0, 10)])
        default: Rows = [(0, 6), (60, 10), (120, 8), (180, 15), (260, 8)]
        await put(made, id=2, rows=default, length_s=300)
        own: Rows = [(0, 8), (50, 11), (140, 16), (200, 6), (240, 12)]
        told = TX | {"transactionId": made.told[-1].key}
        assert await put(made, id=3, rows=own, length_s=260, **told) == "Accepted"
        expected: Rows = [(0, 8), (50, 10), (200, 6), (240, 10), (260, 8), (300, 10)]
        assert near(await composite(made, 1, 400), expected)

    bench.play(case)


def test_tc_k_47_an_unknown_evse_has_no_composite(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        asked = {"evseId": 9, "duration": 300}
        assert await made.status_of("GetCompositeSchedule", asked) == "Rejected"

    bench.play(case)


@pytest.mark.parametrize(
    ("evse_id", "criteria", "ids"),
    [
        (0, {}, [1]),  # TC_K_29
        (1, {}, [2, 3]),  # TC_K_30
        (None, {}, [1, 2, 3]),  # TC_K_31
        (None, {"chargingProfileId": [3]}, [3]),  # TC_K_32
        (1, {"stackLevel": 1}, [3]),  # TC_K_33
        (1, {"chargingLimitSource": ["CSO"]}, [2, 3]),  # TC_K_34
        (1, {"chargingLimitSource": ["SO"]}, []),
        (1, {"chargingProfilePurpose": "TxDefaultProfile"}, [2, 3]),  # TC_K_35
        (1, {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}, [2]),  # TC_K_36
    ],
)
def test_tc_k_29_tc_k_30_tc_k_31_tc_k_32_tc_k_33_tc_k_34_tc_k_35_tc_k_36_what_fits_is_reported(
    bench: Bench201, evse_id: int | None, criteria: Payload, ids: list[int]
) -> None:
    async def case(made: Bench201) -> None:
        await put(made, 0, **MAX, id=1)
        await put(made, id=2)
        await put(made, id=3, stackLevel=1)
        found = await installed(made, evse_id, **criteria)
        assert sorted(row["id"] for row in found) == ids
        assert all(row["source"] == "CSO" for row in found)

    bench.play(case)


@pytest.mark.parametrize(
    "asked",
    [
        {"chargingProfileId": 12},
        {"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}},
        {
            "chargingProfileCriteria": {
                "chargingProfilePurpose": "TxDefaultProfile",
                "stackLevel": 0,
            }
        },
    ],
)
def test_tc_k_05_and_tc_k_06_what_fits_is_cleared(bench: Bench201, asked: Payload) -> None:
    async def case(made: Bench201) -> None:
        await put(made)
        await made.energy_transfer_started()
        assert await made.status_of("ClearChargingProfile", asked) == "Accepted"
        assert await installed(made) == []

    bench.play(case)


@pytest.mark.parametrize("has_one", [True, False])
def test_tc_k_07_and_tc_k_08_what_fits_nothing_clears_nothing(
    bench: Bench201, has_one: bool
) -> None:
    async def case(made: Bench201) -> None:
        if has_one:
            await put(made)
        criteria = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 9}
        asked = {"chargingProfileCriteria": criteria}
        assert await made.status_of("ClearChargingProfile", asked) == "Unknown"
        assert len(await installed(made)) == has_one

    bench.play(case)


def test_tc_k_09_a_cleared_default_lets_the_transaction_go_on_freely(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made, rows=[(0, 6)])
        made.plug(**CAR)
        await made.authorized()
        await made.charging()
        assert near(await composite(made), [(0, 6)])
        asked = {"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}}
        assert await made.status_of("ClearChargingProfile", asked) == "Accepted"
        assert await composite(made) == [(0, 32)]
        await made.until(lambda: made.seen()["limit_a"] > 6.0)
        assert made.events("Ended") == []

    bench.play(case)
