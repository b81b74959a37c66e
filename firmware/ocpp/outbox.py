"""Outbox: when the oldest undelivered fact is sent, sent again, or given up (1.6 §3.7, E13).

Strictly in order and one by one. An error or a silence of the central system costs an attempt;
a lost connection does not. A silence costs it only once the central system has shown that it is
alive: until then nobody knows whether the message or the connection failed.
It decides only; the store behind it is reached by the task.
"""

from typing import Protocol

from ampkeeper.firmware.facts import Fact, StampedReading, TransactionStarted
from ampkeeper.firmware.ocpp.dialect import TxContext

UNKNOWN, LOADING, STALE, EMPTY, READY, SENT, DOUBTED, WAITING = range(8)  # states
STATES = ("UNKNOWN", "LOADING", "STALE", "EMPTY", "READY", "SENT", "DOUBTED", "WAITING")
APPENDED, ASKED, FOUND, FOUND_NONE, SENDING, SILENCE, OVER, AGAIN, DUE, RELOAD = range(10)
EVENTS = (
    "APPENDED",  # a fact was written
    "ASKED",  # the store was asked for the oldest row
    "FOUND",
    "FOUND_NONE",
    "SENDING",
    "SILENCE",  # the call timed out and nothing at all was heard meanwhile
    "OVER",  # answered, or given up
    "AGAIN",  # to be sent again, after a wait
    "DUE",  # the wait is over
    "RELOAD",  # a new connection: the rows have changed
)
NO_CSMS_TX_ID = -1  # 1.6 errata 3.18: the start was given up, the rest goes out with this

# fmt: off
TABLE = (
    # state     event       next
    (UNKNOWN, ASKED,      LOADING),
    (LOADING, FOUND,      READY),
    (LOADING, FOUND_NONE, EMPTY),
    (LOADING, APPENDED,   STALE),    # written after the store had looked
    (LOADING, RELOAD,     STALE),
    (STALE,   FOUND,      UNKNOWN),
    (STALE,   FOUND_NONE, UNKNOWN),
    (EMPTY,   APPENDED,   UNKNOWN),
    (EMPTY,   RELOAD,     UNKNOWN),
    (READY,   SENDING,    SENT),
    (READY,   AGAIN,      WAITING),  # loaded anew, but its wait is not over
    (READY,   OVER,       UNKNOWN),  # this version has no message for it
    (READY,   RELOAD,     UNKNOWN),
    (SENT,    OVER,       UNKNOWN),
    (SENT,    AGAIN,      WAITING),
    (SENT,    SILENCE,    DOUBTED),
    (SENT,    RELOAD,     UNKNOWN),  # lost with the connection: no attempt
    (DOUBTED, OVER,       UNKNOWN),
    (DOUBTED, AGAIN,      WAITING),
    (DOUBTED, RELOAD,     UNKNOWN),
    (WAITING, DUE,        READY),
    (WAITING, OVER,       UNKNOWN),  # its answer came late
    (WAITING, RELOAD,     UNKNOWN),
)
# fmt: on


class OutboxRow(Protocol):
    """A fact that waits."""

    @property
    def id(self) -> int:
        """Of the row; grows with time."""

    @property
    def fact(self) -> Fact:
        """What happened."""

    @property
    def message_id(self) -> str:
        """The OCPP message id, the same over all sends."""

    @property
    def attempts(self) -> int:
        """Those that failed."""

    @property
    def is_offline(self) -> bool:
        """True if it waited, or happened, without a connection."""

    @property
    def samples(self) -> tuple[StampedReading, ...]:
        """What was kept between begin and end, to go with an end."""

    @property
    def csms_tx_id(self) -> int | None:
        """The central system's 1.6 id of the transaction; None: not told."""


def context_of(row: OutboxRow) -> TxContext:
    """What the dialect needs to know; an unknown 1.6 id is replaced where one must be said.

    Facts go in order, so behind an answered start the id is known; unknown, it was given up.
    """
    is_start = isinstance(row.fact, TransactionStarted)
    if row.csms_tx_id is None and not is_start:
        return TxContext(NO_CSMS_TX_ID, row.is_offline, row.samples)
    return TxContext(row.csms_tx_id, row.is_offline, row.samples)


class OutboxStore(Protocol):
    """The durable queue. Each method is one committed transaction."""

    async def head(self) -> OutboxRow | None:
        """The oldest row. One that cannot be read is discarded by the store, and the next given."""

    async def count(self) -> int:
        """How many rows wait."""

    async def claim(self, row_id: int) -> None:
        """The transaction of this row is begun at the central system that is connected."""

    async def done(self, row_id: int, csms_tx_id: int | None) -> None:
        """Delete the row; keep the id for the rows of the same transaction. Unknown: no effect."""

    async def failed(self, row_id: int) -> None:
        """Add one to the row's ``attempts``."""

    async def discard(self, row_id: int) -> None:
        """Delete the row undelivered."""

    async def mark_offline(self) -> None:
        """Set ``is_offline`` on all rows."""


class Outbox:
    """The head of the queue and what may be done with it now."""

    def __init__(self) -> None:
        self.state = UNKNOWN
        self.row: OutboxRow | None = None
        self.wait_until_s = 0.0
        self._held_id: int | None = None
        self._attempts = 0

    def feed(self, event: int) -> bool:
        """Apply ``event``; True if a row of the table applied."""
        for state, on, next_state in TABLE:
            if state == self.state and on == event:
                self.state = next_state
                if next_state in (UNKNOWN, EMPTY):
                    self.row = None
                return True
        return False

    def loaded(self, row: OutboxRow | None, now_s: float) -> None:
        """Take what the store found."""
        self.row = row
        self._attempts = row.attempts if row is not None else 0
        self.feed(FOUND_NONE if row is None else FOUND)
        if self.state != READY or row is None:
            return
        if row.id == self._held_id and now_s < self.wait_until_s:
            self.feed(AGAIN)

    def due(self, now_s: float) -> None:
        """End a wait that is over."""
        if self.state == WAITING and now_s >= self.wait_until_s:
            self.feed(DUE)

    def failed(self, now_s: float, attempts_max: int, retry_s: float) -> bool:
        """Count a failed attempt; True: it was the last one, the row is to be discarded."""
        assert self.row is not None
        self._attempts += 1
        if self._attempts >= attempts_max:
            self.feed(OVER)
            return True
        self._held_id = self.row.id
        self.wait_until_s = (
            now_s + retry_s * self._attempts
        )  # 60 s, then 120 s (1.6 §3.7.1, E13.FR.03)
        self.feed(AGAIN)
        return False
