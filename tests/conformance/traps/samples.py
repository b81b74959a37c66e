"""A good message of each kind, made from the standard's schemas: every field, the first word."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ampkeeper.firmware.ocpp.schemas import FOLDERS

NOON = "2026-11-22T12:00:00Z"


@cache
def request_names(subprotocol: str) -> tuple[str, ...]:
    """All requests that the version knows."""
    names = {path.stem for path in _folder(subprotocol).glob("*.json")}
    requests = {name.removesuffix("Request") for name in names if not name.endswith("Response")}
    return tuple(sorted(requests))


@cache
def request_text(subprotocol: str, action: str) -> str:
    """A request as JSON text."""
    name = action if subprotocol == "ocpp1.6" else f"{action}Request"
    return _text(subprotocol, name)


@cache
def response_text(subprotocol: str, action: str) -> str:
    """A response to ``action`` as JSON text."""
    return _text(subprotocol, f"{action}Response")


def _folder(subprotocol: str) -> Path:
    spec = find_spec("ocpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / FOLDERS[subprotocol] / "schemas"


def _text(subprotocol: str, name: str) -> str:
    text = (_folder(subprotocol) / f"{name}.json").read_text(encoding="utf-8-sig")
    schema = json.loads(text)
    return json.dumps(_sample(schema, schema.get("definitions", {})))


def _sample(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """One value that the schema allows; no schema here refers to itself."""
    root: list[Any] = [None]
    todo: list[tuple[dict[str, Any], Any, Any]] = [(schema, root, 0)]
    while todo:
        part, holder, key = todo.pop()
        if "$ref" in part:
            part = definitions[part["$ref"].rpartition("/")[2]]
        value = holder[key] = _one(part)
        if isinstance(value, dict):
            todo += [(field, value, name) for name, field in part.get("properties", {}).items()]
        elif isinstance(value, list):
            todo += [(part["items"], value, place) for place in range(len(value))]
    return root[0]


def _one(part: dict[str, Any]) -> Any:
    """The value itself, without what is in it."""
    if "enum" in part:
        return part["enum"][0]
    match part.get("type"):
        case "array":
            return [None] * max(1, part.get("minItems", 1))
        case "string":
            return NOON if part.get("format") == "date-time" else "a1"[: part.get("maxLength", 2)]
        case "integer" | "number":
            return max(1, part.get("minimum", 1))
        case "boolean":
            return True
        case _:
            return {}
