"""Reading: what a request brings, against what its row asks for. Pure.

A body is one JSON value without doubled keys; everything in it is checked by the row's schema, and
so are the query and what stands in the path.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ampkeeper.firmware.faces.web.entry import Refusal
from ampkeeper.firmware.faces.web.routes import PLACES, Row, places_of

NUMBER = re.compile(r"0|-?[1-9][0-9]{0,11}")
JSON_TYPE = "application/json"
SHOWN_MAX = 40

Check = Callable[[Any], Any]
"""None, or what is wrong: a violation with ``path`` and ``text``."""
BuildCheck = Callable[[dict[str, Any]], Check]


class Reader:
    """Checks by the schemas of the rows; each is built when it is first needed."""

    def __init__(self, build: BuildCheck) -> None:
        self._build = build
        self._checks: dict[str, Check] = {}

    def body(self, row: Row, kind: str, data: bytes) -> dict[str, Any]:
        """The body's members; Refusal says what is wrong with it."""
        if row.body is None:
            if data.strip() not in (b"", b"{}"):
                raise Refusal(400, "body: must be empty here")
            return {}
        if not data.strip() and not row.body.get("required") and row.body.get("properties"):
            return {}
        if kind != JSON_TYPE:
            raise Refusal(415, f"Content-Type = {kind[:80]!a}: must be {JSON_TYPE}")
        found = parse(data)
        self._hold(self._check(f"body of {row.name}", row.body), found, "body")
        assert isinstance(found, dict), "every schema of a body says so"
        return found

    def places(self, row: Row, told: Mapping[str, str]) -> dict[str, Any]:
        """What stands in the path; whatever cannot stand there is no page of ours."""
        found: dict[str, Any] = {}
        for name in places_of(row.path):
            value = _number(told[name]) if PLACES[name].get("type") == "integer" else told[name]
            if self._check(f"place {name}", PLACES[name])(value) is not None:
                raise Refusal(404, f"{name} = {told[name][:SHOWN_MAX]!a}: there is no such thing")
            found[name] = value
        return found

    def query(self, row: Row, told: list[tuple[str, str]]) -> dict[str, Any]:
        """What stands behind the question mark."""
        found: dict[str, Any] = {}
        for name, text in told:
            if name not in row.query:
                allowed = ", ".join(row.query) or "none"
                raise Refusal(400, f"{name[:SHOWN_MAX]!a} in the query: allowed are {allowed}")
            if name in found:
                raise Refusal(400, f"{name} in the query: must stand there once")
            found[name] = _number(text) if row.query[name].get("type") == "integer" else text
            check = self._check(f"query {name} of {row.name}", row.query[name])
            self._hold(check, found[name], name)
        return found

    def _hold(self, check: Check, value: Any, what: str) -> None:
        wrong = check(value)
        if wrong is not None:
            where = f"{what}/{wrong.path}" if wrong.path else what
            raise Refusal(400, f"{where}: {wrong.text}")

    def _check(self, name: str, schema: Mapping[str, Any]) -> Check:
        check = self._checks.get(name)
        if check is None:
            check = self._checks[name] = self._build(dict(schema))
        return check


def parse(data: bytes) -> Any:
    """One JSON value; Refusal if it is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"body: not UTF-8 at byte {error.start}: must be JSON") from None
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"body: not JSON: {str(error)[:100]}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _number(text: str) -> int | str:
    """A whole number, or the text as it is, which no schema of a number takes."""
    return int(text) if NUMBER.fullmatch(text) else text
