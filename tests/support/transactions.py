"""Transactions: what a central system could make of the messages on the wire, and its rules.

Each transaction is put together from a ``Record`` anew, independently of the books that the
demonstration's central system keeps. Messages under one id are counted once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ampkeeper.board.emulated.demo.ledger import energies
from tests.support.record import CALLRESULT, Record, Seen

START, UPDATE, STOP = "start", "update", "stop"
MOST = 1  # Wh: what rounding may cost


@dataclass(slots=True)
class Told:
    """One message of a transaction."""

    kind: str
    at: datetime
    seq_no: int | None
    payload: dict[str, Any]


@dataclass(slots=True)
class Transaction:
    """All that was told of one transaction, in the order it came, each message once."""

    key: str
    told: list[Told] = field(default_factory=list)
    start_wh: int | None = None
    stop_wh: int | None = None
    samples_wh: list[int] = field(default_factory=list)
    reason: str | None = None
    id_token: str | None = None

    @property
    def is_over(self) -> bool:
        """A stop was told."""
        return any(message.kind == STOP for message in self.told)

    @property
    def energy_wh(self) -> int:
        """What is billed."""
        assert self.start_wh is not None
        assert self.stop_wh is not None
        return self.stop_wh - self.start_wh

    @property
    def triggers(self) -> list[str]:
        """The 2.0.1 trigger reasons, in order."""
        return [message.payload.get("triggerReason", "") for message in self.told]

    def offline(self) -> set[bool]:
        """What 2.0.1 said of having been offline."""
        return {message.payload["offline"] for message in self.told}


def transactions(record: Record) -> list[Transaction]:
    """Every transaction on the wire, by the time of its first message."""
    found: dict[str, Transaction] = {}
    numbers = _numbers(record)
    done: set[str] = set()
    for seen in record.frames:
        if not seen.is_call or seen.parts[1] in done:
            continue
        message = _told(seen, numbers)
        if message is None:
            continue
        done.add(seen.parts[1])
        key, told = message
        _add(found.setdefault(key, Transaction(key)), told)
    return list(found.values())


def transaction_breaches(transaction: Transaction) -> list[str]:
    """Everything about one finished transaction that breaks a rule."""
    return [f"transaction {transaction.key}: {what}" for what in _breaches(transaction)]


def _breaches(transaction: Transaction) -> Iterator[str]:
    kinds = [message.kind for message in transaction.told]
    if kinds.count(START) != 1 or kinds[0] != START:
        yield f"does not begin with its one start: {kinds}"
    if kinds.count(STOP) != 1 or kinds[-1] != STOP:
        yield f"does not end with its one stop: {kinds}"
    seq_nos = [message.seq_no for message in transaction.told]
    if seq_nos[0] is not None and seq_nos != list(range(len(seq_nos))):
        yield f"its numbers have gaps or are not in order: {seq_nos}"
    times = [message.at for message in transaction.told]
    if times != sorted(times):
        yield f"its times run back: {[str(time) for time in times]}"
    marks = [transaction.start_wh, *transaction.samples_wh, transaction.stop_wh]
    if None in marks:
        yield f"an energy is missing: {marks}"
    elif marks != sorted(mark for mark in marks if mark is not None):
        yield f"its energy runs back: {marks}"
    if not transaction.reason:
        yield "it has no reason"


def _numbers(record: Record) -> dict[str, int]:
    """The 1.6 transaction ids, by the message id of the StartTransaction."""
    return {
        seen.parts[1]: seen.parts[2]["transactionId"]
        for seen in record.frames
        if seen.is_answer and seen.parts[0] == CALLRESULT and "transactionId" in seen.parts[2]
    }


def _told(seen: Seen, numbers: dict[str, int]) -> tuple[str, Told] | None:
    """The message and the key of its transaction; None: it belongs to none."""
    message_id, action, payload = seen.parts[1:4]
    match action:
        case "TransactionEvent":
            kind = {"Started": START, "Updated": UPDATE, "Ended": STOP}[payload["eventType"]]
            key = payload["transactionInfo"]["transactionId"]
            return key, Told(kind, _time(payload["timestamp"]), payload["seqNo"], payload)
        case "StartTransaction":
            key = str(numbers.get(message_id, f"unanswered {message_id}"))
            return key, Told(START, _time(payload["timestamp"]), None, payload)
        case "StopTransaction":
            key = str(payload["transactionId"])
            return key, Told(STOP, _time(payload["timestamp"]), None, payload)
        case "MeterValues" if "transactionId" in payload:
            at = _time(payload["meterValue"][0]["timestamp"])
            return str(payload["transactionId"]), Told(UPDATE, at, None, payload)
    return None


def _add(transaction: Transaction, message: Told) -> None:
    transaction.told.append(message)
    payload = message.payload
    is_16 = message.seq_no is None
    if message.kind == START:
        values = payload.get("meterValue", [])
        begin = energies(values, "Transaction.Begin")
        transaction.start_wh = payload["meterStart"] if is_16 else next(iter(begin), None)
        token = payload.get("idToken", {}).get("idToken")
        transaction.id_token = payload["idTag"] if is_16 else token
    elif message.kind == UPDATE:
        transaction.samples_wh += energies(payload.get("meterValue", []))
    elif is_16:
        transaction.stop_wh = payload["meterStop"]
        transaction.reason = payload.get("reason", "Local")
    else:
        end = energies(payload.get("meterValue", []), "Transaction.End")
        transaction.stop_wh = next(iter(end), None)
        transaction.reason = payload["transactionInfo"].get("stoppedReason", "Local")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
