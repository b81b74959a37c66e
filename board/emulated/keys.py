"""Keys: every key that the control API takes, by section.

The checks, the error texts and the table in README.md are made from this page and from
``keys_of_world.py``; nothing else lists keys. A request is checked as a whole before any of it
is applied.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from ampkeeper.board.emulated import faults
from ampkeeper.board.emulated.key import (
    ANY,
    BOOLEAN,
    HEX,
    INTEGER,
    NUMBER,
    TEXT,
    THREE_NUMBERS,
    TOKEN,
    BadRequestError,
    Key,
    check_value,
    shown,
)
from ampkeeper.board.emulated.keys_of_world import CAUSES, EV

__all__ = ["CAUSES", "EV", "BadRequestError", "Key", "check", "check_value"]

# fmt: off
GRID = (
    Key("voltage_v", THREE_NUMBERS, "Voltage of L1, L2, L3.", 0, 300, "V"),
    Key("frequency_hz", NUMBER, "Frequency.", 40, 70, "Hz"),
    Key("house_a", THREE_NUMBERS, "Current of the house beside the charger, L1, L2, L3.",
        -500, 500, "A"),
    Key("outage", BOOLEAN, "No voltage; the controller itself stays powered."),
    Key("operator_order", BOOLEAN, "The relay of the grid operator's control box orders a cap."),
    Key("operator_line", TEXT, "Its wire; a torn one reads as an order, a dead one not at all.",
        choices=("ok", "torn", "dead")),
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
TERMINAL = (
    Key("card", TOKEN, "Somebody shows this card at the payment terminal.", 1, 20,
        is_required=True),
    Key("declined", BOOLEAN, "true: the bank has no money for it."),
)
BANK = (
    Key("there", BOOLEAN, "false: the payment terminal is not reached, and nothing is done."),
    Key("answers", BOOLEAN, "false: what it is asked for is done, and its answer is lost."),
    Key("answers_after_s", NUMBER, "How long it takes to answer.", 0, 300, "s"),
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
    ("POST /v1/terminals/{id}/card", TERMINAL),
    ("PATCH /v1/terminals/{id}", BANK),
    ("PATCH /v1/network", NETWORK),
    ("POST /v1/power", POWER),
    ("PUT /v1/data-transfer/{vendorId}/{messageId}", ANSWER),
    ("POST /v1/data-transfer", TRANSFER),
)


def check(keys: tuple[Key, ...], body: object) -> dict[str, Any]:
    """Return ``body`` if every key in it is known and every value allowed; else raise."""
    if not isinstance(body, dict):
        raise BadRequestError(f"body = {shown(body)}: must be a JSON object")
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


def _unknown(name: str, known: Mapping[str, Key]) -> str:
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold()[:64], by_folded, n=1, cutoff=0.5)
    nearest = f"did you mean {by_folded[found[0]]}? " if found else ""
    return f"{shown(name)} is not a key: {nearest}allowed are {', '.join(known)}"
