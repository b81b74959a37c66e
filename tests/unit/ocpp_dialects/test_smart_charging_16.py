"""Charging profiles in the words of OCPP 1.6."""

from collections.abc import Callable
from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import (
    DAY_S,
    WEEK_S,
    Kind,
    Period,
    Profile,
    Purpose,
    Unit,
)
from ampkeeper.firmware.facts import UNSAID, IdToken

Ask = Callable[[str, dict[str, Any]], Any]
START = "2026-11-18T12:26:40Z"
START_S = 1_795_004_800


def told(**changes: Any) -> dict[str, Any]:
    """A profile as the central system writes it; None takes a field out."""
    schedule = {
        "chargingRateUnit": "A",
        "startSchedule": START,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    }
    schedule |= changes.pop("schedule", {})
    profile = {
        "chargingProfileId": 5,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {k: v for k, v in schedule.items() if v is not None},
    }
    return {name: value for name, value in (profile | changes).items() if value is not None}


def set_one(ask: Ask, connector_id: int = 1, **changes: Any) -> str:
    payload = {"connectorId": connector_id, "csChargingProfiles": told(**changes)}
    return str(ask("SetChargingProfile", payload).payload["status"])


def test_a_profile_arrives_as_it_was_meant(ask_old: Ask, station: Any):
    rows = [{"startPeriod": 0, "limit": 11.5}, {"startPeriod": 60, "limit": 8, "numberPhases": 1}]
    answer = set_one(
        ask_old,
        validFrom=START,
        validTo="2026-11-19T12:26:40.500+00:00",
        schedule={"duration": 600, "chargingSchedulePeriod": rows},
    )
    assert answer == "Accepted"
    assert station.asked == [
        (
            "profile",
            Profile(
                id=5,
                evse_id=1,
                purpose=Purpose.TX_DEFAULT,
                stack_level=2,
                kind=Kind.ABSOLUTE,
                unit=Unit.AMPERE,
                periods=(Period(0, 11.5), Period(60, 8.0, 1)),
                start_s=START_S,
                duration_s=600,
                valid_from_s=START_S,
                valid_to_s=START_S + DAY_S,
            ),
        )
    ]


@pytest.mark.parametrize(("word", "recurrence_s"), [("Daily", DAY_S), ("Weekly", WEEK_S)])
def test_a_recurring_profile_says_how_often(
    ask_old: Ask, station: Any, word: str, recurrence_s: int
):
    changes = {"chargingProfileKind": "Recurring", "recurrencyKind": word}
    assert set_one(ask_old, **changes) == "Accepted"
    assert station.asked[0][1].recurrence_s == recurrence_s


# fmt: off
REFUSED = (
    # connector  what is wrong
    (99, {}),
    (-1, {}),
    (1, {"chargingProfileKind": "Recurring"}),
    (1, {"chargingProfileKind": "Recurring", "recurrencyKind": "Daily",
         "schedule": {"startSchedule": None}}),
    (1, {"chargingProfilePurpose": "ChargePointMaxProfile"}),
    (0, {"chargingProfilePurpose": "ChargePointMaxProfile", "chargingProfileKind": "Relative"}),
    (0, {"chargingProfilePurpose": "TxProfile"}),
    (1, {"transactionId": 8, "chargingProfilePurpose": "TxProfile"}),
    (1, {"transactionId": 7}),
    (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6}]}}),
    (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -1}]}}),
    (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6,
                                                  "numberPhases": 0}]}}),
)
# fmt: on


@pytest.mark.parametrize(("connector_id", "changes"), REFUSED)
def test_what_makes_no_sense_is_rejected(
    ask_old: Ask, station: Any, connector_id: int, changes: dict[str, Any]
):
    station.begin(1, number=7)
    assert set_one(ask_old, connector_id, **changes) == "Rejected"
    assert station.asked == []


def test_a_transactions_profile_is_bound_by_its_number(ask_old: Ask, station: Any, fake: Any):
    station.begin(1, number=0)
    changes = {"transactionId": 0, "chargingProfilePurpose": "TxProfile"}
    assert set_one(ask_old, **changes) == "Accepted"
    assert station.asked[0][1].tx_id == fake.TX_ID


