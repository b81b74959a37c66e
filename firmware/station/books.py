"""What the books keep of a session: a running transaction as text, and back."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import (
    Fact,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    Trigger,
)
from ampkeeper.firmware.session.points import CLASSIC, Points, points_of
from ampkeeper.firmware.session.session import Phase, Stop, Transaction
from ampkeeper.firmware.store.changes import AddFact, Change, SaveNumber, SaveSession
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.facts_codec import (
    decode,
    encode,
    reading_body,
    reading_of,
    token_body,
    token_of,
)

FORMAT = 1


def open_session(running: Transaction) -> SaveSession:
    """The row of a running transaction, with all that a power cut must not lose."""
    return SaveSession(
        tx_id=running.tx_id,
        evse_id=running.evse_id,
        state=_text(running),
        started_at=running.begin.at,
        id_token=running.token.value if running.token is not None else None,
        energy_wh_start=running.begin.reading.energy_wh,
    )


def closed_session(ended: Transaction, fact: TransactionEnded) -> SaveSession:
    """The row of a transaction that is over."""
    return SaveSession(
        tx_id=ended.tx_id,
        evse_id=ended.evse_id,
        state="",
        started_at=ended.begin.at,
        id_token=ended.token.value if ended.token is not None else None,
        energy_wh_start=ended.begin.reading.energy_wh,
        is_open=False,
        ended_at=fact.at,
        energy_wh_end=fact.end.reading.energy_wh,
        reason=str(fact.reason),
    )


def session_row(running: Transaction, fact: Fact) -> SaveSession:
    """The row that goes into the books with ``fact``."""
    if isinstance(fact, TransactionEnded):
        return closed_session(running, fact)
    return open_session(running)


def ended_by_books(running: Transaction, stop: Stop, at: datetime) -> TransactionEnded:
    """The end of a transaction that no EVSE can take up: its last booked reading ends it."""
    last = running.closing(stop).stop
    assert last is not None, "it ends with a reason"
    return TransactionEnded(
        tx_id=running.tx_id,
        evse_id=running.evse_id,
        seq_no=running.seq_no,
        at=at,
        trigger=last.trigger,
        reason=last.reason,
        begin=running.begin,
        end=replace(running.last, context="Transaction.End", at=at),
        token=last.token,
    )


def numbered(fact: Fact, csms_tx_id: int | None) -> list[Change]:
    """What keeps the number that the central system knows a transaction by; None: no change."""
    if csms_tx_id is None or fact.tx_id is None:
        return []
    return [SaveNumber(fact.tx_id, csms_tx_id)]


def queued_offline(change: Change) -> Change:
    """``change``; a fact in it knows that it waited while the central system was away."""
    return replace(change, is_offline=True) if isinstance(change, AddFact) else change


def restored(text: str) -> Transaction:
    """The transaction that ``open_session`` wrote; StoreError says what cannot be read."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise StoreError(f"session in format {body['format']}: this version knows {FORMAT}")
        return Transaction(
            tx_id=body["tx_id"],
            evse_id=body["evse_id"],
            token=token_of(body["token"]),
            group_id=body["group_id"],
            begin=reading_of(body["begin"]),
            last=reading_of(body["last"]),
            seq_no=body["seq_no"],
            stop=_stop_of(body["stop"]),
            is_barred=body.get("is_barred", False),
            refused_until_wh=body.get("refused_until_wh"),
            points=_points_of(body.get("points")),
            phase=Phase(body.get("phase", Phase.AUTHORISED)),
            is_detached=body.get("is_detached", False),
            opening=_opening_of(body.get("opening")),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"session cannot be read: {error!r}") from error


def _text(running: Transaction) -> str:
    body = {
        "format": FORMAT,
        "tx_id": running.tx_id,
        "evse_id": running.evse_id,
        "token": token_body(running.token),
        "group_id": running.group_id,
        "begin": reading_body(running.begin),
        "last": reading_body(running.last),
        "seq_no": running.seq_no,
        "stop": _stop_body(running.stop),
        "is_barred": running.is_barred,
        "refused_until_wh": running.refused_until_wh,
        "points": _points_body(running.points),
        "phase": str(running.phase),
        "is_detached": running.is_detached,
        "opening": None if running.opening is None else encode(running.opening),
    }
    return json.dumps(body, allow_nan=False, separators=(",", ":"))


def _stop_body(stop: Stop | None) -> dict[str, Any] | None:
    if stop is None:
        return None
    return {
        "reason": str(stop.reason),
        "trigger": str(stop.trigger),
        "token": token_body(stop.token),
        "ends": stop.ends,
    }


def _stop_of(body: dict[str, Any] | None) -> Stop | None:
    if body is None:
        return None
    return Stop(
        StopReason(body["reason"]),
        Trigger(body["trigger"]),
        token_of(body["token"]),
        body.get("ends", True),  # rows of before do not have it
    )


def _points_body(points: Points) -> dict[str, Any]:
    return {
        "start": sorted(points.start),
        "stop": sorted(points.stop),
        "outlasts_unplug": points.outlasts_unplug,
    }


def _points_of(body: dict[str, Any] | None) -> Points:
    if body is None:  # a row of before
        return CLASSIC
    return points_of(body["start"], body["stop"], body["outlasts_unplug"])


def _opening_of(text: str | None) -> TransactionStarted | None:
    found = None if text is None else decode(text)
    if found is not None and not isinstance(found, TransactionStarted):
        raise StoreError(f"session opens with a {type(found).__name__}")
    return found
