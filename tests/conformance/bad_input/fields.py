"""Fields of requests, and what may be wrong with each: for the tables of bad requests.

What a field allows is read from the standard's schema.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from tests.unit.ocpp_core.core_fakes import Rig

BAD_VALUE, BAD_TYPE = "PropertyConstraintViolation", "TypeConstraintViolation"
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
    good: dict[str, Any]
    is_required: bool

    def with_value(self, value: Any) -> dict[str, Any]:
        """The good request, with another value here."""
        payload: dict[str, Any] = deepcopy(self.good)
        place(payload, self.path)[self.path[-1]] = value
        return payload

    @property
    def is_item(self) -> bool:
        """True for an item of a list, which has no name."""
        return isinstance(place(self.good, self.path), list)

    def with_surplus(self) -> dict[str, Any]:
        """The good request, with a field beside this one that the standard does not know."""
        return Field(self.action, (*self.path[:-1], "surplus"), {}, self.good, False).with_value(1)

    def without(self) -> dict[str, Any]:
        """The good request without this field."""
        payload: dict[str, Any] = deepcopy(self.good)
        del place(payload, self.path)[self.path[-1]]
        return payload

    def __str__(self) -> str:
        return f"{self.action}/{'/'.join(map(str, self.path))}"


def place(payload: Any, path: Path_) -> Any:
    for step in path[:-1]:
        payload = payload[step]
    return payload


def schema_of(version: str, action: str) -> dict[str, Any]:
    """The schema of a request, of "v16" or "v201"."""
    spec = find_spec("ocpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / version / "schemas"
    file = folder / f"{action}Request.json"
    text = (file if file.exists() else folder / f"{action}.json").read_text("utf-8-sig")
    found: dict[str, Any] = json.loads(text)
    return found


def fields_of(version: str, action: str, good: dict[str, Any]) -> Iterator[Field]:
    """Every value in the good request, however deep."""
    whole = schema_of(version, action)
    waiting: list[tuple[Path_, Any, dict[str, Any], bool]] = [((), good, whole, True)]
    while waiting:
        path, value, rule, is_required = waiting.pop()
        while "$ref" in rule:
            rule = whole["definitions"][rule["$ref"].rpartition("/")[2]]
        if path:
            yield Field(action, path, rule, good, is_required)
        if isinstance(value, dict) and "properties" in rule:
            needed = rule.get("required", ())
            waiting += [
                ((*path, name), each, rule["properties"][name], name in needed)
                for name, each in value.items()
            ]
        elif isinstance(value, list):
            waiting += [((*path, at), each, rule["items"], False) for at, each in enumerate(value)]


def is_date(field: Field) -> bool:
    """True for a moment in time."""
    return field.rule.get("format") == "date-time"


def doubled(good: dict[str, Any], first: Any) -> str:
    """The text of a good request whose first key comes twice, with this the first time."""
    name = json.dumps(next(iter(good)))
    return f"{{{name}:{json.dumps(first)},{json.dumps(good)[1:]}"


def assert_no_object(rig: Rig, action: str, surplus: str, *others: Any) -> None:
    """A payload that is no object is told as such, and nothing is asked of the station."""
    before = list(rig.station.asked)
    for payload in ("x", 1, True, [], *others):
        assert error_of(rig, action, payload) in (BAD_TYPE, surplus), payload
    assert rig.station.asked == before


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
