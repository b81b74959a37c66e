"""Site view: a site as people see it at one of its chargers; JSON-ready.

What others take is known to who leads; elsewhere these are null. Times are ISO 8601 UTC.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.site.circuits import PHASES, Circuit
from ampkeeper.firmware.site.roster import NOTHING_A, Seat
from ampkeeper.firmware.station.site_door import SiteDoor
from ampkeeper.hal.ports import Bus


def site_view(door: SiteDoor, bus: Bus | None, now: datetime, now_s: float) -> dict[str, Any]:
    """Who leads and since when, who belongs to it, and what flows where."""
    party = door.party
    problem = door.problem or (bus.problem if bus is not None else "no broker is configured")
    return {
        "name": door.name,
        "own": party.place.own,
        "state": party.state,
        "since": stamp(now - timedelta(seconds=now_s - party.since_s)),
        "leader": party.followed or None,
        "term": party.term,
        "is_connected": bus is not None and bus.is_connected,
        "problem": problem or None,
        "refused": dict(party.refused.counts),
        "refused_last": party.refused.last or None,
        "dropped": bus.dropped_count if bus is not None else 0,
        "members": [
            _member(door, station, evse_id, party.place.roster.seats[name], now_s)
            for station, places in sorted(party.place.stations.items())
            for evse_id, name in places
        ],
        "circuits": [_circuit(door, each, now_s) for each in party.place.roster.tree.circuits],
    }


def site_words(view: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The part of it that the state of a charger shows."""
    if view is None:
        return None
    return {name: view[name] for name in ("name", "state", "since", "leader", "problem")}


def _member(door: SiteDoor, station: str, evse_id: int, seat: Seat, now_s: float) -> dict[str, Any]:
    party = door.party
    leader = party.leader
    seen = leader.seen(seat.member, now_s) if leader is not None else None
    follows = None if seen is None else seen.follows
    granted_a = None if seen is None or not seen.follows else seen.given_a
    measured_a = None if seen is None or not seen.follows else list(seen.measured_a)
    if station == party.place.own:
        granted_a = party.limit_a(evse_id, set(seat.phases), now_s)
    return {
        "name": seat.member,
        "station": station,
        "evse": evse_id,
        "circuit": seat.circuit,
        "phases": "".join(f"L{phase + 1}" for phase in seat.phases),
        "safe_a": seat.safe_a,
        "priority": seat.priority,
        "follows": follows,
        "granted_a": granted_a,
        "measured_a": measured_a,
    }


def _circuit(door: SiteDoor, circuit: Circuit, now_s: float) -> dict[str, Any]:
    place, leader = door.party.place, door.party.leader
    shown: dict[str, Any] = {
        "name": circuit.name,
        "parent": circuit.parent or None,
        "max_a": list(circuit.limit_a),
        "measured_by": place.meters.get(circuit.name),
        "chargers_a": None,
        "others_a": None,
        "doubt": None,
    }
    if leader is None:
        return shown
    own_place, taken_a = place.roster.tree.place[circuit.name], [0.0, 0.0, 0.0]
    for seat in place.roster.seats.values():
        seen = leader.seen(seat.member, now_s)
        if seen.follows and own_place in place.roster.tree.path(seat.circuit):
            for phase in PHASES:
                taken_a[phase] += seen.measured_a[phase]
    others_a = leader.others.at(now_s).get(circuit.name, NOTHING_A)
    counted = {
        "chargers_a": [round(each, 1) for each in taken_a],
        "others_a": [round(each, 1) for each in others_a],
        "doubt": leader.doubts.get(circuit.name),
    }
    return shown | counted
