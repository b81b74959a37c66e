"""Bad requests, for every field of every request of OCPP 1.6: each gets its error, and no more.

The fields are those of ``calls_16.CALLS``; what each allows is read from the standard's schema.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.frame import FRAME_CHARS_MAX
from ampkeeper.firmware.ocpp.schemas import parse_date_time
from tests.conformance.bad_input.calls_16 import CALLS
from tests.conformance.traps.trap_rigs import OLD, real_rig
from tests.unit.ocpp_core.core_fakes import Rig

BAD_VALUE, BAD_TYPE = "PropertyConstraintViolation", "TypeConstraintViolation"
MISSING, SURPLUS = "OccurenceConstraintViolation", "FormationViolation"
OTHER_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (None, 1, 1.5, True, [], ["x"], {}, {"x": 1}),
    "integer": (None, "1", 1.5, True, [], [1], {}, {"x": 1}),
    "number": (None, "1.5", True, [], [1.5], {}, {"x": 1}),
    "object": (None, "x", 1, True, [], [{}]),
    "array": (None, "x", 1, True, {}, {"x": 1}),
}
DATES = (
    "2026-11-22T12:00:00Z",
    "2026-11-22T12:00:00.123Z",
    "2026-11-22T12:00:00.123456Z",
    "2026-11-22T12:00:00.123456789Z",
    "2026-11-22T12:00:00+00:00",
    "2026-11-22T13:00:00+01:00",
    "2026-11-22T06:30:00-05:30",
    "2026-11-22T12:00:00",
    "2026-11-22T12:00Z",
    "2026-11-22T12Z",
    "20261122T120000Z",
    "2026-W47-7T12:00:00Z",
    "2026-11-22t12:00:00z",
    "2026-11-22 12:00:00Z",
)
NO_DATES = (
    "",
    "now",
    "yesterday-ish",
    "12:00:00",
    "2026-11-22",
    "2026-02-30T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-11-22T25:00:00Z",
    "2026-11-22T12:00:00+99:00",
    "0000-00-00T00:00:00Z",
    "99999-01-01T00:00:00Z",
    "1795348800",
)

NUMBERS = count(1)  # a message id is used once

Path_ = tuple[Any, ...]


@dataclass(frozen=True)
class Field:
    """One value of one request, and what the schema says of it."""

    action: str
    path: Path_
    rule: dict[str, Any]

    def with_value(self, value: Any) -> dict[str, Any]:
        """The good request, with another value here."""
        payload: dict[str, Any] = deepcopy(CALLS[self.action])
        place(payload, self.path)[self.path[-1]] = value
        return payload

    def __str__(self) -> str:
        return f"{self.action}/{'/'.join(map(str, self.path))}"


def place(payload: Any, path: Path_) -> Any:
    for step in path[:-1]:
        payload = payload[step]
    return payload


def schema_of(action: str) -> dict[str, Any]:
    spec = find_spec("ocpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "v16" / "schemas"
    file = folder / f"{action}Request.json"
    text = (file if file.exists() else folder / f"{action}.json").read_text("utf-8-sig")
    found: dict[str, Any] = json.loads(text)
    return found


def fields_of(action: str) -> Iterator[Field]:
    """Every value in the good request, however deep."""
    whole = schema_of(action)
    waiting: list[tuple[Path_, Any, dict[str, Any]]] = [((), CALLS[action], whole)]
    while waiting:
        path, value, rule = waiting.pop()
        while "$ref" in rule:
            rule = whole["definitions"][rule["$ref"].rpartition("/")[2]]
        if path:
            yield Field(action, path, rule)
        if isinstance(value, dict):
            inner = rule["properties"]
            waiting += [((*path, name), each, inner[name]) for name, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, at), each, rule["items"]) for at, each in enumerate(value)]


FIELDS = [field for action in CALLS for field in fields_of(action)]
LONG = [field for field in FIELDS if "maxLength" in field.rule]
WORDED = [field for field in FIELDS if "enum" in field.rule]
DATED = [field for field in FIELDS if field.rule.get("format") == "date-time"]


@pytest.fixture(scope="module")
def rig() -> Rig:
    return new_rig()


def new_rig() -> Rig:
    made = real_rig(OLD)
    made.station.lock = "failed"  # answered at once
    return made


def error_of(rig: Rig, action: str, payload: Any) -> str:
    """Ask; the code of the error, or nothing for a result. There is one answer."""
    replies = replies_to(rig, action, json.dumps(payload))
    assert len(replies) == 1, (action, str(payload)[:200], replies)
    return str(replies[0][2]) if replies[0][0] == 4 else ""


def replies_to(rig: Rig, action: str, text: str) -> list[Any]:
    """Ask under a new id with this text for a payload; all that comes back under it."""
    message_id = f"theirs-{next(NUMBERS)}"
    rig.sent.clear()
    rig.receive_text(f'[2,"{message_id}","{action}",{text}]')
    return [frame for frame in rig.sent if frame[1] == message_id]


def test_the_table_has_every_request_and_every_field_of_the_standard() -> None:
    assert len(CALLS) == 26
    for action in CALLS:
        told = {field.path for field in fields_of(action)}
        assert set(schema_of(action)["properties"]) == {path[0] for path in told}, action
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
    payload = deepcopy(CALLS[field.action])
    holder = place(payload, field.path)
    if isinstance(holder, list):
        return
    before = list(rig.station.asked)
    surplus = deepcopy(payload)
    place(surplus, field.path)["surplus"] = 1
    assert error_of(rig, field.action, surplus) == SURPLUS
    assert rig.station.asked == before
    if is_required(field):
        del holder[field.path[-1]]
        assert error_of(rig, field.action, payload) == MISSING
        assert rig.station.asked == before


@pytest.mark.parametrize("action", CALLS)
def test_a_payload_that_is_no_object_is_told_as_such(rig: Rig, action: str) -> None:
    before = list(rig.station.asked)
    for payload in ("x", 1, True, [], [CALLS[action]]):
        assert error_of(rig, action, payload) in (BAD_TYPE, SURPLUS), payload
    assert rig.station.asked == before


@pytest.mark.parametrize("action", [action for action in CALLS if CALLS[action]])
def test_a_key_that_comes_twice_is_refused_and_changes_nothing(rig: Rig, action: str) -> None:
    name, good = next(iter(CALLS[action].items()))
    body = json.dumps(CALLS[action])[1:]
    for first in (json.dumps([[]]), json.dumps(good)):
        text = f"{{{json.dumps(name)}:{first},{body}"
        assert [reply[:1] + reply[2:3] for reply in replies_to(rig, action, text)] == [[4, SURPLUS]]
    assert not rig.station.asked


def is_required(field: Field) -> bool:
    whole = schema_of(field.action)
    rule = whole
    for step in field.path[:-1]:
        rule = rule["items"] if isinstance(step, int) else rule["properties"][step]
        while "$ref" in rule:
            rule = whole["definitions"][rule["$ref"].rpartition("/")[2]]
    return field.path[-1] in rule.get("required", ())
