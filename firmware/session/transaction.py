"""Transaction: what a running transaction is made of, and who was let in and why it stops."""

from dataclasses import dataclass, replace
from enum import StrEnum

from ampkeeper.firmware.charging_profile import Profile
from ampkeeper.firmware.facts import (
    IdToken,
    StampedReading,
    StopReason,
    TransactionStarted,
    Trigger,
)
from ampkeeper.firmware.session.points import CLASSIC, Points


class Phase(StrEnum):
    """Whether somebody may charge in a transaction: not yet, now, or no more."""

    WAITING = "waiting"
    AUTHORISED = "authorised"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Grant:
    """An accepted request to charge, until energy may flow; ``accepted_s`` is monotonic."""

    token: IdToken | None
    trigger: Trigger
    accepted_s: float
    group_id: str | None = None
    remote_start_id: int | None = None
    profile: Profile | None = None  # that a remote start brought for the transaction
    reservation_id: int | None = None  # that it uses


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and by whom a transaction is being ended.

    ``ends`` False: the authorisation ends, and the transaction if its stop points say so.
    """

    reason: StopReason
    trigger: Trigger
    token: IdToken | None = None
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Transaction:
    """A running transaction: all that a power cut must not lose.

    ``seq_no`` is the number of the next fact. ``last`` is the newest reading in the books, the
    fallback for the end when the meter is gone; never signed, for only begin and end are.
    ``refused_until_wh``: the central system refused the token after the start; up to this register
    the charge goes on. ``is_barred``: then it pauses, and does not stop. ``stop`` is the first
    reason. ``opening``: its start, held back until energy flows.
    """

    tx_id: str
    evse_id: int
    token: IdToken | None
    group_id: str | None
    begin: StampedReading
    last: StampedReading
    seq_no: int
    stop: Stop | None = None
    is_barred: bool = False
    refused_until_wh: int | None = None
    points: Points = CLASSIC
    phase: Phase = Phase.AUTHORISED
    is_detached: bool = False  # no car is connected
    opening: TransactionStarted | None = None

    @property
    def is_closing(self) -> bool:
        """True once nothing is missing but the contactor's opening and the last reading."""
        return self.stop is not None and self.stop.ends

    @property
    def is_open_to_anybody(self) -> bool:
        """True if nobody was let in yet: one transaction has one token."""
        return self.phase is Phase.WAITING and self.stop is None

    def closing(self, stop: Stop) -> "Transaction":
        """Ended by ``stop``, and for the first reason that was given."""
        first = self.stop
        if first is None:
            last = stop
        elif first.ends or self.phase is not Phase.OVER:
            last = first
        else:  # the end of the authorisation was told already
            last = replace(stop, reason=first.reason, token=None)
        return replace(self, stop=replace(last, ends=True))
