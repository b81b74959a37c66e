"""Whatever the schemas of OCPP 2.1 allow gets an answer that they allow; nothing raises.

Requests are drawn from the schemas themselves, every optional field and every word included, so
that no word that 2.1 added reaches a handler of 2.0.1 that does not know it. ``OCPP21_EXAMPLES``
is how many of each action.
"""

import importlib.util
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.dialect import Answer, Later
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from tests.unit.ocpp_dialects.conftest import load_fake

EXAMPLES = int(os.environ.get("OCPP21_EXAMPLES", "10"))
SCHEMAS = schemas_for("ocpp2.1")
ACTIONS = sorted(Dialect21(load_fake().FakeStation())._requests.actions)
ITEMS_MAX = 2
KNOWN = ("6b1b6a4e-0000-4000-8000-000000000001", "EVSE", "Power", "04A224B1", "T1", "")
NUMBERS = (0, 1, 2, 6, 16, 99)


Schema = dict[str, Any]
Made = dict[int, st.SearchStrategy[Any]]  # by the id of a part of the schema


@cache
def request_of(action: str) -> st.SearchStrategy[Any]:
    """Any payload that the request's schema allows, but for formats."""
    spec = importlib.util.find_spec("ocpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "v21" / "schemas"
    schema = json.loads((folder / f"{action}Request.json").read_text(encoding="utf-8-sig"))
    definitions = schema.get("definitions", {})
    made: Made = {}
    for part in reversed(parts_of(schema, *definitions.values())):  # those inside come first
        made[id(part)] = strategy_of(part, definitions, made)
    return made[id(schema)]


def parts_of(*roots: Schema) -> list[Schema]:
    """All parts of a schema, each before those inside it."""
    found: list[Schema] = []
    todo = [*roots]
    while todo:
        part = todo.pop()
        found.append(part)
        todo += [each for name, each in part.get("properties", {}).items() if name != "customData"]
        if isinstance(part.get("items"), dict):
            todo.append(part["items"])
    return found


def strategy_of(part: Schema, definitions: Schema, made: Made) -> st.SearchStrategy[Any]:
    """What one part allows, those inside it being made."""
    reference = part.get("$ref")
    if reference is not None:
        meant = definitions[reference.rsplit("/", 1)[-1]]
        return st.deferred(lambda: made[id(meant)])
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if part.get("type") == "object":
        told = part.get("properties", {}).items()
        fields = {name: made[id(each)] for name, each in told if name != "customData"}
        needed = {name: fields.pop(name) for name in part.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    if part.get("type") == "array":
        fewest = part.get("minItems", 0)
        items = made[id(part["items"])]
        return st.lists(items, min_size=fewest, max_size=max(fewest, ITEMS_MAX))
    return value_of(part)


def value_of(part: Schema) -> st.SearchStrategy[Any]:
    """What a value may be."""
    kind = part.get("type")
    if part.get("format") == "date-time":
        return st.sampled_from(("2026-11-22T12:00:00Z", "2030-01-01T00:00:00+01:00"))
    if kind == "string":
        longest = min(part.get("maxLength", 20), 20)
        fitting = [word for word in KNOWN if len(word) <= part.get("maxLength", 99)]
        return st.sampled_from(fitting) | st.text("aZ09-", max_size=longest)
    if kind in ("integer", "number"):
        low, high = part.get("minimum", -1), part.get("maximum", 10**9)
        return st.sampled_from([int(each) for each in (*NUMBERS, low) if low <= each <= high])
    return st.booleans() if kind == "boolean" else st.none() | st.booleans() | st.just("x")


@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_allowed_request_gets_an_allowed_answer(fake, action, data):
    payload = data.draw(request_of(action))
    if SCHEMAS.check_request(action, payload) is not None:
        return
    station = fake.FakeStation()
    station.measure(1)
    station.begin(2)
    answer = Dialect21(station).handle(action, payload)
    if isinstance(answer, Later):
        answers: list[Answer] = []
        answer.on_answer = answers.append
        station.lock_moved("unlocked")
        (answer,) = answers
    assert answer.error in (None, "OccurrenceConstraintViolation")
    if answer.error is None:
        assert SCHEMAS.check_response(action, answer.payload) is None, answer
    for follow in answer.follow:
        for call in follow.calls:
            assert SCHEMAS.check_request(call.action, call.payload) is None


def test_requests_are_drawn_that_the_schemas_allow():
    """Else the tests above would show nothing."""
    seen = []

    @settings(max_examples=30, database=None, suppress_health_check=list(HealthCheck))
    @given(request_of("SetChargingProfile"))
    def draw(payload):
        seen.append(SCHEMAS.check_request("SetChargingProfile", payload) is None)

    draw()
    assert sum(seen) > len(seen) / 2
