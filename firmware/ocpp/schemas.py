"""Schemas: is this payload what the standard allows? Both directions, always.

The JSON schemas are those that ship inside the ``ocpp`` package, found without importing it.
One checker is built per message at its first use and shared by all stations of the process.
``jsonschema-rs`` checks; ``fastjsonschema`` does where that has no wheel (armv7). Formats are off
in both, as they differ there; date-times are checked here. Actions come from the network, so a
file name is only ever taken from the directory's own listing.
"""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

FORMAT, OCCURRENCE, TYPE, PROPERTY = range(4)  # what kind of rule was broken
FOLDERS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
SENT_ONLY = "NotifyPeriodicEventStream"  # 2.1: a SEND has one schema, and no response
MASK = "the value"  # complaints are logged, and values may be tokens or passwords
TEXT_CHARS_MAX = 200  # of an error description; the standards allow 255

_KINDS = {
    "required": OCCURRENCE,
    "minItems": OCCURRENCE,
    "maxItems": OCCURRENCE,
    "type": TYPE,
    "additionalProperties": FORMAT,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """The first rule that a payload breaks, where, and in words."""

    kind: int
    path: str
    text: str


Checker = Callable[[Any], Violation | None]
Schema = dict[str, Any]


def parse_date_time(text: str) -> datetime | None:
    """Read any ISO 8601 date and time, as central systems write them; no zone means UTC."""
    if len(text) < len("20261122T1200") or "T" not in text.upper().replace(" ", "T"):
        return None
    try:
        time = datetime.fromisoformat(text.upper())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Schemas:
    """All messages of one OCPP version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = frozenset(path.stem for path in folder.glob("*.json"))
        self._checkers: dict[tuple[str, bool], Checker] = {}

    def has(self, action: str) -> bool:
        """True if the version knows this request."""
        return self._request_name(action) is not None

    def actions(self) -> frozenset[str]:
        """The names of all requests, as the standard has them."""
        names = (name.removesuffix("Response").removesuffix("Request") for name in self._names)
        return frozenset(names)

    def check_request(self, action: str, payload: Any) -> Violation | None:
        """Check a request of a known action."""
        name = self._request_name(action)
        if name is None:
            return Violation(FORMAT, "", f"no request is called {action[:50]!r}")
        return self._checker(name)(payload)

    def check_response(self, action: str, payload: Any) -> Violation | None:
        """Check the response to a known action."""
        name = f"{action}Response"
        if name not in self._names:
            return Violation(FORMAT, "", f"no response is called {name[:50]!r}")
        return self._checker(name)(payload)

    def has_only_extras(self, action: str, payload: Any) -> bool:
        """True if a response breaks the schema by nothing but fields that it does not know.

        Central systems in the field add some; losing a transaction over them helps nobody.
        """
        name = f"{action}Response"
        return name in self._names and self._checker(name, lets_extras=True)(payload) is None

    def _request_name(self, action: str) -> str | None:
        name = f"{action}Request"
        if name in self._names:
            return name
        if action == SENT_ONLY and action in self._names:
            return action
        is_v16_request = action in self._names and f"{action}Response" in self._names
        return action if is_v16_request else None

    def _checker(self, name: str, lets_extras: bool = False) -> Checker:
        checker = self._checkers.get((name, lets_extras))
        if checker is None:
            text = (self._folder / f"{name}.json").read_text(encoding="utf-8-sig")
            schema = json.loads(text, object_hook=_open if lets_extras else None)
            checker = self._checkers[name, lets_extras] = build_checker(schema)
        return checker


def _open(part: Schema) -> Schema:
    return {key: value for key, value in part.items() if key != "additionalProperties"}


@cache
def schemas_for(subprotocol: str) -> Schemas:
    """The schemas of a subprotocol, one set per process."""
    spec = importlib.util.find_spec("ocpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    root = Path(spec.submodule_search_locations[0])
    return Schemas(root / FOLDERS[subprotocol] / "schemas")


def build_checker(schema: Schema) -> Checker:
    """Build one message's checker with the engine at hand, date-times included."""
    check = _build(schema)
    times = _date_time_paths(schema)

    def check_all(payload: Any) -> Violation | None:
        try:
            violation = check(payload)
        except (ValueError, OverflowError) as error:  # lone surrogates, numbers beyond all bounds
            return Violation(PROPERTY, "", f"cannot be checked: {type(error).__name__}")
        if violation is not None:
            return violation
        return _check_date_times(payload, times) if times else None

    return check_all


def build_with_rs(schema: Schema) -> Checker:
    """Build with jsonschema-rs, for the draft that the schema declares."""
    import jsonschema_rs

    is_draft_4 = "draft-04" in schema.get("$schema", "")
    kind = jsonschema_rs.Draft4Validator if is_draft_4 else jsonschema_rs.Draft6Validator
    validator = kind(schema, validate_formats=False, mask=MASK)

    def check(payload: Any) -> Violation | None:
        if validator.is_valid(payload):
            return None
        for error in validator.iter_errors(payload):
            return _violation(str(error.schema_path[-1]), error.instance_path, error.message)
        return None

    return check


def build_with_fast(schema: Schema) -> Checker:
    """Build with fastjsonschema: generated Python, for machines without the other's wheel."""
    import fastjsonschema

    validate = fastjsonschema.compile(schema, use_default=False, use_formats=False)

    def check(payload: Any) -> Violation | None:
        try:
            validate(payload)
        except fastjsonschema.JsonSchemaValueException as error:
            return _violation(error.rule or "", error.path[1:], error.message)
        return None

    return check


def round_decimals(payload: Any) -> Any:
    """Copy a 1.6 payload with each decimal at one digit, as ``multipleOf 0.1`` asks (row 33).

    Without it 8.1 computed as 8.100000000000001 is refused by strict peers. NaN: ValueError.
    """
    if not _has_float(payload):
        return payload
    return json.loads(json.dumps(payload, allow_nan=False), parse_float=_one_decimal)


def _one_decimal(text: str) -> float:
    return round(float(text), 1)


def _has_float(payload: Any) -> bool:
    todo = [payload]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, float):
            return True
    return False


