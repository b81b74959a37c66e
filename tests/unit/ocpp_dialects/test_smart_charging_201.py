"""Charging profiles in the words of OCPP 2.0.1: K01 to K10."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.charging_profile import (
    DAY_S,
    WEEK_S,
    Kind,
    Period,
    Profile,
    Purpose,
    Unit,
)
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.ocpp.v201.profiles import profile_payload, read_profile
from tests.unit.ocpp_dialects.conftest import Asked, asker, is_valid

TX_ID = "6b1b6a4e-0000-4000-8000-000000000001"
START = "2026-11-18T12:26:40Z"
START_S = 1_795_004_800
MAX = {"chargingProfilePurpose": "ChargingStationMaxProfile"}
TX = {"chargingProfilePurpose": "TxProfile", "transactionId": TX_ID}
KEPT = Profile(5, 1, Purpose.TX_DEFAULT, 2, Kind.ABSOLUTE, Unit.AMPERE, (Period(0, 16.0),), START_S)


def told(**changes: Any) -> dict[str, Any]:
    """A profile as the central system writes it; None takes a field out."""
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "startSchedule": START,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    }
    schedule |= changes.pop("schedule", {})
    profile = {
        "id": 5,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{k: v for k, v in schedule.items() if v is not None}],
    }
    return {name: value for name, value in (profile | changes).items() if value is not None}


def set_one(ask: Asked, evse_id: int = 1, **changes: Any) -> tuple[str, str]:
    payload = {"evseId": evse_id, "chargingProfile": told(**changes)}
    answer = ask("SetChargingProfile", payload).payload
    return answer["status"], answer.get("statusInfo", {}).get("reasonCode", "")


def test_a_profile_arrives_as_it_was_meant(station: Any, ask_new: Asked) -> None:
    """TC_K_03."""
    rows = [{"startPeriod": 0, "limit": 11.5}, {"startPeriod": 60, "limit": 8, "numberPhases": 3}]
    answer = set_one(
        ask_new,
        validFrom=START,
        validTo="2026-11-19T12:26:40.500+00:00",
        schedule={"id": 9, "duration": 600, "chargingSchedulePeriod": rows, "minChargingRate": 6},
    )
    assert answer == ("Accepted", "")
    (asked,) = station.asked
    assert asked[1] == Profile(
        id=5,
        evse_id=1,
        purpose=Purpose.TX_DEFAULT,
        stack_level=2,
        kind=Kind.ABSOLUTE,
        unit=Unit.AMPERE,
        periods=(Period(0, 11.5), Period(60, 8.0, 3)),
        start_s=START_S,
        duration_s=600,
        valid_from_s=START_S,
        valid_to_s=START_S + DAY_S,
        schedule_id=9,
        min_rate=6,
    )


def test_a_transaction_s_profile_is_for_the_one_that_runs_there(
    station: Any, ask_new: Asked
) -> None:
    """TC_K_60, TC_K_16: K01.FR.03, FR.09, FR.16, FR.33."""
    assert set_one(ask_new, **TX) == ("Rejected", "TxNotFound")
    station.begin(1)
    assert set_one(ask_new, **TX) == ("Accepted", "")
    assert set_one(ask_new, 2, **TX) == ("Rejected", "TxNotFound")
    assert set_one(ask_new, 0, **TX) == ("Rejected", "InvalidProfile")
    assert set_one(ask_new, **TX | {"transactionId": "other"}) == ("Rejected", "TxNotFound")
    assert set_one(ask_new, **TX | {"transactionId": None}) == ("Rejected", "MissingParam")
    assert set_one(ask_new, transactionId=TX_ID) == ("Rejected", "InvalidProfile")


@pytest.mark.parametrize(
    ("evse_id", "changes", "reason"),
    [
        (3, {}, "UnknownEvse"),  # K01.FR.28
        (0, {"chargingProfilePurpose": "ChargingStationExternalConstraints"}, "InvalidProfile"),
        (1, {"chargingProfileKind": "Relative"}, "InvalidSchedule"),  # K01.FR.41
        (1, {"schedule": {"startSchedule": None}}, "InvalidSchedule"),  # K01.FR.40
        (1, {"chargingProfileKind": "Recurring"}, "InvalidSchedule"),
        (
            1,
            {
                "schedule": {
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8, "numberPhases": 1}]
                }
            },
            "InvalidSchedule",  # K01.FR.43
        ),
        (
            1,
            {
                "schedule": {
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8, "phaseToUse": 2}]
                }
            },
            "InvalidSchedule",  # K01.FR.48
        ),
        (1, {"chargingSchedule": told()["chargingSchedule"] * 2}, "InvalidSchedule"),  # K01.FR.34
    ],
)
def test_what_may_not_be_sent_or_cannot_be_done_is_rejected(
    evse_id: int, changes: dict[str, Any], reason: str, station: Any, ask_new: Asked
) -> None:
    """TC_K_19, TC_K_22, TC_K_23, TC_K_28 among them."""
    assert set_one(ask_new, evse_id, **changes) == ("Rejected", reason)
    assert station.asked == []


@pytest.mark.parametrize(
    ("period", "status"),
    [
        ({"numberPhases": 1}, "Accepted"),  # K01.FR.47
        ({"numberPhases": 3}, "Accepted"),
        ({"numberPhases": 2}, "Rejected"),  # K01.FR.43: one or three
        ({"numberPhases": 1, "phaseToUse": 1}, "Accepted"),  # K01.FR.46: that one it is
        ({"numberPhases": 1, "phaseToUse": 2}, "Rejected"),  # K01.FR.48
        ({"numberPhases": 3, "phaseToUse": 1}, "Rejected"),
        ({"phaseToUse": 1}, "Rejected"),
    ],
)
def test_a_station_that_switches_phases_keeps_to_one_or_three(
    period: dict[str, Any], status: str, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K01.FR.43, FR.46, FR.47, FR.48."""
    station = fake.FakeStation()
    told = station.settings.value
    monkeypatch.setattr(
        station,
        "variable",
        lambda name: name == "SmartChargingCtrlr.Phases3to1" or told(name),
    )
    rows = [{"startPeriod": 0, "limit": 8} | period]
    answer = set_one(asker(Dialect201(station)), schedule={"chargingSchedulePeriod": rows})
    assert answer[0] == status