def test_what_the_station_cannot_take_is_rejected(ask_old: Ask, station: Any):
    station.profile_problem = "50 are installed already"
    assert set_one(ask_old) == "Rejected"


def test_a_remote_start_brings_a_profile_for_its_transaction(ask_old: Ask, station: Any):
    profile = told(chargingProfilePurpose="TxProfile", chargingProfileKind="Relative")
    payload = {"connectorId": 2, "idTag": "04A224B1", "chargingProfile": profile}
    assert ask_old("RemoteStartTransaction", payload).payload == {"status": "Accepted"}
    (_, evse_id, token, _, brought) = station.asked[0]
    assert (evse_id, token) == (2, IdToken("04A224B1", UNSAID))
    assert (brought.purpose, brought.kind, brought.evse_id) == (Purpose.TX, Kind.RELATIVE, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"chargingProfilePurpose": "TxDefaultProfile"},
        {"chargingProfilePurpose": "TxProfile", "transactionId": 7},
        {
            "chargingProfilePurpose": "TxProfile",
            "schedule": {"chargingSchedulePeriod": [{"startPeriod": 9, "limit": 6}]},
        },
    ],
)
def test_a_remote_start_with_another_profile_is_rejected(
    ask_old: Ask, station: Any, changes: dict[str, Any]
):
    payload = {"connectorId": 1, "idTag": "04A224B1", "chargingProfile": told(**changes)}
    assert ask_old("RemoteStartTransaction", payload).payload == {"status": "Rejected"}
    assert station.asked == []


def test_profiles_are_cleared_by_what_the_request_names(ask_old: Ask, station: Any):
    def one(number: int, evse_id: int, purpose: Purpose, level: int) -> Profile:
        rows = (Period(0, 6.0),)
        return Profile(number, evse_id, purpose, level, Kind.ABSOLUTE, Unit.AMPERE, rows)

    station.installed = (
        one(1, 1, Purpose.TX_DEFAULT, 0),
        one(2, 1, Purpose.TX, 1),
        one(3, 0, Purpose.STATION_MAX, 0),
    )
    asked: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({}, (1, 2, 3)),
        ({"id": 2, "connectorId": 7}, (2,)),
        ({"connectorId": 1}, (1, 2)),
        ({"connectorId": 0}, (3,)),
        ({"chargingProfilePurpose": "TxProfile"}, (2,)),
        ({"stackLevel": 0, "connectorId": 1}, (1,)),
    ]
    for payload, numbers in asked:
        assert ask_old("ClearChargingProfile", payload).payload == {"status": "Accepted"}
        assert station.asked.pop() == ("clear", numbers)
    assert ask_old("ClearChargingProfile", {"id": 9}).payload == {"status": "Unknown"}


def test_the_composite_schedule_is_told_with_one_decimal(ask_old: Ask, station: Any):
    station.allowed = (Period(0, 16.04, 1), Period(60, 7360.0))
    answer = ask_old("GetCompositeSchedule", {"connectorId": 1, "duration": 300})
    assert answer.payload == {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-11-18T11:06:40.000Z",
        "chargingSchedule": {
            "duration": 300,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.0, "numberPhases": 1},
                {"startPeriod": 60, "limit": 7360.0},
            ],
        },
    }
    asked = {"connectorId": 0, "duration": 60, "chargingRateUnit": "W"}
    assert ask_old("GetCompositeSchedule", asked).payload["status"] == "Accepted"
    assert station.asked[-1] == ("composite", 0, 60, Unit.WATT)


@pytest.mark.parametrize("payload", [(3, 60), (-1, 60), (1, 0), (1, -5)])
def test_a_composite_schedule_of_nothing_is_rejected(ask_old: Ask, payload: tuple[int, int]):
    asked = {"connectorId": payload[0], "duration": payload[1]}
    assert ask_old("GetCompositeSchedule", asked).payload == {"status": "Rejected"}
