"""Record: every frame between a station and its central system, and the rules it must keep.

Pure: it judges what was seen on the wire, from outside, and knows nothing of the station. A
*life* of the station is the time between two power cuts.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

CALL, CALLRESULT, CALLERROR = 2, 3, 4
IN, OUT = "in", "out"  # from the station, to the station
BOOT = "BootNotification"
BEFORE_ACCEPTED = (BOOT, "NotifyReport")  # a report that was asked for (B02.FR.02)
ANSWER_S = 30.0  # after which a station may give a call up


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame. ``parts`` is its JSON, or None where it is none."""

    at_s: float
    life: int
    connection: int
    direction: str
    text: str | bytes
    parts: Any

    @property
    def is_call(self) -> bool:
        """A call of the station's."""
        return self.direction == IN and _kind(self.parts) == CALL

    @property
    def is_answer(self) -> bool:
        """The central system's answer to a call of the station's."""
        return self.direction == OUT and _kind(self.parts) in (CALLRESULT, CALLERROR)


@dataclass(slots=True)
class Record:
    """All frames, in the order they passed."""

    now_s: Callable[[], float]
    frames: list[Seen] = field(default_factory=list)
    life: int = 1
    lives: list[int] = field(default_factory=list)  # by connection

    def connected(self) -> int:
        """A connection was opened; return its number."""
        self.lives.append(self.life)
        return len(self.lives) - 1

    def note(self, connection: int, direction: str, text: str | bytes) -> None:
        """A frame passed."""
        try:
            parts = json.loads(text)
        except (ValueError, RecursionError):
            parts = None
        life = self.lives[connection]
        self.frames.append(Seen(self.now_s(), life, connection, direction, text, parts))

    def power_cut(self) -> None:
        """The station that follows is a new life of it."""
        self.life += 1

    def calls(self, action: str | None = None) -> list[Any]:
        """Payloads of the station's calls, of one action or of all, repeats included."""
        return [
            seen.parts[3]
            for seen in self.frames
            if seen.is_call and action in (None, seen.parts[2])
        ]

    def statuses(self) -> list[str]:
        """What StatusNotification said of connector 1, in order, repeats left out."""
        told: list[str] = []
        for payload in self.calls("StatusNotification"):
            status = payload.get("status") or payload["connectorStatus"]
            place = payload.get("evseId", payload["connectorId"])
            if place == 1 and told[-1:] != [status]:
                told.append(status)
        return told

    def tail(self, count: int = 20) -> str:
        """The newest frames, as text for a failure."""
        lines = [
            f"{seen.at_s:9.3f} life {seen.life} link {seen.connection} {seen.direction:3} "
            f"{str(seen.text)[:300]}"
            for seen in self.frames[-count:]
        ]
        return "\n".join(lines)


def breaches(record: Record, answer_s: float = ANSWER_S) -> list[str]:
    """Everything on the wire that breaks a rule which holds for any OCPP station."""
    return [
        *_talking_before_accepted(record),
        *_two_calls_at_once(record, answer_s),
        *_changed_repeats(record),
    ]


def _talking_before_accepted(record: Record) -> Iterator[str]:
    """Nothing goes out of its own before a boot was accepted (1.6 §4.2, B01.FR.10)."""
    accepted_life = 0
    boots: set[str] = set()
    for seen in record.frames:
        if seen.is_call and seen.parts[2] == BOOT:
            boots.add(seen.parts[1])
            accepted_life = 0
        elif seen.is_call and accepted_life != seen.life and seen.parts[2] not in BEFORE_ACCEPTED:
            yield f"{seen.parts[2]} at {seen.at_s:.3f} s before life {seen.life} was accepted"
        elif seen.is_answer and seen.parts[1] in boots and seen.parts[0] == CALLRESULT:
            answer = seen.parts[2]
            is_accepted = isinstance(answer, dict) and answer.get("status") == "Accepted"
            accepted_life = seen.life if is_accepted else 0


def _two_calls_at_once(record: Record, answer_s: float) -> Iterator[str]:
    """A station has one unanswered call at most, until it may give it up."""
    open_calls: dict[int, Seen] = {}
    for seen in record.frames:
        waiting = open_calls.get(seen.connection)
        if seen.is_call:
            if waiting is not None and seen.at_s - waiting.at_s < answer_s:
                yield f"{seen.parts[2]} at {seen.at_s:.3f} s while {waiting.parts[2]} was open"
            open_calls[seen.connection] = seen
        elif seen.is_answer and waiting is not None and waiting.parts[1] == seen.parts[1]:
            del open_calls[seen.connection]


def _changed_repeats(record: Record) -> Iterator[str]:
    """A message id is one message: whatever comes under it again is the same again.

    ``offline`` may become true: what waits when the link goes is told so (E11.FR.07).
    """
    first: dict[str, Any] = {}
    for seen in record.frames:
        if not seen.is_call:
            continue
        message_id, action, payload = seen.parts[1], seen.parts[2], dict(seen.parts[3])
        payload.pop("offline", None)
        known = first.setdefault(message_id, (action, payload))
        if known != (action, payload):
            yield f"{message_id} was {known}, and then {(action, payload)}"


def _kind(parts: Any) -> int:
    is_frame = isinstance(parts, list) and len(parts) >= 3 and isinstance(parts[0], int)
    return parts[0] if is_frame else 0
