"""Fact pump: takes the facts of the outbox to the central system, one by one, and the answers back.

It joins the outbox's policy to the dialect: what goes to the wire, what is done with the row,
and what the station hears. A fact that cannot be worded is given up at once, and said loudly:
it would never get better, and all others wait behind it.
"""

from collections.abc import Callable

from ampkeeper.firmware.facts import TransactionStarted
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp import outbox
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, FactAnswer, Payload
from ampkeeper.firmware.ocpp.outbox import Outbox, OutboxRow, context_of
from ampkeeper.firmware.ocpp.rpc import attempt


class FactPump:
    """The head of the outbox on its way."""

    def __init__(self, put: Callable[[fx.Effect], None]) -> None:
        self.attempts_max = 3
        self.retry_s = 60.0
        self._put = put
        self._box = Outbox()

    @property
    def is_doubted(self) -> bool:
        """True while nobody knows whether the last message or the connection failed."""
        return self._box.state == outbox.DOUBTED

    @property
    def wait_until_s(self) -> float | None:
        """When the pump can go on; None: something else has to happen first."""
        if self._box.state in (outbox.UNKNOWN, outbox.READY):
            return 0.0
        return self._box.wait_until_s if self._box.state == outbox.WAITING else None

    def appended(self) -> None:
        """A fact was written."""
        self._box.feed(outbox.APPENDED)

    def reload(self) -> None:
        """The connection changed: nothing is under way, and the rows are to be read again."""
        self._box.feed(outbox.RELOAD)

    def forget(self) -> None:
        """Whatever was asked of the store will not be answered."""
        self._box = Outbox()

    def loaded(self, row: OutboxRow | None, now_s: float) -> None:
        """What the store found."""
        self._box.loaded(row, now_s)

    def next_row(self, now_s: float) -> OutboxRow | None:
        """The row to send now; asks the store for one where none is known."""
        self._box.due(now_s)
        if self._box.feed(outbox.ASKED):
            self._put(fx.LoadHead())
        return self._box.row if self._box.state == outbox.READY else None

    def word(self, row: OutboxRow, dialect: Dialect) -> Call | None:
        """The message for ``row``, which is over if there is none."""
        call, error = attempt(dialect.fact, row.fact, context_of(row))
        if error:
            self.give_up(row, f"cannot be worded: {error}")
        elif call is None:
            self._box.feed(outbox.OVER)
            self._put(fx.FactDone(row.id, None))
        elif isinstance(row.fact, TransactionStarted):
            self._put(fx.FactClaimed(row.id))
        return call

    def sent(self) -> None:
        """The row is on the wire."""
        self._box.feed(outbox.SENDING)

    def answered(self, row: OutboxRow, payload: Payload, dialect: Dialect) -> None:
        """The central system answered, in time or late: the fact is delivered.

        A begin that was given up meanwhile: the number still goes with what waits.
        """
        is_head = self._box.row is not None and self._box.row.id == row.id
        is_delivered = is_head and self._box.feed(outbox.OVER)
        if not is_delivered and (is_head or not isinstance(row.fact, TransactionStarted)):
            return
        read, error = attempt(dialect.read_fact, row.fact, payload)
        if error:
            self._put(fx.Noted(f"the answer to a fact cannot be read: {error}"))
        answer = read or FactAnswer()
        self._put(fx.FactAnswered(row.fact, answer))
        if is_delivered:
            self._put(fx.FactDone(row.id, answer.csms_tx_id))
        elif self._box.state in (outbox.LOADING, outbox.READY, outbox.WAITING):
            self._box.feed(outbox.RELOAD)

    def failed(self, reason: str, now_s: float) -> None:
        """The central system did not process the fact."""
        row = self._box.row
        if row is None:
            return
        if self._box.failed(now_s, self.attempts_max, self.retry_s):
            self._put(fx.FactGivenUp(row.fact, reason))
            self._put(fx.FactDiscarded(row.id))
        else:
            self._put(fx.FactFailed(row.id))

    def silent(self) -> None:
        """Nothing at all came back; wait for a sign of life before it counts."""
        self._box.feed(outbox.SILENCE)

    def give_up(self, row: OutboxRow, reason: str) -> None:
        """The fact cannot be sent by this version, now or later."""
        self._box.feed(outbox.OVER)
        self._put(fx.FactGivenUp(row.fact, reason))
        self._put(fx.FactDiscarded(row.id))
