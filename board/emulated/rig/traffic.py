"""Traffic: every frame between a charger and its central system, the rules it keeps, its books.

Pure. Frames are those that left a side, before the line of a scenario did anything to them. What
the line itself changed is judged nowhere.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.firmware.ocpp.schemas import schemas_for

CALL, CALLRESULT, CALLERROR = 2, 3, 4
STATION, CENTRAL = "station", "central"
SIDES = (STATION, CENTRAL)
BOOT = "BootNotification"
BEFORE_ACCEPTED = (BOOT, "NotifyReport")  # a report that was asked for (B02.FR.02)
ANSWER_S = 30.0  # after which a station may give a call up


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``at_s`` is the time of its charger; ``version`` the subprotocol."""

    at_s: float
    connection: int
    side: str
    version: str
    text: str
    parts: Any  # its JSON, None where it is none
    is_ours: bool = False  # said by the scenario and not by the side

    @property
    def kind(self) -> int:
        """The type of the message, 0 where it is none."""
        is_frame = isinstance(self.parts, list) and len(self.parts) >= 3
        return self.parts[0] if is_frame and isinstance(self.parts[0], int) else 0

    def as_json(self) -> dict[str, Any]:
        """A line of a record."""
        return {
            "at_s": round(self.at_s, 3),
            "connection": self.connection,
            "side": self.side,
            "version": self.version,
            "text": self.text,
        }


@dataclass(slots=True)
class Traffic:
    """All frames of one charger, in the order they passed."""

    frames: list[Frame] = field(default_factory=list)
    connections: int = 0

    def note(self, at_s: float, side: str, version: str, text: str, is_ours: bool = False) -> Frame:
        """A frame passed on the newest connection."""
        try:
            parts = json.loads(text)
        except (ValueError, RecursionError):
            parts = None
        frame = Frame(at_s, self.connections, side, version, text, parts, is_ours)
        self.frames.append(frame)
        return frame

    def calls(self, action: str, payload: dict[str, Any] | None = None) -> int:
        """How many different calls of this action the station made, with this in them."""
        found = {
            frame.parts[1]
            for frame in self.frames
            if frame.side == STATION and frame.kind == CALL and frame.parts[2] == action
            if holds(frame.parts[3], payload or {})
        }
        return len(found)

    def answer(self) -> Any:
        """What the station said to the newest call of the scenario: a payload, or an error code.

        None while it has not answered.
        """
        ours = [str(each.parts[1]) for each in self.frames if each.is_ours and each.kind == CALL]
        for frame in reversed(self.frames):
            is_answer = frame.side == STATION and frame.kind in (CALLRESULT, CALLERROR)
            if ours and is_answer and frame.parts[1] == ours[-1]:
                return frame.parts[2]
        return None

    def over(self) -> int:
        """How many transactions the central system was told the end of, and confirmed that."""
        answered = {
            frame.parts[1]
            for frame in self.frames
            if frame.side == CENTRAL and frame.kind == CALLRESULT
        }
        ends = {
            _tx_id(frame.parts)
            for frame in self.frames
            if frame.side == STATION and frame.kind == CALL and _is_end(frame.parts)
            if frame.parts[1] in answered
        }
        return len(ends)

    def breaches(self, answer_s: float = ANSWER_S) -> list[str]:
        """Every rule of the wire that either side broke, in words."""
        return [*self._invalid(), *self._unasked(), *self._two_at_once(answer_s)]

    def as_lines(self, station_id: str) -> str:
        """The record, a line of JSON for each frame."""
        told = ({"station": station_id, **frame.as_json()} for frame in self.frames)
        return "".join(json.dumps(each) + "\n" for each in told)

    def _invalid(self) -> Iterator[str]:
        actions: dict[tuple[str, str], str] = {}
        for frame in self.frames:
            is_call = frame.kind == CALL and len(frame.parts) == 4
            if is_call:
                actions[frame.side, str(frame.parts[1])] = str(frame.parts[2])
            if frame.is_ours or not frame.version:
                continue
            if is_call:
                problem = schemas_for(frame.version).check_request(frame.parts[2], frame.parts[3])
            elif frame.kind == CALLRESULT:
                asker = CENTRAL if frame.side == STATION else STATION
                action = actions.get((asker, str(frame.parts[1])))
                if action is None or not schemas_for(frame.version).has(action):
                    continue
                problem = schemas_for(frame.version).check_response(action, frame.parts[2])
            elif frame.kind == CALLERROR:
                continue
            else:
                yield f"the {frame.side} sent what is no OCPP message: {frame.text[:120]!a}"
                continue
            if problem is not None:
                yield f"the {frame.side} sent an invalid frame: {problem}: {frame.text[:200]}"

    def _unasked(self) -> Iterator[str]:
        """Nothing goes out before a boot was accepted (1.6 §4.2, B01.FR.10)."""
        is_accepted, boot = False, ""
        for frame in self.frames:
            is_call = frame.side == STATION and frame.kind == CALL
            if is_call and frame.parts[2] == BOOT:
                is_accepted, boot = False, frame.parts[1]
            elif is_call and not is_accepted and frame.parts[2] not in BEFORE_ACCEPTED:
                yield f"the station sent {frame.parts[2]} before it was accepted"
            elif frame.side == CENTRAL and frame.kind == CALLRESULT and frame.parts[1] == boot:
                answer = frame.parts[2]
                is_accepted = isinstance(answer, dict) and answer.get("status") == "Accepted"

    def _two_at_once(self, answer_s: float) -> Iterator[str]:
        """A station has one unanswered call at most, until it may give it up."""
        waiting: Frame | None = None
        for frame in self.frames:
            if frame.side == STATION and frame.kind == CALL:
                is_same = waiting is not None and waiting.connection == frame.connection
                if waiting is not None and is_same and frame.at_s - waiting.at_s < answer_s:
                    yield f"the station sent {frame.parts[2]} while {waiting.parts[2]} was open"
                waiting = frame
            elif frame.side == CENTRAL and waiting is not None:
                is_answer = frame.kind in (CALLRESULT, CALLERROR)
                if is_answer and frame.parts[1] == waiting.parts[1]:
                    waiting = None


def holds(seen: object, wanted: object) -> bool:
    """True if all that is wanted stands in what was seen."""
    waiting = [(seen, wanted)]
    while waiting:
        here, there = waiting.pop()
        if not isinstance(there, dict):
            if here != there:
                return False
        elif not isinstance(here, dict) or not there.keys() <= here.keys():
            return False
        else:
            waiting += [(here[key], value) for key, value in there.items()]
    return True


def _is_end(parts: list[Any]) -> bool:
    is_end_2 = parts[2] == "TransactionEvent" and parts[3].get("eventType") == "Ended"
    return bool(is_end_2 or parts[2] == "StopTransaction")


def _tx_id(parts: list[Any]) -> str:
    if parts[2] == "StopTransaction":
        return str(parts[3]["transactionId"])
    return str(parts[3]["transactionInfo"]["transactionId"])
