"""A message for the charger's display, as OCPP 2.x means it: block O.

Shared by whoever speaks of messages, as ``facts.py`` is: dialects, station, books.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Priority(StrEnum):
    """When a message is shown among others; the names of 2.0.1 MessagePriorityEnumType."""

    ALWAYS_FRONT = "AlwaysFront"  # alone; there is one
    IN_FRONT = "InFront"  # in turn with others of this priority only
    NORMAL = "NormalCycle"  # in turn with all others


class Moment(StrEnum):
    """During what a message is shown; the names of 2.0.1 MessageStateEnumType."""

    CHARGING = "Charging"
    FAULTED = "Faulted"
    IDLE = "Idle"
    UNAVAILABLE = "Unavailable"


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """``moment`` None: at all; ``tx_id``: only while, and where, that transaction runs.

    Shown from ``starts`` on, and gone from ``ends`` on; both are aware UTC. ``form`` is "ASCII" or
    "UTF8", ``language`` an RFC 5646 tag or empty.
    """

    id: int
    priority: Priority
    content: str
    form: str = "UTF8"
    language: str = ""
    moment: Moment | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    tx_id: str | None = None

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps(
            {
                "id": self.id,
                "priority": self.priority,
                "content": self.content,
                "form": self.form,
                "language": self.language,
                "moment": self.moment,
                "starts": _text(self.starts),
                "ends": _text(self.ends),
                "tx_id": self.tx_id,
            },
            ensure_ascii=False,
        )


def message_of(text: str) -> DisplayMessage:
    """What ``to_text`` wrote; raises ValueError for anything else."""
    try:
        values = json.loads(text)
        moment, tx_id = values["moment"], values["tx_id"]
        return DisplayMessage(
            id=int(values["id"]),
            priority=Priority(values["priority"]),
            content=str(values["content"]),
            form=str(values["form"]),
            language=str(values["language"]),
            moment=None if moment is None else Moment(moment),
            starts=_time(values["starts"]),
            ends=_time(values["ends"]),
            tx_id=None if tx_id is None else str(tx_id),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not a display message: {text[:80]!r}") from error


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    at = None if text is None else datetime.fromisoformat(text)
    if at is not None and at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
