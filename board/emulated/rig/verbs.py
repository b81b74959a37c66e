"""Verbs: what a scenario can do to a charger, and how each becomes a request; pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.board.emulated import keys
from ampkeeper.board.emulated.key import BadRequestError, shown
from ampkeeper.board.emulated.rig import forms
from ampkeeper.board.emulated.rig.line import LineSettings
from ampkeeper.firmware.config.problems import nearest

VERSIONS = ("1.6", "2.0.1", "2.1")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do. ``verb`` says which of the other fields count."""

    verb: str
    method: str = ""  # of a request to the control API, "" for all else
    path: str = ""  # "{evse}" in it is the number of the EVSE
    body: dict[str, Any] = field(default_factory=dict)
    wait_s: float = 0.0
    value: Any = None


Make = Callable[[str, Any], Deed]


def deed(verb: str, value: object) -> Deed:
    """Check what a scenario wants done; BadRequestError says what is allowed."""
    if verb not in VERBS:
        near = nearest(verb, VERBS)
        hint = f"did you mean {near}? " if near else ""
        raise BadRequestError(f"{shown(verb)} is not a verb: {hint}allowed are {', '.join(VERBS)}")
    return VERBS[verb](verb, value)


def _plug(verb: str, value: object) -> Deed:
    given = forms.table(verb, value)
    body = keys.check(keys.EV, {"plugged": True, "ready": True} | given)
    return Deed(verb, "PATCH", "/v1/evses/{evse}/ev", body)


def _unplug(verb: str, value: object) -> Deed:
    _only(verb, value, (True,))
    return Deed(verb, "PATCH", "/v1/evses/{evse}/ev", {"plugged": False})


def _car(verb: str, value: object) -> Deed:
    return Deed(verb, "PATCH", "/v1/evses/{evse}/ev", keys.check(keys.EV, value))


def _fault(verb: str, value: object) -> Deed:
    body = dict.fromkeys([value], True) if isinstance(value, str) else value
    return Deed(verb, "PATCH", "/v1/evses/{evse}/faults", keys.check(keys.FAULTS, body))


def _mend(verb: str, value: object) -> Deed:
    body = {forms.text(verb, value): False}
    return Deed(verb, "PATCH", "/v1/evses/{evse}/faults", keys.check(keys.FAULTS, body))


def _meter(verb: str, value: object) -> Deed:
    return Deed(verb, "PATCH", "/v1/evses/{evse}/meter", keys.check(keys.METER, value))


def _grid(verb: str, value: object) -> Deed:
    return Deed(verb, "PATCH", "/v1/grid", keys.check(keys.GRID, value))


def _swipe(verb: str, value: object) -> Deed:
    return Deed(verb, "POST", "/v1/readers/1/tag", keys.check(keys.TAG, {"uid": value}))


def _token(verb: str, value: object) -> Deed:
    return Deed(verb, "POST", "/v1/readers/1/tag", keys.check(keys.TAG, {"token": value}))


def _network(verb: str, value: object) -> Deed:
    _only(verb, value, ("up", "down"))
    return Deed(verb, "PATCH", "/v1/network", {"up": value == "up"})


def _central(verb: str, value: object) -> Deed:
    """The central system goes, and refuses connections, or is back."""
    _only(verb, value, ("up", "down"))
    return Deed(verb, value=value)


def _power(verb: str, value: object) -> Deed:
    _only(verb, value, ("cut", "on"))
    return Deed(verb, value=value)


def _wait(verb: str, value: object) -> Deed:
    return Deed(verb, wait_s=forms.seconds(verb, value))


def _line(verb: str, value: object) -> Deed:
    LineSettings().changed(value)
    return Deed(verb, value=value)


def _disconnect(verb: str, value: object) -> Deed:
    _only(verb, value, (True,))
    return Deed(verb)


def _call(verb: str, value: object) -> Deed:
    """A call to the station, as if the central system had made it."""
    given = forms.table(verb, value)
    is_by_version = bool(given) and set(given) <= set(VERSIONS)
    by_version = given if is_by_version else dict.fromkeys(VERSIONS, given)
    for one in by_version.values():
        fields = forms.table(verb, one)
        if set(fields) != {"action", "payload"}:
            text = f"must be {{ action = ..., payload = {{...}} }}, or one of each of {VERSIONS}"
            raise BadRequestError(f"{verb} = {shown(value)}: {text}")
        forms.text("action", fields["action"])
        forms.table("payload", fields["payload"])
    return Deed(verb, value=by_version)


def _say(verb: str, value: object) -> Deed:
    return Deed(verb, value=forms.text(verb, value))


def _only(verb: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed or isinstance(value, bool) is not isinstance(allowed[0], bool):
        words = " or ".join(shown(each) for each in allowed)
        raise BadRequestError(f"{verb} = {shown(value)}: must be {words}")


VERBS: dict[str, Make] = {
    "plug": _plug,
    "unplug": _unplug,
    "car": _car,
    "swipe": _swipe,
    "token": _token,
    "fault": _fault,
    "mend": _mend,
    "meter": _meter,
    "grid": _grid,
    "network": _network,
    "central": _central,
    "power": _power,
    "wait": _wait,
    "line": _line,
    "disconnect": _disconnect,
    "call": _call,
    "say": _say,
}
