"""The model as JSON schema, for editors and forms. Rules between keys are not in it."""

import dataclasses
from typing import Any

from ampkeeper.firmware.config.fields import (
    BOOLEAN,
    FILE,
    FREE,
    FREE_CHARS_MAX,
    FREE_NAMES_MAX,
    INTEGER,
    NUMBER,
    TABLES,
    TEXTS,
    Key,
    keys_of,
)
from ampkeeper.firmware.config.model import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of the whole file."""
    properties: dict[str, Any] = {}
    required = []
    for field in dataclasses.fields(Config):
        table = _table(field.metadata["section"])
        if "count" in field.metadata:
            least, most = field.metadata["count"]
            table = {"type": "array", "minItems": least, "maxItems": most, "items": table}
        properties[field.name] = table
        if field.metadata.get("is_required"):
            required.append(field.name)
    return {
        "$schema": DIALECT,
        "title": "Ampkeeper's configuration",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _table(section: type) -> dict[str, Any]:
    keys = keys_of(section)
    plain = {name: key for name, key in keys.items() if key.kind != TABLES}
    has_tables = len(plain) < len(keys)
    return {
        "type": "object",
        "description": (section.__doc__ or "").strip(),
        "properties": {name: _key(key) for name, key in plain.items()},
        "required": [name for name, key in plain.items() if key.is_required],
        "additionalProperties": _free() if has_tables else False,
    }


def _key(key: Key) -> dict[str, Any]:
    body: dict[str, Any] = {
        "description": f"{key.help} Unit: {key.unit}." if key.unit else key.help
    }
    if key.kind == FREE:
        return body | _free()
    if key.default is not None:
        body["default"] = list(key.default) if isinstance(key.default, tuple) else key.default
    if key.kind == BOOLEAN:
        body["type"] = "boolean"
    elif key.kind in (INTEGER, NUMBER):
        body |= _number(key)
    elif key.kind == FILE:
        body["type"] = "string"
    elif key.kind == TEXTS:
        items = _text(key)
        body |= {"type": "array", "uniqueItems": True, "items": items}
        body |= {"minItems": key.count_min, "maxItems": key.count_max}
    else:
        body |= _text(key)
    if key.choices and key.kind != TEXTS:
        body["enum"] = list(key.choices)
    return body


def _number(key: Key) -> dict[str, Any]:
    between = {"minimum": key.low, "maximum": key.high}
    if key.also is None:
        return {"type": key.kind, **between}
    return {"type": key.kind, "anyOf": [{"const": key.also}, between]}


def _text(key: Key) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "string", "maxLength": key.chars_max}
    if key.choices:
        return body | {"enum": list(key.choices)}
    pattern = f"^(?:{key.pattern})$"
    return body | {"pattern": f"^$|{pattern}" if key.default == "" else pattern}


def _free() -> dict[str, Any]:
    value = {"type": ["string", "number", "boolean"], "maxLength": FREE_CHARS_MAX}
    return {"type": "object", "maxProperties": FREE_NAMES_MAX, "additionalProperties": value}