def test_what_the_station_refuses_says_why(station: Any, ask_new: Asked) -> None:
    station.profile_problem = "stack level 99"
    payload = {"evseId": 1, "chargingProfile": told(stackLevel=99)}
    answer = ask_new("SetChargingProfile", payload).payload
    assert answer["statusInfo"] == {
        "reasonCode": "InvalidProfile",
        "additionalInfo": "stack level 99",
    }


@pytest.mark.parametrize(
    ("evse_id", "kept", "answer"),
    [
        (1, replace(KEPT, id=6), "Rejected"),  # K01.FR.06
        (1, replace(KEPT, id=6, valid_to_s=START_S), "Accepted"),
        (1, replace(KEPT, id=6, stack_level=1), "Accepted"),
        (1, replace(KEPT, id=6, evse_id=2), "Accepted"),
        (1, replace(KEPT, id=6, evse_id=0), "Rejected"),  # K01.FR.53
        (0, replace(KEPT, id=6), "Rejected"),  # K01.FR.52
        (1, KEPT, "Accepted"),  # K01.FR.05
        (1, replace(KEPT, purpose=Purpose.EXTERNAL), "Rejected"),
    ],
)
def test_two_profiles_of_one_level_do_not_hold_at_once(
    evse_id: int, kept: Profile, answer: str, station: Any, ask_new: Asked
) -> None:
    """TC_K_04, TC_K_21."""
    station.installed = (kept,)
    assert set_one(ask_new, evse_id, validFrom=START)[0] == answer


def test_a_remote_start_brings_a_transaction_s_profile(station: Any, ask_new: Asked) -> None:
    """TC_K_37, TC_F_05: K05.FR.02, FR.05, F02.FR.19."""
    start = {"remoteStartId": 5, "idToken": {"idToken": "04A224B1", "type": "ISO14443"}}
    wanted = told(chargingProfilePurpose="TxProfile")
    assert ask_new("RequestStartTransaction", start | {"evseId": 2, "chargingProfile": wanted})
    assert station.asked[0][4].evse_id == 2
    for bad in (told(), told(**TX), told(chargingProfileKind="Relative", **TX)):
        answer = ask_new("RequestStartTransaction", start | {"chargingProfile": bad}).payload
        assert answer["statusInfo"]["reasonCode"] == "InvalidProfile"
    assert len(station.asked) == 1


