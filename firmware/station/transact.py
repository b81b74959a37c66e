"""Transact: a transaction of one EVSE begun and ended, each with the reading that it needs.

A transaction begins with a fresh reading and ends with one that was taken after the contactor
opened, or, where it was open already, after the reason was given. Pure, as ``evse.py`` is.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.facts import ChargingState, Fact, StampedReading
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.station.books import open_session, session_row
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.marks import Since, has_passed
from ampkeeper.firmware.station.retained import owner_of
from ampkeeper.firmware.station.ring_one import is_held
from ampkeeper.firmware.station.rules import END_S
from ampkeeper.firmware.station.signing import BEGIN, END
from ampkeeper.firmware.store.changes import AddFact, DropSession

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse


def book(
    evse: "Evse", facts: tuple[Fact, ...], effects: Effects, ended: Transaction | None = None
) -> None:
    """Owe ``facts`` to the central system, with the session, in one transaction."""
    for fact in facts:
        running = evse.transaction or ended
        assert running is not None, "a fact belongs to a transaction"
        effects.changes.append(session_row(running, fact))
        told = evse.dress(running, fact, effects)  # after the session that its cost is of
        effects.changes.append(AddFact(told, evse.new_id()))
        effects.notice(
            "transaction", evse_id=evse.evse_id, event=type(fact).__name__, tx_id=fact.tx_id
        )


def follow(evse: "Evse", now: datetime, now_s: float, effects: Effects) -> None:
    """End what waits for its last reading, begin what waits for its first."""
    if evse.session.is_closing:
        _close(evse, now, now_s, effects)
    _open(evse, now, effects)
    _begin(evse, now, now_s, effects)


def mark_stopping(evse: "Evse", now_s: float, effects: Effects) -> None:
    """The stop's reason goes into the books before anything acts on it."""
    evse.since = Since(evse.since.began_s, now_s, evse.since.opened_s)
    if evse.session.charge is not None:
        effects.changes.append(open_session(evse.session.charge))


def finish(evse: "Evse", now: datetime, now_s: float, effects: Effects) -> None:
    """The contactor is open, or nothing more is heard of it: end what was stopped."""
    ended, signing = evse.session.charge, evse.register.signing
    is_stopping = evse.session.table.state == table.STOPPING
    if ended is None or not (is_stopping or evse.session.is_closing):
        return
    if ended.is_closing and signing.awaits_end(ended.begin, now_s):
        return
    reading = evse.stamped(now, END)
    if reading is None:
        newest = evse.register.latest() or ended.last.reading
        reading = StampedReading(now, signing.on(newest, END), END)
        effects.notice("meter_missing_at_end", evse_id=evse.evse_id, tx_id=ended.tx_id)
    has_gone = evse.has_left or not evse.is_plugged
    car = ChargingState.IDLE if has_gone else ChargingState.EV_CONNECTED
    book(evse, evse.session.end(reading, car), effects, ended)
    evse.since = Since()
    evse.last_token = ended.token
    evse.owner = owner_of(ended) if evse.rules.is_socket and not has_gone else None
    if not evse.is_busy:
        evse.register.end()
        if ended.opening is not None and evse.session.charge is None:
            _forget(ended, effects)
    evse.has_left = False
    if is_stopping and has_gone:
        evse.session.leave()
        if evse.is_plugged:
            evse.session.plug(now)


def _forget(ended: Transaction, effects: Effects) -> None:
    """It was never told; unless it was just now, nothing is left of it."""
    is_told = any(
        isinstance(change, AddFact) and change.fact.tx_id == ended.tx_id
        for change in effects.changes
    )
    if not is_told:
        effects.changes.append(DropSession(ended.tx_id))


def _close(evse: "Evse", now: datetime, now_s: float, effects: Effects) -> None:
    """No energy could flow any more when the reason was given: any reading since then will do."""
    stopping_s = evse.since.stopping_s
    latest = evse.register.latest() if evse.register.is_fresh else None
    is_read = latest is not None and stopping_s is not None and latest.taken_s >= stopping_s
    if is_read or has_passed(stopping_s, END_S, now_s):
        finish(evse, now, now_s, effects)


def _open(evse: "Evse", now: datetime, effects: Effects) -> None:
    """Begin a transaction with a car, or with somebody who was let in."""
    if evse.due is None or evse.is_busy:
        return
    if not evse.is_plugged and evse.session.grant is None:
        evse.due = None  # whoever it was is gone
        return
    reading = evse.stamped(now, BEGIN) if evse.in_service else None
    if reading is None:
        return
    trigger, evse.due = evse.due, None
    facts = evse.session.open(evse.new_id(), reading, trigger, evse.points())
    evse.register.begin(reading.reading.energy_wh)
    evse.csms_tx_id = None
    book(evse, facts, effects)


def _begin(evse: "Evse", now: datetime, now_s: float, effects: Effects) -> None:
    """Let energy flow, once the plug is held, the meter fresh and nothing broken."""
    signing, is_waiting = evse.register.signing, evse.session.table.state == table.WAITING
    if not is_waiting or evse.is_faulted or not is_held(evse.status):
        signing.drop(BEGIN)
        return
    grant, charge = evse.session.grant, evse.session.charge
    assert grant is not None, "somebody is waited for"
    reading = evse.stamped(now, BEGIN)
    is_signed = charge is not None and charge.begin.reading.signed is not None
    if reading is None or (not is_signed and signing.awaits_begin(grant.token, now_s)):
        return
    facts = evse.session.begin(evse.new_id(), reading, evse.points())
    evse.due = None
    evse.since = Since(began_s=now_s)
    if charge is None:
        evse.register.begin(reading.reading.energy_wh)
        evse.csms_tx_id = None
    signing.drop(BEGIN)
    if not facts and evse.session.charge is not None:
        effects.changes.append(open_session(evse.session.charge))
    book(evse, facts, effects)
