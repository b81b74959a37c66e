"""Expectations: what a scenario can wait for, and what was seen instead; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ampkeeper.board.emulated.key import BadRequestError, shown
from ampkeeper.board.emulated.rig import forms
from ampkeeper.board.emulated.rig.shapes import ChargerState, Event
from ampkeeper.board.emulated.rig.traffic import Traffic, holds
from ampkeeper.board.emulated.rig.verbs import VERSIONS
from ampkeeper.firmware.config.problems import nearest

COUNT_MAX = 100_000
NONE = "none"


@dataclass(frozen=True, slots=True)
class Seen:
    """All that an expectation may look at. ``state`` is None while the charger has no power."""

    state: ChargerState | None
    events: Sequence[Event]
    traffic: Traffic
    evse_id: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """``look`` returns what it sees, ``is_so`` judges that."""

    key: str
    wanted: Any
    look: Callable[[Seen], Any]
    is_so: Callable[[Any], bool]

    def missing(self, seen: Seen) -> str:
        """What is there instead; "" when it is as expected."""
        found = self.look(seen)
        if self.is_so(found):
            return ""
        return f"{self.key}: expected {shown(self.wanted)}, seen {shown(found)}"


def expectation(key: str, value: object) -> Expectation:
    """Check what a scenario expects; BadRequestError says what is allowed."""
    if key in TEXTS:
        wanted = value if isinstance(value, list) else [value]
        for each in wanted:
            forms.text(key, each)
        return Expectation(key, value, TEXTS[key], lambda found: found in wanted)
    if key in NUMBERS:
        sign, limit = forms.bound(key, value)
        compare = forms.COMPARE[sign]
        is_so = lambda found: found is not None and compare(found, limit)  # noqa: E731
        return Expectation(key, value, NUMBERS[key], is_so)
    if key in OTHERS:
        return OTHERS[key](key, value)
    known = (*TEXTS, *NUMBERS, *OTHERS)
    near = nearest(key, known)
    hint = f"did you mean {near}? " if near else ""
    allowed = ", ".join(known)
    raise BadRequestError(f"{shown(key)} cannot be expected: {hint}allowed are {allowed}")


def _evse(key: str) -> Callable[[Seen], Any]:
    def look(seen: Seen) -> Any:
        evses = seen.state["evses"] if seen.state is not None else []
        found = next((each for each in evses if each["id"] == seen.evse_id), None)
        return cast(dict[str, Any], found).get(key) if found is not None else None

    return look


def _session(key: str) -> Callable[[Seen], Any]:
    def look(seen: Seen) -> Any:
        session = _evse("session")(seen)
        return NONE if session is None else session.get(key)

    return look


def _csms(key: str) -> Callable[[Seen], Any]:
    def look(seen: Seen) -> Any:
        return cast(dict[str, Any], seen.state["csms"])[key] if seen.state is not None else None

    return look


def _pilot(seen: Seen) -> Any:
    return (_evse("pilot")(seen) or {}).get("state")


def _session_wh(seen: Seen) -> Any:
    return (_evse("session")(seen) or {}).get("energy_wh")


def _current_a(seen: Seen) -> Any:
    return max(_evse("current_a")(seen) or [0.0])


TEXTS: dict[str, Callable[[Seen], Any]] = {
    "status": _evse("status"),
    "contactor": _evse("contactor"),
    "lock": _evse("lock"),
    "limited_by": _evse("limited_by"),
    "pilot": _pilot,
    "session": _session("state"),
    "id_tag": _session("id_tag"),
    "link": _csms("link"),
    "registration": _csms("registration"),
    "ocpp": _csms("ocpp"),
}
NUMBERS: dict[str, Callable[[Seen], Any]] = {
    "power_w": _evse("power_w"),
    "energy_wh": _evse("energy_wh"),
    "limit_a": _evse("limit_a"),
    "current_a": _current_a,
    "session_wh": _session_wh,
    "queued": _csms("queued"),
    "transactions": lambda seen: seen.traffic.over(),
    "connections": lambda seen: seen.traffic.connections,
}


def _faults(key: str, value: object) -> Expectation:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadRequestError(f"{key} = {shown(value)}: must be a list of names, [] for none")
    look = _evse("faults")
    return Expectation(key, value, look, lambda found: found is not None and found == value)


def _called(key: str, value: object) -> Expectation:
    """The station called: an action, or ``{ action, with, count }``; or one for each version."""
    by_version = _by_version(key, value)
    for one in by_version.values():
        _call_of(key, one)

    def look(seen: Seen) -> int | str:
        version = _version(seen)
        if version not in by_version:
            return f"nothing is expected of OCPP {version}"
        action, payload, least = _call_of(key, by_version[version])
        found = seen.traffic.calls(action, payload)
        return "enough" if found >= least else found

    return Expectation(key, value, look, lambda found: found == "enough")


def _by_version(key: str, value: object) -> dict[str, object]:
    if isinstance(value, dict) and value and set(value) <= set(VERSIONS):
        return value
    return dict.fromkeys(VERSIONS, value)


def _version(seen: Seen) -> str:
    frames = seen.traffic.frames
    return frames[-1].version.removeprefix("ocpp") if frames else ""


def _call_of(key: str, value: object) -> tuple[str, dict[str, Any], int]:
    if isinstance(value, str):
        return forms.text(key, value), {}, 1
    given = forms.table(key, value)
    unknown = set(given) - {"action", "with", "count"}
    if unknown or "action" not in given:
        allowed = f"must be an action, or have action, with, count; or be one of each of {VERSIONS}"
        raise BadRequestError(f"{key} = {shown(value)}: {allowed}")
    payload = forms.table("with", given.get("with", {}))
    count = forms.whole("count", given.get("count", 1), 1, COUNT_MAX)
    return forms.text("action", given["action"]), payload, count


def _never_called(key: str, value: object) -> Expectation:
    action = forms.text(key, value)
    return Expectation(
        key, value, lambda seen: seen.traffic.calls(action), lambda found: found == 0
    )


def _answered(key: str, value: object) -> Expectation:
    """What the station answered to the newest ``call``: fields of it, or the code of an error."""
    if not isinstance(value, str):
        forms.table(key, value)
    return Expectation(
        key, value, lambda seen: seen.traffic.answer(), lambda found: holds(found, value)
    )


def _event(key: str, value: object) -> Expectation:
    given = {"kind": value} if isinstance(value, str) else forms.table(key, value)
    forms.text("kind", given.get("kind"))

    def look(seen: Seen) -> Any:
        found = [event for event in seen.events if event["kind"] == given["kind"]]
        fitting = [event for event in found if holds(event, given)]
        nearest_ones = fitting or found
        return nearest_ones[-1] if nearest_ones else None

    return Expectation(key, value, look, lambda found: found is not None and holds(found, given))


OTHERS: dict[str, Callable[[str, object], Expectation]] = {
    "faults": _faults,
    "called": _called,
    "never_called": _never_called,
    "answered": _answered,
    "event": _event,
}
