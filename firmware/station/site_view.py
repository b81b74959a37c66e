"""Site view: a site as people see it at one of its chargers; JSON-ready.

What others take is known to who leads, and told by it to the rest some seconds later; what is not
known is null. Times are ISO 8601 UTC.
"""

from datetime import datetime, timedelta
from typing import Any

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.site.circuits import PHASES, Circuit
from ampkeeper.firmware.site.member import FOLLOWING
from ampkeeper.firmware.site.messages import MemberRow
from ampkeeper.firmware.site.party import Party
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


def _member(door: SiteDoor, station: str, evse_id: int, seat: Seat, now_s: float) -> dict[str, Any]:
    party = door.party
    row = _row(party, seat.member, now_s)
    is_known = row is not None and row.follows
    granted_a = row.given_a if row is not None and is_known else None
    if station == party.place.own:
        granted_a = door.own_a(evse_id, now_s)
    return {
        "name": seat.member,
        "station": station,
        "evse": evse_id,
        "circuit": seat.circuit,
        "phases": "".join(f"L{phase + 1}" for phase in seat.phases),
        "safe_a": seat.safe_a,
        "priority": seat.priority,
        "follows": None if row is None else row.follows,
        "granted_a": granted_a,
        "measured_a": list(row.measured_a) if row is not None and is_known else None,
    }


def _row(party: Party, name: str, now_s: float) -> MemberRow | None:
    """A member as its leader sees it, or last told; None where nobody leads."""
    if party.leader is not None:
        seen = party.leader.seen(name, now_s)
        return MemberRow(0, seen.follows, seen.given_a, seen.measured_a)
    return party.shown.member(name, now_s) if party.state == FOLLOWING else None


def _circuit(door: SiteDoor, circuit: Circuit, now_s: float) -> dict[str, Any]:
    party = door.party
    place = party.place
    shown: dict[str, Any] = {
        "name": circuit.name,
        "parent": circuit.parent or None,
        "max_a": list(circuit.limit_a),
        "measured_by": place.meters.get(circuit.name),
        "chargers_a": _chargers_a(party, circuit, now_s),
        "others_a": None,
        "doubt": None,
    }
    if party.leader is not None:
        others_a = party.leader.others.at(now_s).get(circuit.name, NOTHING_A)
        doubt = party.leader.doubts.get(circuit.name)
        return shown | {"others_a": [round(each, 1) for each in others_a], "doubt": doubt}
    row = party.shown.circuit(circuit.name, now_s) if party.state == FOLLOWING else None
    if row is None:
        return shown
    others = [round(each, 1) for each in row.others_a]
    return shown | {"others_a": others, "doubt": row.doubt or None}


def _chargers_a(party: Party, circuit: Circuit, now_s: float) -> list[float] | None:
    """What all chargers behind a fuse take; None where one of them is not known."""
    roster = party.place.roster
    own_place, taken_a = roster.tree.place[circuit.name], [0.0, 0.0, 0.0]
    for seat in roster.seats.values():
        if own_place not in roster.tree.path(seat.circuit):
            continue
        row = _row(party, seat.member, now_s)
        if row is None:
            return None
        for phase in PHASES:
            taken_a[phase] += row.measured_a[phase] if row.follows else 0.0
    return [round(each, 1) for each in taken_a]
