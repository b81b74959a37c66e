"""Outcomes: what comes out of the exchange (``rpc.py``), in the order in which it happened."""

from dataclasses import dataclass

from ampkeeper.firmware.ocpp.dialect import Answer, Payload

INVALID = "invalid"  # no OCPP message
REPLAY = "replay"  # another call under the id of an earlier one


@dataclass(frozen=True, slots=True)
class Written:
    """A frame to send now. ``is_result``: it answers a call of the peer, and promises something."""

    text: str
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply to a call has been written; what it brings along may be done."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Result:
    """The peer answered our call."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Refusal:
    """The peer answered our call with an error, or with what is no answer to it."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The peer did not answer in time. ``is_total``: nothing at all came since the call."""

    is_total: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """Our call is over. ``is_late``: it was over before, by ``Silence``."""

    key: object
    outcome: Result | Refusal | Silence
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Odd:
    """Something for the log: what was wrong with a frame or a payload.

    ``suspicion``: INVALID or REPLAY where it was the peer's doing.
    """

    text: str
    suspicion: str = ""


Outcome = Result | Refusal | Silence
Output = Written | Answered | Finished | Odd


@dataclass(slots=True)
class Counts:
    """What came in that should not, since the connection began."""

    bad_frames: int = 0
    unmatched_replies: int = 0
    unmatched_errors: int = 0
    late_replies: int = 0
    repeated_calls: int = 0
    refused_calls: int = 0
    failed_handlers: int = 0
    invalid_payloads: int = 0
