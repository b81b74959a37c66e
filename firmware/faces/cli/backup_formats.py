"""Formats of a backup: one of an older format is made one of today's, step by step. Pure.

Each step is a function from a document of one format to one of the next; it is never changed once
a software with the next format is out. What software of today no longer has is left out and named,
but for what may bound a current or guard access: there nothing is left out in silence.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.ocpp.setting import CONNECTOR_TIER, EVSE_TIER, NAME
from ampkeeper.firmware.ocpp.variables import by_name

FORMAT = 2
GUARDING = EVSE_TIER | CONNECTOR_TIER | {
    "AuthCtrlr",
    "ChargingStation",
    "ConnectedEV",
    "SecurityCtrlr",
    "SmartChargingCtrlr",
}  # fmt: skip

Document = dict[str, Any]


def _users_are_named(document: Document) -> Document:
    """1 to 2: before there were users, and before it was said what is left out."""
    return {"users": [], "left_out": [], **document}


STEPS: Mapping[int, Callable[[Document], Document]] = {1: _users_are_named}


def migrated(document: Document, name: str) -> Document:
    """The same as a document of ``FORMAT``; RefusedError where no way leads there."""
    number = document.get("format")
    if type(number) is not int or number < 1:
        raise RefusedError(f"{name}: format {number!r:.20}: this software knows 1 to {FORMAT}")
    if number > FORMAT:
        made_by = document.get("software")
        words = f"made by newer software ({made_by!r:.30}); this one knows 1 to {FORMAT}"
        raise RefusedError(f"{name}: format {number}: {words}: bring it back with that one")
    for each in range(number, FORMAT):
        document = {**STEPS[each](document), "format": each + 1}
    return document


def parted(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Those that this software has, and the names of those that it no longer has."""
    known = {name: value for name, value in settings.items() if by_name(name) is not None}
    gone = sorted(settings.keys() - known.keys())
    for name in gone:
        found = NAME.fullmatch(name)
        if found is None:
            raise RefusedError(f"setting {name[:60]!r}: is no name of a setting")
        if found["component"] in GUARDING:
            words = "this software has none, and it may guard something: take it out first"
            raise RefusedError(f"setting {name[:60]!r}: {words}")
    return known, gone
