"""Bad requests, for every field of every request of OCPP 1.6: each gets its error, and no more.

The fields are those of ``calls_16.CALLS``; what each allows is read from the standard's schema.
"""

import json

import pytest

from ampkeeper.firmware.ocpp.frame import FRAME_CHARS_MAX
from ampkeeper.firmware.ocpp.schemas import parse_date_time
from tests.conformance.bad_input.calls_16 import CALLS
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
from tests.conformance.traps.trap_rigs import OLD, real_rig
from tests.unit.ocpp_core.core_fakes import Rig

MISSING, SURPLUS = "OccurenceConstraintViolation", "FormationViolation"
FIELDS = [field for action, good in CALLS.items() for field in fields_of("v16", action, good)]
LONG = [field for field in FIELDS if "maxLength" in field.rule]
WORDED = [field for field in FIELDS if "enum" in field.rule]
DATED = [field for field in FIELDS if is_date(field)]


@pytest.fixture(scope="module")
def rig() -> Rig:
    return new_rig()


def new_rig() -> Rig:
    made = real_rig(OLD)
    made.station.lock = "failed"  # answered at once
    return made


def test_the_table_has_every_request_and_every_field_of_the_standard() -> None:
    assert len(CALLS) == 26
    for action in CALLS:
        told = {field.path for field in FIELDS if field.action == action}
        assert set(schema_of("v16", action)["properties"]) == {path[0] for path in told}, action
    assert len(LONG) > 15
    assert len(WORDED) > 15
    assert len(DATED) > 10


@pytest.mark.parametrize("action", CALLS)
def test_a_good_request_is_no_error(action: str) -> None:
    rig = new_rig()
    assert error_of(rig, action, CALLS[action]) == ""


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_another_type_is_told_as_such(rig: Rig, field: Field) -> None:
    before = list(rig.station.asked)
    for stranger in OTHER_TYPES[field.rule["type"]]:
        code = error_of(rig, field.action, field.with_value(stranger))
        is_word = "enum" in field.rule
        assert code in ((BAD_TYPE, BAD_VALUE) if is_word else (BAD_TYPE,)), (str(field), stranger)
    assert rig.station.asked == before


@pytest.mark.parametrize("field", LONG, ids=str)
@pytest.mark.parametrize("times", [2, 1000])
def test_a_text_too_long_is_told_as_such(rig: Rig, field: Field, times: int) -> None:
    before = list(rig.station.asked)
    length = int(field.rule["maxLength"]) * times
    if length > FRAME_CHARS_MAX - 1000:
        length = FRAME_CHARS_MAX - 1000  # more is no frame: see test_a_frame_too_long
    assert error_of(rig, field.action, field.with_value("x" * length)) == BAD_VALUE
    assert rig.station.asked == before


@pytest.mark.parametrize("field", LONG, ids=str)
def test_a_frame_too_long_has_no_answer_in_1_6_and_does_no_harm(rig: Rig, field: Field) -> None:
    payload = field.with_value("x" * FRAME_CHARS_MAX)
    assert replies_to(rig, field.action, json.dumps(payload)) == []
    assert error_of(rig, "ClearCache", {}) == ""


@pytest.mark.parametrize("field", WORDED, ids=str)
def test_a_word_that_is_none_is_told_as_such(rig: Rig, field: Field) -> None:
    before = list(rig.station.asked)
    good = str(place(CALLS[field.action], field.path)[field.path[-1]])
    for word in ("", "Nonsense", good.lower(), f" {good}", f"{good}\u0000"):
        assert error_of(rig, field.action, field.with_value(word)) == BAD_VALUE, word
    assert rig.station.asked == before


@pytest.mark.parametrize("field", DATED, ids=str)
def test_dates_in_all_forms_are_taken_and_what_is_none_is_not(field: Field) -> None:
    rig = new_rig()
    for text in DATES:
        assert parse_date_time(text) is not None
        assert error_of(rig, field.action, field.with_value(text)) != BAD_TYPE, text
    before = list(rig.station.asked)
    for text in NO_DATES:
        assert error_of(rig, field.action, field.with_value(text)) == BAD_TYPE, text
    assert rig.station.asked == before


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_field_that_is_missing_or_too_many_is_told_as_such(rig: Rig, field: Field) -> None:
    if field.is_item:
        return
    before = list(rig.station.asked)
    assert error_of(rig, field.action, field.with_surplus()) == SURPLUS
    if field.is_required:
        assert error_of(rig, field.action, field.without()) == MISSING
    assert rig.station.asked == before


@pytest.mark.parametrize("action", CALLS)
def test_a_payload_that_is_no_object_is_told_as_such(rig: Rig, action: str) -> None:
    assert_no_object(rig, action, SURPLUS, [CALLS[action]])


@pytest.mark.parametrize("action", [action for action in CALLS if CALLS[action]])
def test_a_key_that_comes_twice_is_refused_and_changes_nothing(rig: Rig, action: str) -> None:
    good = next(iter(CALLS[action].values()))
    for first in ([[]], good):
        text = doubled(CALLS[action], first)
        assert [reply[:1] + reply[2:3] for reply in replies_to(rig, action, text)] == [[4, SURPLUS]]
    assert not rig.station.asked
