"""Commands: what a message asks of the charger. Pure.

A command that the broker kept (retained) is of any age, and is refused whatever it says: a start
would come again with each connection. Refused is also what cannot be meant; the words say what
is allowed.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.faces.mqtt.topics import OFF, ON, Topics
from ampkeeper.hal.ports import BusMessage

BYTES_MAX = 64
EVSE_ORDER = re.compile(r"evse/(?P<evse>[1-9][0-9]?)/set/(?P<what>[a-z_]+)")
STATION_ORDER = re.compile(r"set/(?P<what>[a-z_]+)")
CLEAR = "off"
BY = "MQTT"


class CommandRefused(ValueError):
    """It is not carried out; the words say why, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to ask the station: a verb of the local door, and its arguments."""

    verb: str
    arguments: dict[str, Any]


def command_of(message: BusMessage, topics: Topics) -> Command:
    """What it says; raise CommandRefused."""
    if message.is_retained:
        raise CommandRefused("a retained command: publish it without that, and clear the topic")
    if len(message.payload) > BYTES_MAX:
        raise CommandRefused(f"{len(message.payload)} bytes: at most {BYTES_MAX}")
    try:
        text = message.payload.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise CommandRefused("no text in ASCII") from error
    tail = message.topic.removeprefix(f"{topics.base}/")
    if found := EVSE_ORDER.fullmatch(tail):
        return _of_evse(int(found["evse"]), found["what"], text)
    found = STATION_ORDER.fullmatch(tail)
    if found is None or found["what"] != "mode":
        raise CommandRefused(f"{tail[:60]}: allowed are set/mode and evse/N/set/...")
    return Command("mode", {"mode": text})


def _of_evse(evse_id: int, what: str, text: str) -> Command:
    match what, text:
        case "charge", "start" | "stop":
            return Command(text, {"evse": evse_id})
        case "charge", _:
            raise CommandRefused(f"charge {text!r}: start or stop")
        case "charge_now", _ if text in (ON, OFF):
            return Command("charge", {"now": text == ON, "evse": evse_id})
        case "charge_now", _:
            raise CommandRefused(f"charge_now {text!r}: {ON} or {OFF}")
        case "limit", _:
            return Command("limit", _limit(text) | {"evse": evse_id, "by": BY})
    raise CommandRefused(f"set/{what[:40]}: allowed are charge, charge_now and limit")


def _limit(text: str) -> dict[str, Any]:
    if text == CLEAR:
        return {}
    try:
        current_a = float(text)
    except ValueError:
        current_a = math.nan
    if not math.isfinite(current_a):
        raise CommandRefused(f"limit {text!r}: A per phase, 0 to pause, or {CLEAR}")
    return {"current_a": current_a}
