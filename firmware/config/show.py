"""Showing: the configuration in force, as data for JSON and as TOML, with secrets masked."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ampkeeper.firmware.config.fields import FREE, TABLES, is_secret_name, keys_of, toml_text
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.read import MASK, key_name

TAIL_SHOWN = 4  # characters of a tag that are enough to know one's own


def as_data(config: Config) -> dict[str, Any]:
    """Every section and key with its value in force, ready for JSON, secrets masked."""
    data: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if isinstance(value, tuple):
            data[field.name] = [_section(item) for item in value]
        else:
            data[field.name] = _section(value)
    return data


def as_toml(config: Config) -> str:
    """The same as a file that could be read again, but for what is masked."""
    parts = []
    for head, values in tables(as_data(config)):
        lines = [f"{key_name((name,))} = {toml_text(value)}" for name, value in values.items()]
        parts.append("\n".join([head, *lines]) + "\n")
    return "\n".join(parts)


def tables(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each table of ``as_data`` as its head, "[ocpp]", and its own values."""
    for name, section in data.items():
        is_array = isinstance(section, list)
        for table in section if is_array else [section]:
            inner = {key: value for key, value in table.items() if isinstance(value, dict)}
            own = {key: value for key, value in table.items() if key not in inner}
            yield f"[[{name}]]" if is_array else f"[{name}]", own
            yield from ((f"[{name}.{key_name((key,))}]", inner[key]) for key in inner if inner[key])


def masked(name: str, value: object) -> object:
    """``value``, or a mask where ``name`` says that it is a secret."""
    return MASK if is_secret_name(name) and value != "" else value


def _section(section: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, key in keys_of(type(section)).items():
        value = getattr(section, name)
        if key.kind == TABLES:
            shown |= {table: _free(content) for table, content in value.items()}
        elif key.kind == FREE:
            shown[name] = _free(value)
        elif isinstance(value, tuple):
            shown[name] = [_tail(item) if key.is_secret else item for item in value]
        elif value is not None:
            shown[name] = _tail(value) if key.is_secret and value else value
    return shown


def _free(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: masked(name, value) for name, value in values.items()}


def _tail(text: str) -> str:
    return MASK + (text[-TAIL_SHOWN:] if len(text) > 2 * TAIL_SHOWN - 1 else "")
