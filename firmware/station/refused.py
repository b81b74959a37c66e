"""A token that is refused after its transaction began: stopped, paused, or let drive home first.

OCPP 1.6 3.5.4 and errata 3.17, 2.0.1 C15. One that is not stopped goes on until the energy of
MaxEnergyOnInvalidId has flowed since the refusal (C15.FR.07), and then pauses. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.authorise.decide import ACCEPTED, Known
from ampkeeper.firmware.facts import (
    Fact,
    IdToken,
    StopReason,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.session.session import Phase, Stop
from ampkeeper.firmware.station.books import open_session
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse

ENTRIES = (Trigger.AUTHORIZED, Trigger.REMOTE_START)
REFUSED = Stop(StopReason.DE_AUTHORIZED, Trigger.DEAUTHORIZED, ends=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the settings say of it. ``ends`` False: the charge only pauses."""

    ends: bool
    energy_wh: int  # that may still flow


def refusal_of(variable: Callable[[str], Any]) -> Refusal:
    """The settings in force; what is stopped is stopped at once (C15.FR.04)."""
    ends = bool(variable("TxCtrlr.StopTxOnInvalidId"))
    return Refusal(ends, 0 if ends else int(variable("TxCtrlr.MaxEnergyOnInvalidId")))


def let_in(fact: Fact) -> IdToken | None:
    """The token that a transaction began with, or that was let in later; not who ended it."""
    if isinstance(fact, TransactionUpdated):
        return fact.token if fact.trigger in ENTRIES else None
    return fact.token if isinstance(fact, TransactionStarted) else None


def judge(
    evse: Evse, known: Known, refusal: Refusal, now: datetime, now_s: float, effects: Effects
) -> None:
    """Act on the central system's word, after the start, on who charges."""
    running = evse.transaction
    if running is None or running.phase is not Phase.AUTHORISED:
        return
    is_here = not known.evse_ids or evse.evse_id in known.evse_ids  # 2.0.1 C01.FR.21
    if known.status == ACCEPTED and is_here:
        _note(evse, known.group_id, None, False, effects)
        return
    until_wh = running.refused_until_wh
    if until_wh is None:
        latest = evse.register.latest() or running.last.reading
        until_wh = latest.energy_wh + refusal.energy_wh
    _note(evse, known.group_id, until_wh, running.is_barred, effects)
    check(evse, refusal, now, now_s, effects)


def check(evse: Evse, refusal: Refusal, now: datetime, now_s: float, effects: Effects) -> None:
    """End or pause a refused charge once nothing more may flow."""
    running = evse.transaction
    if running is None or running.refused_until_wh is None or running.is_barred:
        return
    if running.phase is Phase.OVER:
        return
    latest = evse.register.latest() or running.last.reading
    if refusal.energy_wh and latest.energy_wh < running.refused_until_wh:
        return
    if refusal.ends:
        evse.stop(REFUSED, now, now_s, effects)
        return
    _note(evse, None, running.refused_until_wh, True, effects)


def _note(
    evse: Evse, group_id: str | None, until_wh: int | None, is_barred: bool, effects: Effects
) -> None:
    if evse.session.note_verdict(group_id, until_wh, is_barred):
        assert evse.transaction is not None, "the verdict was noted with it"
        effects.changes.append(open_session(evse.transaction))
