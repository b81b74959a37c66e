"""Schemas: both engines, what they call a violation, and the date-times they do not look at."""

import copy
import json
import random
import subprocess
import sys
from typing import Any

import pytest

from ampkeeper.firmware.ocpp import schemas as module
from ampkeeper.firmware.ocpp.schemas import (
    FOLDERS,
    FORMAT,
    OCCURRENCE,
    PROPERTY,
    TYPE,
    build_with_fast,
    build_with_rs,
    parse_date_time,
    round_decimals,
    schemas_for,
)
from tests.unit.ocpp_core.core_fakes import NOON_TEXT

PROFILE = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": NOON_TEXT,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
        },
    },
}
EVENT = {
    "eventType": "Updated",
    "timestamp": NOON_TEXT,
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 3,
    "transactionInfo": {"transactionId": "t", "chargingState": "Charging"},
    "evse": {"id": 1, "connectorId": 1},
    "idToken": {"idToken": "04A224B1", "type": "ISO14443"},
    "meterValue": [
        {
            "timestamp": NOON_TEXT,
            "sampledValue": [
                {"value": 1.5, "context": "Sample.Periodic", "unitOfMeasure": {"unit": "Wh"}}
            ],
        }
    ],
}
SAMPLES = {
    ("v16", "SetChargingProfile"): PROFILE,
    ("v16", "BootNotification"): {"chargePointVendor": "A", "chargePointModel": "B"},
    ("v201", "TransactionEventRequest"): EVENT,
    ("v21", "TransactionEventRequest"): EVENT,
}


@pytest.mark.parametrize("subprotocol", FOLDERS)
def test_every_schema_of_the_standard_can_be_built(subprotocol: str) -> None:
    schemas = schemas_for(subprotocol)
    names = sorted(path.stem for path in schemas._folder.glob("*Response.json"))
    assert len(names) >= 39
    for name in names:
        action = name.removesuffix("Response")
        assert schemas.has(action)
        schemas.check_request(action, {})
        schemas.check_response(action, {})


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"type": "Soft"}, None),
        ({}, OCCURRENCE),
        ({"type": 5}, TYPE),
        ({"type": "Warm"}, PROPERTY),
        ({"type": "Soft", "more": 1}, FORMAT),
        ([], TYPE),
        ("text", TYPE),
        (None, TYPE),
    ],
)
def test_each_broken_rule_has_its_kind(payload: Any, kind: int | None) -> None:
    violation = schemas_for("ocpp1.6").check_request("Reset", payload)
    assert (violation.kind if violation else None) == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"seqNo": "3"}, TYPE),
        ({"eventType": "Begun"}, PROPERTY),
        ({"meterValue": []}, OCCURRENCE),
        ({"idToken": {"idToken": "x" * 37, "type": "Central"}}, PROPERTY),
        ({"timestamp": "yesterday-ish"}, TYPE),
    ],
)
def test_kinds_are_the_same_in_2_0_1(change: dict[str, Any], kind: int) -> None:
    violation = schemas_for("ocpp2.0.1").check_request("TransactionEvent", {**EVENT, **change})
    assert violation is not None
    assert violation.kind == kind


def test_the_place_and_the_words_of_a_violation_are_told() -> None:
    violation = schemas_for("ocpp2.0.1").check_request("TransactionEvent", {**EVENT, "seqNo": "x"})
    assert violation is not None
    assert violation.path == "seqNo"
    assert "integer" in violation.text


@pytest.mark.parametrize(
    "action",
    ["../v201/schemas/Reset", "ResetResponse", "/etc/passwd", "", "Reset\0", "reset", "Nonsense"],
)
def test_an_action_from_the_network_is_never_a_path(action: str) -> None:
    for subprotocol in FOLDERS:
        schemas = schemas_for(subprotocol)
        assert not schemas.has(action)
        assert schemas.check_request(action, {}) is not None
        assert schemas.check_response(action + "/", {}) is not None


@pytest.mark.parametrize("text", ["\ud800", "\udfff tail"])
def test_text_that_is_no_text_is_a_violation(text: str) -> None:
    payload = {"vendorId": text}
    for build in (build_with_rs, build_with_fast):
        assert checked_by(build, "v16", "DataTransfer")(payload) in (None, PROPERTY)
    violation = schemas_for("ocpp1.6").check_request("DataTransfer", payload)
    assert violation is None or violation.kind == PROPERTY


# Date-times.


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00:00.123456+00:00",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22T12:00:00",
        "2026-11-22 12:00:00Z",
        "2026-11-22t12:00:00z",
        "20261122T120000Z",
        "2026-11-22T12:00Z",
    ],
)
def test_all_forms_of_iso_8601_are_read(text: str) -> None:
    time = parse_date_time(text)
    assert time is not None
    assert time.utcoffset() is not None
    assert time.replace(microsecond=0).isoformat() == "2026-11-22T12:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "yesterday-ish", "2026-11-22", "12:00:00Z", "2026-13-01T00:00:00Z", "T" * 20,
     "0001-01-01T00:00:00+14:00", "2026-11-22T25:00:00Z", "1790000000"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    assert parse_date_time(text) is None


