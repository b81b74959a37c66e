"""Keys: every key that the control API takes, with its kind, range, unit and one line of help.

The checks, the error texts and the table in README.md are made from this page; nothing else
lists keys. A request is checked as a whole before any of it is applied.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ampkeeper.board.emulated import faults

BOOLEAN, INTEGER, NUMBER, TEXT, HEX, ANY, THREE_NUMBERS, TOKEN = range(8)
KIND_WORDS = (
    "true or false",
    "whole number",
    "number",
    "text",
    "hex",
    "any JSON",
    "3 numbers",
    "text",
)
Choice = str | int


@dataclass(frozen=True, slots=True)
class Key:
    """One key: ``low`` to ``high`` in ``unit``, or one of ``choices``."""

    name: str
    kind: int
    help: str
    low: float = 0
    high: float = 0
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    is_nullable: bool = False
    is_required: bool = False

    def allowed(self) -> str:
        """What the key accepts, in words."""
        words = KIND_WORDS[self.kind]
        if self.choices:
            words = " or ".join(_shown(choice) for choice in self.choices)
        elif self.kind == HEX:
            words = "upper- or lower-case hex of 8, 14 or 20 digits"
        elif self.kind == TOKEN:
            words = f"{_span(self)} characters of ASCII, no blank at either end"
        elif self.kind == TEXT:
            words = f"text of {_span(self)} characters"
        elif self.kind in (INTEGER, NUMBER, THREE_NUMBERS):
            words = f"{words}, {_span(self)}"
        words = f"{words} {self.unit}".rstrip()
        return words + (" or null" if self.is_nullable else "")


class BadRequestError(Exception):
    """The request cannot be carried out; nothing was changed. The text is for the caller."""


# fmt: off
EV = (
    Key("plugged", BOOLEAN, "The car is plugged in. A locked plug stays in the socket."),
    Key("ready", BOOLEAN, "The car wants to charge: it closes S2 once current is offered; false "
        "opens S2 at once. Initially true."),
    Key("ventilation", BOOLEAN, "The car asks for ventilation: state D instead of C."),
    Key("max_a", NUMBER, "The most the car's charger takes per phase.", 0, 80, "A"),
    Key("phases", INTEGER, "Phases that the car's charger uses.", 1, 3),
    Key("cable_a", INTEGER, "Resistor in the cable's plug.", unit="A", choices=(13, 20, 32, 63)),
    Key("diode", TEXT, "The diode in the car's pilot circuit.", choices=("ok", "short", "open")),
    Key("reaction_ms", INTEGER, "Time until the car follows another duty; after X1 it opens S2 "
        "without current after this, but not before 2 s.", 0, 60_000, "ms"),
    Key("obeys_limit", BOOLEAN, "false: the car ignores the pilot, draws max_a and keeps S2 "
        "closed."),
    Key("sleepy", BOOLEAN, "The car stays in B until the second time that a PWM starts."),
    Key("soc_percent", NUMBER, "State of charge; at 100 the car opens S2.", 0, 100, "%"),
    Key("capacity_wh", INTEGER, "Capacity of the battery; keeps the state of charge.",
        100, 1_000_000, "Wh"),
)
CAUSES = (
    Key("contactor_welded", BOOLEAN, "Main contacts and mirror stay closed."),
    Key("contactor_stuck", BOOLEAN, "Main contacts and mirror stay open."),
    Key("rcd_dc_ma", NUMBER, "DC residual current; trips at 6.", 0, 500, "mA"),
    Key("rcd_ac_ma", NUMBER, "AC residual current; trips at 30.", 0, 500, "mA"),
    Key("pe_open", BOOLEAN, "The protective conductor is interrupted."),
    Key("temperature_c", NUMBER, "Temperature inside the charger.", -40, 150, "°C"),
    Key("lock_stuck", BOOLEAN, "The lock's bolt does not move."),
    Key("lock_feedback_lost", BOOLEAN, "The lock's switch says open, whatever the bolt does."),
    Key("emergency_stop", BOOLEAN, "The emergency stop is pressed."),
    Key("supply_lost", BOOLEAN, "No mains ahead of this EVSE's contactor."),
    Key("pilot_noise", INTEGER, "Standard deviation of white noise on the pilot.", 0, 5_000, "mV"),
    Key("pilot_short", TEXT, "Short from pilot to earth, at the plug or behind the car's diode.",
        choices=("none", "plug", "after_diode")),
    Key("pp_short", BOOLEAN, "Short from proximity contact to earth."),
    Key("overdraw_percent", INTEGER, "The car draws this much above the offer.", 0, 100, "%"),
    Key("meter", TEXT, "What the meter does on its bus.",
        choices=("ok", "silent", "nan", "frozen", "backwards")),
    Key("reader", TEXT, "What the reader does on its line; one for the whole station.",
        choices=("ok", "silent")),
    Key("pilot_link", TEXT, "The line between station and pilot board.",
        choices=("ok", "silent", "noisy")),
    Key("disk", TEXT, "The disk under the state directory; one for the whole station.",
        choices=("ok", "full")),
)
GRID = (
    Key("voltage_v", THREE_NUMBERS, "Voltage of L1, L2, L3.", 0, 300, "V"),
    Key("frequency_hz", NUMBER, "Frequency.", 40, 70, "Hz"),
    Key("house_a", THREE_NUMBERS, "Current of the house beside the charger, L1, L2, L3.",
        -500, 500, "A"),
    Key("outage", BOOLEAN, "No voltage; the controller itself stays powered."),
)
METER = (
    Key("energy_wh", INTEGER, "What the register shows from now on.", 0, 99_999_999, "Wh"),
    Key("power_w", NUMBER, "Power to show instead of the true one; null ends that.",
        -100_000, 100_000, "W", is_nullable=True),
)
TAG = (
    Key("uid", HEX, "A card is held to the reader."),
    Key("token", TOKEN, "A reader that yields text yields this.", 1, 36),
)
NETWORK = (
    Key("up", BOOLEAN, "false cuts the way to the central system.", is_required=True),
)
POWER = (
    Key("cut", BOOLEAN, "true ends the process at once; nothing is flushed.", is_required=True),
)
ANSWER = (
    Key("status", TEXT, "DataTransferStatus of the answer.", is_required=True,
        choices=("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId")),
    Key("data", ANY, "Data of the answer; OCPP 1.6 carries text only."),
)
TRANSFER = (
    Key("vendorId", TEXT, "Vendor of the message.", 1, 255, is_required=True),
    Key("messageId", TEXT, "Which message.", 1, 50, is_nullable=True),
    Key("data", ANY, "Data to send; OCPP 1.6 carries text only."),
)
# fmt: on
FAULTS = (
    *(Key(name, BOOLEAN, f"Raise or end {name} by its cause.") for name in faults.NAMES),
    *CAUSES,
)
SECTIONS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("PATCH /v1/evses/{id}/ev", EV),
    ("PATCH /v1/evses/{id}/faults", FAULTS),
    ("PATCH /v1/evses/{id}/meter", METER),
    ("PATCH /v1/grid", GRID),
    ("POST /v1/readers/{id}/tag", TAG),
    ("PATCH /v1/network", NETWORK),
    ("POST /v1/power", POWER),
    ("PUT /v1/data-transfer/{vendorId}/{messageId}", ANSWER),
    ("POST /v1/data-transfer", TRANSFER),
)


def _span(key: Key) -> str:
    """The range, without exponents."""
    return f"{key.low:.12g} to {key.high:.12g}"


def check(keys: tuple[Key, ...], body: object) -> dict[str, Any]:
    """Return ``body`` if every key in it is known and every value allowed; else raise."""
    if not isinstance(body, dict):
        raise BadRequestError(f"body = {_shown(body)}: must be a JSON object")
    known = {key.name: key for key in keys}
    for name, value in body.items():
        if name not in known:
            raise BadRequestError(_unknown(name, known))
        check_value(known[name], value)
    missing = [key.name for key in keys if key.is_required and key.name not in body]
    if missing:
        raise BadRequestError(f"{missing[0]} is missing: {known[missing[0]].allowed()}")
    if not body:
        raise BadRequestError(f"body = {{}}: at least one of {', '.join(known)}")
    return body


def check_value(key: Key, value: object) -> None:
    """Raise unless ``value`` is what ``key`` accepts."""
    if value is None and key.is_nullable:
        return
    if not _is_allowed(key, value):
        raise BadRequestError(f"{key.name} = {_shown(value)}: must be {key.allowed()}")


def _is_allowed(key: Key, value: object) -> bool:
    if key.choices:
        return not isinstance(value, bool | float) and value in key.choices
    if key.kind == BOOLEAN:
        return isinstance(value, bool)
    if key.kind == INTEGER:
        return isinstance(value, int) and _is_in_range(key, value)
    if key.kind == NUMBER:
        return _is_in_range(key, value)
    if key.kind == TEXT:
        return isinstance(value, str) and key.low <= len(value) <= key.high and value.isprintable()
    if key.kind == TOKEN:
        return isinstance(value, str) and _is_token(value) and _is_in_range(key, len(value))
    if key.kind == HEX:
        return isinstance(value, str) and len(value) in (8, 14, 20) and _is_hex(value)
    if key.kind == THREE_NUMBERS:
        return isinstance(value, list) and len(value) == 3 and _are_in_range(key, value)
    return True


def _is_in_range(key: Key, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return key.low <= value <= key.high  # false for NaN


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _are_in_range(key: Key, values: list[object]) -> bool:
    return all(_is_in_range(key, value) for value in values)


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def _unknown(name: str, known: Mapping[str, Key]) -> str:
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold()[:64], by_folded, n=1, cutoff=0.5)
    nearest = f"did you mean {by_folded[found[0]]}? " if found else ""
    return f"{_shown(name)} is not a key: {nearest}allowed are {', '.join(known)}"


def _shown(value: object) -> str:
    """A value as JSON would show it, shortened."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text[:80])
    return text if len(text) < 80 else text + "..."
