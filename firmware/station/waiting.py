"""Waiting: what has to happen next before energy flows at an EVSE, as people are told. Pure."""

from datetime import datetime
from typing import NamedTuple

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station.evse import Evse

PLUG, CARD, ANSWER, CHECKS, LIMIT = "plug", "card", "answer", "checks", "limit"
CAR, AGAIN, REPAIR, SERVICE = "car", "again", "repair", "service"
WAITS = (PLUG, CARD, ANSWER, CHECKS, LIMIT, CAR, AGAIN, REPAIR, SERVICE)
SHOWN_S = 300.0  # that a refused card is told of
BY_SESSION = {
    table.IDLE: PLUG,
    table.AUTHORISED: PLUG,
    table.DETACHED: PLUG,
    table.PLUGGED: CARD,
    table.WAITING: CHECKS,
    table.STARTING: CAR,
    table.EVSE_WAITS: LIMIT,
    table.EV_WAITS: CAR,
    table.FINISHED: AGAIN,
}  # in every other state energy flows, or is being ended
BY_STATE = {ConnectorState.FAULTED: REPAIR, ConnectorState.UNAVAILABLE: SERVICE}


class RefusedCard(NamedTuple):
    """A card that may not charge; ``token`` masked, ``evse_id`` None: it was meant for none."""

    at: datetime
    at_s: float
    token: str
    evse_id: int | None
    why: str


def waits_for(evse: Evse, is_asked: bool) -> str | None:
    """One of ``WAITS``, or None; ``is_asked``: somebody's card waits for the central system."""
    by_state = BY_STATE.get(evse.state)
    if by_state is not None:
        return by_state
    wanted = BY_SESSION.get(evse.session.table.state)
    return ANSWER if wanted in (CARD, AGAIN, PLUG) and is_asked else wanted


def still_told(card: RefusedCard | None, now_s: float) -> RefusedCard | None:
    """``card`` as long as it is worth telling."""
    return card if card is not None and now_s < card.at_s + SHOWN_S else None