def _violation(rule: str, path: list[Any], message: str) -> Violation:
    where = "/".join(str(part) for part in path)
    return Violation(_KINDS.get(rule, PROPERTY), where, message[:TEXT_CHARS_MAX])


def _date_time_paths(schema: Schema) -> tuple[tuple[str, ...], ...]:
    """All places of date-times; "*" stands for every item of a list."""
    found: list[tuple[str, ...]] = []
    definitions = schema.get("definitions", {})
    todo: list[tuple[tuple[str, ...], Any]] = [((), schema)]
    while todo:
        path, part = todo.pop()
        reference = part.get("$ref")
        if reference is not None:
            part = definitions[reference.rsplit("/", 1)[-1]]
        if part.get("format") == "date-time":
            found.append(path)
        for name, child in part.get("properties", {}).items():
            todo.append(((*path, name), child))
        if isinstance(part.get("items"), dict):
            todo.append(((*path, "*"), part["items"]))
    return tuple(found)


def _check_date_times(payload: Any, paths: tuple[tuple[str, ...], ...]) -> Violation | None:
    for path in paths:
        for value in _values_at(payload, path):
            if not isinstance(value, str) or parse_date_time(value) is None:
                text = f"{str(value)[:40]!r} is not a date and time"
                return Violation(TYPE, "/".join(path), text)
    return None


def _values_at(payload: Any, path: tuple[str, ...]) -> list[Any]:
    values = [payload]
    for name in path:
        if name == "*":
            values = [item for value in values for item in value]
        else:
            values = [value[name] for value in values if name in value]
    return values


def _choose_engine() -> Callable[[Schema], Checker]:
    has_rs = importlib.util.find_spec("jsonschema_rs") is not None
    return build_with_rs if has_rs else build_with_fast


_build = _choose_engine()