@pytest.mark.parametrize(
    ("asked", "cleared"),
    [
        ({"chargingProfileId": 5}, (5,)),
        ({"chargingProfileId": 5, "chargingProfileCriteria": {"evseId": 9}}, (5,)),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}}, (5, 6)),
        ({"chargingProfileCriteria": {"evseId": 0, "stackLevel": 2}}, (6,)),
        ({"chargingProfileId": 7}, None),  # K10.FR.09
        ({"chargingProfileId": 99}, None),  # K10.FR.01
        ({"chargingProfileCriteria": {"evseId": 0, "stackLevel": 0}}, None),  # K10.FR.08
    ],
)
def test_what_fits_is_cleared_but_nothing_that_others_set(
    asked: dict[str, Any], cleared: tuple[int, ...] | None, station: Any, ask_new: Asked
) -> None:
    """TC_K_05 to TC_K_09, TC_K_24."""
    outside = replace(KEPT, id=7, evse_id=0, purpose=Purpose.EXTERNAL, stack_level=0)
    station.installed = (KEPT, replace(KEPT, id=6, evse_id=0), outside)
    answer = ask_new("ClearChargingProfile", asked).payload["status"]
    assert answer == ("Unknown" if cleared is None else "Accepted")
    assert station.asked == ([] if cleared is None else [("clear", cleared)])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"chargingProfile": {}}, [5, 6, 7]),
        ({"chargingProfile": {"chargingProfileId": [5, 7]}}, [5, 7]),
        ({"chargingProfile": {"stackLevel": 1}}, [7]),
        ({"chargingProfile": {"chargingLimitSource": ["EMS"]}}, [7]),
        ({"chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"}}, [5, 6]),
        ({"chargingProfile": {}, "evseId": 0}, [6, 7]),
        ({"chargingProfile": {}, "evseId": 2}, []),
    ],
)
def test_profiles_are_reported_by_evse_and_source(
    asked: dict[str, Any], found: list[int], station: Any, ask_new: Asked
) -> None:
    """TC_K_29 to TC_K_36: K09."""
    outside = replace(KEPT, id=7, evse_id=0, purpose=Purpose.EXTERNAL, stack_level=1, source="EMS")
    station.installed = (KEPT, replace(KEPT, id=6, evse_id=0), outside)
    answer = ask_new("GetChargingProfiles", {"requestId": 3} | asked)
    assert answer.payload["status"] == ("Accepted" if found else "NoProfiles")
    calls = [call for follow in answer.follow for call in follow.calls]
    assert all(is_valid("ocpp2.0.1", call) for call in calls)
    assert sorted(row["id"] for call in calls for row in call.payload["chargingProfile"]) == found
    assert [call.payload.get("tbc", False) for call in calls[-1:]] == [False] * bool(found)
    assert all(call.payload["tbc"] for call in calls[:-1])
    assert all(call.payload["requestId"] == 3 for call in calls)


def test_a_composite_schedule_is_told(station: Any, ask_new: Asked) -> None:
    """TC_K_39 to TC_K_42: K08."""
    station.allowed = (Period(0, 16.04, 3), Period(60, 8.0))
    asked = {"evseId": 1, "duration": 300, "chargingRateUnit": "W"}
    answer = ask_new("GetCompositeSchedule", asked).payload
    assert answer["schedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
        {"startPeriod": 60, "limit": 8.0},
    ]
    assert (answer["schedule"]["evseId"], answer["schedule"]["chargingRateUnit"]) == (1, "W")
    refused = ask_new("GetCompositeSchedule", asked | {"evseId": 9}).payload
    assert refused["statusInfo"]["reasonCode"] == "UnknownEvse"
    assert ask_new("GetCompositeSchedule", asked | {"duration": 0}).payload["status"] == "Rejected"


profiles = st.builds(
    replace,
    st.just(KEPT),
    id=st.integers(-5, 5),
    kind=st.just(Kind.RECURRING),
    recurrence_s=st.sampled_from((DAY_S, WEEK_S)),
    unit=st.sampled_from(Unit),
    duration_s=st.none() | st.integers(1, DAY_S),
    valid_to_s=st.none() | st.integers(START_S, START_S + WEEK_S),
    min_rate=st.none() | st.just(6.0),
    tx_id=st.none() | st.just(TX_ID),
)


@given(profiles)
def test_a_profile_is_reported_as_it_was_set(profile: Profile) -> None:
    assert read_profile(profile_payload(profile), profile.evse_id) == profile