def test_date_times_are_found_in_lists_and_definitions() -> None:
    event = copy.deepcopy(EVENT)
    event["meterValue"][0]["timestamp"] = "soon"
    violation = schemas_for("ocpp2.0.1").check_request("TransactionEvent", event)
    assert violation is not None
    assert violation.path == "meterValue/*/timestamp"


def test_date_times_of_answers_are_looked_at_too() -> None:
    payload = {"idTagInfo": {"status": "Accepted", "expiryDate": "yesterday-ish"}}
    assert schemas_for("ocpp1.6").check_response("Authorize", payload) is not None


# Decimals.


def profile_of(limit: float) -> Any:
    profile = copy.deepcopy(PROFILE)
    period = {"startPeriod": 0, "limit": limit}
    profile["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] = [period]
    return profile


def test_none_of_the_401_limits_from_0_to_40_is_refused() -> None:
    schemas = schemas_for("ocpp1.6")
    for tenths in range(401):
        limit = tenths * 0.1  # with the noise of binary fractions: 0.30000000000000004
        rounded = round_decimals(profile_of(limit))
        assert schemas.check_request("SetChargingProfile", rounded) is None, limit
        sent = rounded["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
        assert json.dumps(sent[0]["limit"]) == f"{tenths / 10}"


def test_an_unrounded_limit_would_be_refused() -> None:
    profile = profile_of(3 * 0.1)
    assert schemas_for("ocpp1.6").check_request("SetChargingProfile", profile) is not None


def test_rounding_leaves_everything_else_alone() -> None:
    payload = {"a": "8.123", "b": 8, "c": [True, None, {"d": "x"}]}
    assert round_decimals(payload) is payload
    assert round_decimals({**payload, "e": 1.26}) == {**payload, "e": 1.3}


# The two engines.


def checked_by(build: Any, folder: str, name: str) -> Any:
    subprotocol = next(key for key, value in FOLDERS.items() if value == folder)
    path = schemas_for(subprotocol)._folder / f"{name}.json"
    check = build(json.loads(path.read_text(encoding="utf-8-sig")))

    def kind_of(payload: Any) -> int | None:
        try:
            violation = check(payload)
        except ValueError:
            return PROPERTY
        return violation.kind if violation else None

    return kind_of


def mutate(payload: Any, chance: random.Random) -> Any:
    """Change one value, anywhere."""
    copied = copy.deepcopy(payload)
    places: list[tuple[Any, Any]] = []
    todo = [copied]
    while todo:
        value = todo.pop()
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        for key in keys:
            places.append((value, key))
            if isinstance(value[key], dict | list):
                todo.append(value[key])
    parent, key = chance.choice(places)
    if chance.random() < 0.2:
        del parent[key]
    elif chance.random() < 0.2 and isinstance(parent, dict):
        parent["extra"] = parent[key]
    else:
        odd = [None, True, 0, -1, 5.5, 1.0, 10**20, "", "x" * 100, "Wh", [], {}, [parent[key]]]
        parent[key] = chance.choice(odd)
    return copied


@pytest.mark.parametrize(("folder", "name"), SAMPLES)
def test_both_engines_give_the_same_verdict(folder: str, name: str, seed: int) -> None:
    sample = SAMPLES[folder, name]
    rs, fast = checked_by(build_with_rs, folder, name), checked_by(build_with_fast, folder, name)
    assert rs(sample) is None
    assert fast(sample) is None
    chance = random.Random(seed)
    for _ in range(400):
        payload = mutate(sample, chance)
        assert (rs(payload) is None) == (fast(payload) is None), payload


@pytest.mark.parametrize("build", [build_with_rs, build_with_fast])
def test_both_engines_name_the_same_kinds(build: Any) -> None:
    kind_of = checked_by(build, "v16", "Reset")
    payloads: list[Any] = [
        {"type": "Soft"},
        {},
        {"type": 5},
        {"type": "W"},
        {"type": "Soft", "a": 1},
    ]
    assert [kind_of(payload) for payload in payloads] == [None, OCCURRENCE, TYPE, PROPERTY, FORMAT]


def test_the_fallback_is_chosen_where_the_first_engine_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert module._choose_engine() is build_with_rs
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert module._choose_engine() is build_with_fast


def test_checking_does_not_import_the_ocpp_package_or_jsonschema() -> None:
    program = (
        "import sys\n"
        "from ampkeeper.firmware.ocpp.schemas import schemas_for\n"
        "schemas_for('ocpp2.0.1').check_request('Heartbeat', {})\n"
        "heavy = [name for name in sys.modules if name in ('ocpp', 'jsonschema', 'asyncio')]\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Authorize", {"idTag": "04A224B1" * 4}),
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "secret" * 100}),
        ("Reset", {"type": "secret"}),
    ],
)
def test_a_complaint_does_not_repeat_the_value(action: str, payload: dict[str, str]) -> None:
    violation = schemas_for("ocpp1.6").check_request(action, payload)
    assert violation is not None
    assert not any(value in violation.text for value in payload.values() if len(value) > 5)
    assert "04A224B1" not in violation.text
    assert "secret" not in violation.text
