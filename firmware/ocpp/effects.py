"""What the OCPP exchange wants done: effects for its task, events for the station.

``ChargePoint`` never acts. It lists what is to be carried out, and the task carries the list out
in its order: a reply is on the wire before the work that follows it (§4.7 row 25), and the
station has heard an answer before its message leaves the outbox.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import Fact, IdToken
from ampkeeper.firmware.ocpp.dialect import FactAnswer, Verdict

# Effects: for the task.


@dataclass(frozen=True, slots=True)
class Send:
    """Put this text frame on the socket.

    ``is_result``: it answers a call of the central system, so what it promises is written first.
    """

    text: str
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Call this: what a handler wanted done after its reply."""

    action: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Close the socket; the central system is not there any more, or cannot be spoken to."""

    reason: str


@dataclass(frozen=True, slots=True)
class MarkOffline:
    """Mark all that waits in the outbox as having waited offline."""


@dataclass(frozen=True, slots=True)
class LoadHead:
    """Read the oldest row of the outbox and give it to ``ChargePoint.head_loaded``."""


@dataclass(frozen=True, slots=True)
class FactClaimed:
    """The row, a start, goes out to the central system that is connected: it is the one that
    may know the transaction from now on, whether it answers or not."""

    row_id: int


@dataclass(frozen=True, slots=True)
class FactDone:
    """Delete the row: the central system answered. ``csms_tx_id`` only after a 1.6 start."""

    row_id: int
    csms_tx_id: int | None


@dataclass(frozen=True, slots=True)
class FactFailed:
    """Count one more failed attempt on the row."""

    row_id: int


@dataclass(frozen=True, slots=True)
class FactDiscarded:
    """Delete the row undelivered: its attempts are used up."""

    row_id: int


# Events: for the station.


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A socket is open and speaks this subprotocol."""

    subprotocol: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The socket is gone; what happens from now on happens offline."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The registration: "accepted", "pending", "rejected" or "none" (not answered yet)."""

    status: str
    interval_s: int = 0


@dataclass(frozen=True, slots=True)
class TimeTold:
    """The central system's clock, aware UTC, as it was when it answered."""

    time: datetime


@dataclass(frozen=True, slots=True)
class TokenAnswered:
    """What became of ``authorize``; ``verdict`` None: no answer in time, decide locally."""

    key: int
    token: IdToken
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class FactAnswered:
    """The central system's answer to a fact. May come twice for one fact after a power cut."""

    fact: Fact
    answer: FactAnswer


@dataclass(frozen=True, slots=True)
class FactGivenUp:
    """A fact was discarded after its last attempt."""

    fact: Fact
    reason: str


@dataclass(frozen=True, slots=True)
class DataTransferAnswered:
    """What became of ``send_data_transfer``; ``payload`` None: no good answer, see ``error``.

    ``is_refused``: the central system did answer, with the error.
    """

    key: int
    payload: dict[str, Any] | None
    error: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class ToldAnswered:
    """What became of ``tell``; ``payload`` None: no good answer, see ``error``.

    ``is_refused``: the central system did answer, with the error: telling it again is no use.
    """

    key: int
    payload: dict[str, Any] | None
    error: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """Something for the log that is nobody's decision: a bad frame, a refused message.

    ``suspicion`` as in ``outcome.Odd``.
    """

    text: str
    suspicion: str = ""


Event = (
    LinkUp
    | LinkDown
    | Registered
    | TimeTold
    | TokenAnswered
    | FactAnswered
    | FactGivenUp
    | DataTransferAnswered
    | ToldAnswered
    | Noted
)
StoreWork = MarkOffline | LoadHead | FactClaimed | FactDone | FactFailed | FactDiscarded
Effect = Send | Run | Reconnect | StoreWork | Event
