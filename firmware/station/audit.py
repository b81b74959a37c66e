"""Audit: who asked for which change; written down before it is carried out.

Whatever reaches the station by a verb passes here: from the page, by a token, or from the command
line. What only asks is not written. A refusal is a line of its own. No secret is in the detail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ampkeeper.firmware.faces.api import Ask
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import AddAudit

Whom = Callable[[str, dict[str, Any]], str]

ORDERED, REFUSED = "ordered", "refused"
ALWAYS = frozenset(("start", "stop", "restart", "limit", "charge", "depart", "clear_fault"))
SHOWS = frozenset(
    (
        "show",
        "list",
        "log",
        "certificates",
        "newest",
        "number",
        "audit",
        "status",
        "lesson",
        "report",
    )
)
WITH_ACTION = frozenset(
    (
        "tag",
        "security",
        "grid",
        "seal",
        "csms",
        "access",
        "trace",
        "image",
        "setting",
        "user",
        "privacy",
        "commissioning",
        "hours",
        "payments",
    )
)
PERSONAL = frozenset(("user", "privacy"))  # whose refusals name people and cards
ONLY_WITH = {"mode": "mode", "price": "prices", "selftest": "run"}
SHOWN = (
    "evse", "action", "current_a", "for_s", "source", "mode", "now", "by", "energy_wh", "fault",
    "when", "run", "power_w", "url", "usage", "name", "role", "file",
    "payment", "amount",
)  # fmt: skip
VALUE_CHARS_MAX = 60


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, as what, and by which way he came."""

    who: str
    role: str
    way: str


AT_THE_STATION = By("somebody at the station", "", "command line")
BY_MQTT = By("somebody at the broker", "", "MQTT")
BY_MODBUS = By("one of modbus.clients", "", "Modbus")


def is_change(verb: str, arguments: dict[str, Any]) -> bool:
    """True if this asks for more than to be told something."""
    if verb in WITH_ACTION:
        return arguments.get("action", "show") not in SHOWS
    return verb in ALWAYS or arguments.get(ONLY_WITH.get(verb, "")) is not None


def detail_of(arguments: dict[str, Any]) -> str:
    """What is asked for, as far as it is no secret and no card."""
    found = ((name, arguments[name]) for name in SHOWN if arguments.get(name) is not None)
    return " ".join(f"{name}={str(value)[:VALUE_CHARS_MAX]}" for name, value in found)


class Audit:
    """Writes down who asks for a change, then lets him ask; ``whom`` says about which person."""

    def __init__(self, task: StationTask, whom: Whom) -> None:
        self._task = task
        self._whom = whom

    async def note(self, by: By, action: str, detail: str, result: str = ORDERED) -> None:
        """Write it down; returns when it is."""
        await self._task.put(partial(self._on_note, by, action, detail, result))
        await self._task.settled()

    async def ask(
        self, answer: Ask, by: By, verb: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Ask, and let it be known who did."""
        if not is_change(verb, arguments):
            return await answer(verb, arguments)
        detail = f"{detail_of(arguments)} {self._whom(verb, arguments)}".strip()
        await self.note(by, verb, detail)
        try:
            return await answer(verb, arguments)
        except LocalRefusedError as error:
            said = REFUSED if verb in PERSONAL else f"{REFUSED}: {error}"
            await self.note(by, verb, detail, said)
            raise

    def at_the_station(self, answer: Ask) -> Ask:
        """The same, for who stands before the station."""
        return self.asked_by(AT_THE_STATION, answer)

    def asked_by(self, by: By, answer: Ask) -> Ask:
        """The same, for one who is known already."""

        async def ask(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return await self.ask(answer, by, verb, arguments)

        return ask

    def entry(self, by: By, action: str, detail: str, now: datetime) -> AddAudit:
        """A line to be written with what it is about."""
        return AddAudit(now, by.who, by.role, by.way, action, detail, ORDERED)

    def _on_note(
        self, by: By, action: str, detail: str, result: str, now: datetime, now_s: float
    ) -> Effects:
        written = AddAudit(now, by.who, by.role, by.way, action, detail, result)
        return Effects(changes=[written])
