"""Dynamic profiles and priority charging in the words of OCPP 2.1: K21 and K28."""

from dataclasses import replace
from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import Kind, Profile, Purpose
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.conftest import Asked, asker, is_valid
from tests.unit.ocpp_dialects.test_dialect_21 import PERIOD, PROFILE, SCHEDULE, profile

DYNAMIC = {"chargingProfileKind": "Dynamic", "dynUpdateInterval": 60}


@pytest.fixture
def ask(station: Any) -> Asked:
    return asker(Dialect21(station))


def taken(station: Any) -> Profile:
    found: Profile = station.asked[-1][1]
    return found


def test_a_dynamic_profile_is_taken_with_its_interval(station: Any, ask: Asked) -> None:
    """K28.FR.05: the time of its update is the station's own."""
    asked = profile(**DYNAMIC, dynUpdateTime="2000-01-01T00:00:00Z")
    assert ask("SetChargingProfile", asked).payload == {"status": "Accepted"}
    found = taken(station)
    assert (found.kind, found.update_interval_s) == (Kind.DYNAMIC, 60)
    assert found.updated_s == int(station.now().timestamp())
    assert found.problem() == ""


def test_a_dynamic_profile_is_told_as_it_came(station: Any, ask: Asked) -> None:
    ask("SetChargingProfile", profile(**DYNAMIC))
    station.installed = (taken(station),)
    asked = {"requestId": 1, "chargingProfile": {}}
    (call,) = ask("GetChargingProfiles", asked).follow[0].calls
    assert is_valid("ocpp2.1", call)
    (told,) = call.payload["chargingProfile"]
    assert (told["chargingProfileKind"], told["dynUpdateInterval"]) == ("Dynamic", 60)
    assert told["dynUpdateTime"].startswith("2026-11-22T12:00:00")


@pytest.mark.parametrize(
    "schedule",
    [
        SCHEDULE | {"chargingSchedulePeriod": [PERIOD, PERIOD | {"startPeriod": 60}]},
        SCHEDULE | {"duration": 60},
    ],
)
def test_more_than_one_period_or_a_duration_from_no_start_is_no_dynamic_schedule(
    station: Any, ask: Asked, schedule: dict[str, Any]
) -> None:
    """K28.FR.01: the station refuses it."""
    ask("SetChargingProfile", profile(**DYNAMIC, chargingSchedule=[schedule]))
    assert taken(station).problem() != ""


def test_a_limit_is_updated(station: Any, ask: Asked) -> None:
    """K28.FR.06, FR.11."""
    asked = {"chargingProfileId": 7, "scheduleUpdate": {"limit": 9.5}}
    assert ask("UpdateDynamicSchedule", asked).payload == {"status": "Accepted"}
    assert station.asked[-1] == ("update", 7, 9.5)
    station.is_dynamic = False
    answer = ask("UpdateDynamicSchedule", asked).payload
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidProfile")


@pytest.mark.parametrize(
    "update", [{"setpoint": 6.0}, {"limit": 6.0, "limit_L2": 6.0}, {"limit": 6.0, "setpoint": 0.0}]
)
def test_an_update_that_is_more_than_a_limit_is_refused(
    station: Any, ask: Asked, update: dict[str, Any]
) -> None:
    asked = {"chargingProfileId": 7, "scheduleUpdate": update}
    assert ask("UpdateDynamicSchedule", asked).payload["status"] == "Rejected"
    assert station.asked == []


@pytest.mark.parametrize(
    ("word", "status", "is_told"),
    [
        ("accepted", "Accepted", True),
        ("unchanged", "Accepted", False),
        ("no_profile", "NoProfile", False),
        ("no_transaction", "Rejected", False),
        ("rejected", "Rejected", False),
    ],
)
@pytest.mark.parametrize("is_on", [True, False])
def test_priority_is_answered_and_then_told(
    station: Any, ask: Asked, word: str, status: str, is_told: bool, is_on: bool
) -> None:
    """K21.FR.01 to FR.08."""
    station.preference = word
    answer = ask("UsePriorityCharging", {"transactionId": "tx", "activate": is_on})
    assert answer.payload["status"] == status
    assert station.asked == [("prefer", "tx", is_on)]
    calls = [call for follow in answer.follow for call in follow.calls]
    assert len(calls) == is_told
    for call in calls:
        assert is_valid("ocpp2.1", call)
        assert call.payload == {"transactionId": "tx", "activated": is_on}


def test_a_profile_of_priority_is_taken_and_has_no_duration(station: Any, ask: Asked) -> None:
    """K01.FR.70."""
    ask("SetChargingProfile", profile(chargingProfilePurpose="PriorityCharging"))
    assert taken(station).purpose is Purpose.PRIORITY
    assert taken(station).problem() == ""
    assert replace(taken(station), duration_s=60).problem() != ""


def test_the_schedule_is_asked_for(station: Any) -> None:
    call = Dialect21(station).ask_schedule(7)
    assert is_valid("ocpp2.1", call)
    assert Dialect201(station).ask_schedule(7) is None


def test_2_0_1_does_not_tell_what_it_has_no_words_for(station: Any, ask: Asked) -> None:
    ask("SetChargingProfile", profile(**DYNAMIC))
    dynamic = taken(station)
    ask("SetChargingProfile", profile(chargingProfilePurpose="PriorityCharging", id=2))
    station.installed = (dynamic, taken(station))
    asked = {"requestId": 1, "chargingProfile": {}}
    assert (
        asker(Dialect201(station))("GetChargingProfiles", asked).payload["status"] == "NoProfiles"
    )
    assert ask("GetChargingProfiles", asked).payload["status"] == "Accepted"
    assert PROFILE["id"] == 1
