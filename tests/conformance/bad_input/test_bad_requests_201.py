"""Bad requests, for every field of every request of OCPP 2.0.1: each gets its error, and no more.

The fields are those of ``calls_201.CALLS``; what each allows is read from the standard's schema.
"""

import json

import pytest

from ampkeeper.firmware.ocpp.frame import FRAME_CHARS_MAX
from ampkeeper.firmware.ocpp.v201.requests import Requests201
from tests.conformance.bad_input.calls_201 import CALLS
from tests.conformance.bad_input.fields import (
    BAD_TYPE,
    BAD_VALUE,
    DATES,
    NO_DATES,
    OTHER_TYPES,
    Field,
    assert_no_object,
    doubled,
    error_of,
    fields_of,
    is_date,
    place,
    replies_to,
    schema_of,
)
from tests.conformance.traps.trap_rigs import NEW, real_rig
from tests.unit.ocpp_core.core_fakes import Rig
from tests.unit.ocpp_dialects.station_fake import FakeStation

MISSING, SURPLUS = "OccurrenceConstraintViolation", "FormatViolation"
OTHER_TYPES_201 = OTHER_TYPES | {"boolean": (None, 1, "true", 1.5, [], [True], {}, {"x": True})}
FREE = "DataTransfer/data"  # of any type
FIELDS = [
    field
    for action, good in CALLS.items()
    for field in fields_of("v201", action, good)
    if str(field) != FREE
]
LONG = [field for field in FIELDS if "maxLength" in field.rule]
WORDED = [field for field in FIELDS if "enum" in field.rule]
DATED = [field for field in FIELDS if is_date(field)]
LISTS = [field for field in FIELDS if field.rule["type"] == "array"]


@pytest.fixture(scope="module")
def rig() -> Rig:
    made = real_rig(NEW)
    made.station.lock = "failed"  # answered at once
    return made


def test_the_table_has_every_request_and_every_field_of_the_standard() -> None:
    assert set(CALLS) == set(Requests201(FakeStation())._handlers)
    for field in FIELDS:
        if "properties" in field.rule:
            value = place(field.good, field.path)[field.path[-1]]
            assert set(value) == set(field.rule["properties"]) - {"customData"}, str(field)
    for action, good in CALLS.items():
        assert set(good) == set(schema_of("v201", action)["properties"]) - {"customData"}, action


@pytest.mark.parametrize("action", CALLS)
def test_a_good_request_is_no_error(action: str) -> None:
    made = real_rig(NEW)
    made.station.lock = "failed"
    assert error_of(made, action, CALLS[action]) == ""


@pytest.mark.parametrize("action", CALLS)
def test_another_type_is_told_as_such(rig: Rig, action: str) -> None:
    before = list(rig.station.asked)
    for field in (each for each in FIELDS if each.action == action):
        for stranger in OTHER_TYPES_201[field.rule["type"]]:
            code = error_of(rig, action, field.with_value(stranger))
            allowed = {BAD_TYPE, BAD_VALUE} if "enum" in field.rule else {BAD_TYPE}
            if field.rule["type"] == "array" and stranger == []:
                allowed = {MISSING}
            assert code in allowed, (str(field), stranger)
    assert rig.station.asked == before


@pytest.mark.parametrize("times", [2, 1000])
def test_a_text_too_long_is_told_as_such(rig: Rig, times: int) -> None:
    assert len(LONG) > 80
    before = list(rig.station.asked)
    for field in LONG:
        length = min(int(field.rule["maxLength"]) * times, FRAME_CHARS_MAX - 5_000)
        assert error_of(rig, field.action, field.with_value("x" * length)) == BAD_VALUE, str(field)
    assert rig.station.asked == before


def test_a_frame_too_long_is_refused_whole_and_does_no_harm(rig: Rig) -> None:
    payload = {"vendorId": "com.example", "data": "x" * FRAME_CHARS_MAX}
    assert replies_to(rig, "DataTransfer", json.dumps(payload)) == []
    assert [frame[:3] for frame in rig.sent if frame[0] == 4] == [[4, "-1", "RpcFrameworkError"]]
    assert error_of(rig, "ClearCache", {}) == ""


def test_a_word_that_is_none_is_told_as_such(rig: Rig) -> None:
    assert len(WORDED) > 40
    before = list(rig.station.asked)
    for field in WORDED:
        good = str(place(field.good, field.path)[field.path[-1]])
        for word in ("", "Nonsense", good.swapcase(), f" {good}", f"{good}\u0000"):
            code = error_of(rig, field.action, field.with_value(word))
            assert code == BAD_VALUE, (str(field), word)
    assert rig.station.asked == before


@pytest.mark.parametrize("field", DATED, ids=str)
def test_dates_in_all_forms_are_taken_and_what_is_none_is_not(field: Field) -> None:
    made = real_rig(NEW)
    for text in DATES:
        assert error_of(made, field.action, field.with_value(text)) != BAD_TYPE, text
    before = list(made.station.asked)
    for text in NO_DATES:
        assert error_of(made, field.action, field.with_value(text)) == BAD_TYPE, text
    assert made.station.asked == before


@pytest.mark.parametrize("action", CALLS)
def test_a_field_that_is_missing_or_too_many_is_told_as_such(rig: Rig, action: str) -> None:
    before = list(rig.station.asked)
    for field in (each for each in FIELDS if each.action == action):
        if field.is_item:
            continue
        assert error_of(rig, action, field.with_surplus()) == SURPLUS, str(field)
        if field.is_required:
            assert error_of(rig, action, field.without()) == MISSING, str(field)
    assert rig.station.asked == before


def test_an_empty_list_and_one_too_long_are_told_as_such(rig: Rig) -> None:
    assert len(LISTS) > 15
    before = list(rig.station.asked)
    for field in LISTS:
        assert error_of(rig, field.action, field.with_value([])) == MISSING, str(field)
        if "maxItems" in field.rule:
            value = place(field.good, field.path)[field.path[-1]]
            many = [value[0]] * (int(field.rule["maxItems"]) + 1)
            assert error_of(rig, field.action, field.with_value(many)) == MISSING, str(field)
    assert rig.station.asked == before


@pytest.mark.parametrize("action", CALLS)
def test_a_payload_that_is_no_object_is_told_as_such(rig: Rig, action: str) -> None:
    assert_no_object(rig, action, SURPLUS, None, [CALLS[action]])


@pytest.mark.parametrize("action", [action for action in CALLS if CALLS[action]])
def test_a_key_that_comes_twice_is_refused_and_changes_nothing(rig: Rig, action: str) -> None:
    text = doubled(CALLS[action], next(iter(CALLS[action].values())))
    before = list(rig.station.asked)
    assert [reply[:1] + reply[2:3] for reply in replies_to(rig, action, text)] == [[4, SURPLUS]]
    assert rig.station.asked == before
