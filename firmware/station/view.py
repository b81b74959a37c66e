"""What the station shows to whoever looks: one read model, the same for every face.

The shape of ``evse_view`` is part of the emulator's promised state; ``why`` is the limit ledger.
All values are JSON-ready; times are ISO 8601 UTC with milliseconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.faults import SEVERITIES, info_of
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station.cost_view import CostView
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.limits_view import limits_view
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.waiting import RefusedCard, still_told

TAGS_SHOWN = 1_000  # of more, only the number
SESSION_STATES = {
    table.AUTHORISED: "authorised",
    table.DETACHED: "authorised",
    table.WAITING: "starting",
    table.STARTING: "starting",
    table.EVSE_WAITS: "suspended_evse",
    table.EV_WAITS: "suspended_ev",
    table.CHARGING: "charging",
    table.STOPPING: "stopping",
}


def session_state(evse: Evse) -> str | None:
    """What the session is doing; "connected": a transaction in which nobody may charge."""
    usual = "connected" if evse.is_busy else None
    return SESSION_STATES.get(evse.session.table.state, usual)


def session_view(evse: Evse) -> dict[str, Any] | None:
    """The running or accepted session; None when there is none."""
    running = evse.session.charge
    state = session_state(evse)
    if state is None:
        return None
    if running is None:
        grant = evse.session.grant
        return {
            "id": None,
            "state": state,
            "id_tag": grant.token.value if grant is not None and grant.token is not None else None,
            "energy_wh": 0,
            "started": None,
        }
    latest = evse.register.latest() or running.last.reading
    return {
        "id": running.tx_id,
        "state": state,
        "id_tag": running.token.value if running.token is not None else None,
        "energy_wh": max(0, latest.energy_wh - running.begin.reading.energy_wh),
        "started": stamp(running.begin.at),
    }


def evse_view(evse: Evse, now: datetime, costs: CostView) -> dict[str, Any]:
    """The station's part of one EVSE's state; what it costs only where that is shown."""
    limit_a, limited_by = evse.limit()
    session, cost = session_view(evse), costs.view(evse, now)
    if session is not None and cost is not None:
        session["cost"] = cost
    return {
        "status": str(evse.report(now).state),
        "limit_a": limit_a,
        "limited_by": limited_by,
        "session": session,
        "faults": sorted(info_of(code).name for code in evse.faults),
    }


def card_view(card: RefusedCard | None, now_s: float) -> dict[str, Any] | None:
    """The card that was just refused; None when there is none, or it was long ago."""
    told = still_told(card, now_s)
    if told is None:
        return None
    return {"at": stamp(told.at), "token": told.token, "evse_id": told.evse_id, "why": told.why}


def why_view(station: Station, now: datetime, now_s: float) -> dict[str, Any]:
    """Which limit binds on each EVSE, since when, and all that were considered."""
    return {"evses": [limits_view(evse, now, now_s) for evse in station.evses.values()]}


def faults_view(station: Station) -> list[dict[str, Any]]:
    """The active faults, in plain words."""
    return [
        {
            "evse_id": evse.evse_id,
            "fault": row.name,
            "text": row.text,
            "severity": SEVERITIES[row.severity],
            "code": row.mrec,
            "since": stamp(since),
        }
        for evse in station.evses.values()
        for code, since in sorted(evse.faults.items())
        for row in (info_of(code),)
    ]


def site_words(site: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The part of a site's view that the state of a charger shows."""
    if site is None:
        return None
    return {name: site[name] for name in ("name", "state", "since", "leader", "problem")}


def tags_view(station: Station) -> dict[str, Any]:
    """What is known of cards: the central system's list, then what it said when it was asked."""
    listed = station.listed.list.entries.values() if station.listed.is_enabled else ()
    cached = station.entrance.known.items()
    tags = [_tag("list", one.token, str(one.status), one.expires) for one in listed]
    tags += [_tag("cache", token, known.status, known.expires) for token, known in cached]
    return {"count": len(tags), "list_version": station.listed.list.version} | {
        "tags": tags[:TAGS_SHOWN]
    }


def _tag(source: str, token: str, status: str, expires: datetime | None) -> dict[str, Any]:
    until = stamp(expires) if expires is not None else None
    return {"token": token, "status": status, "expires": until, "from": source}
