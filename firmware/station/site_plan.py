"""The plan of a site: what the configuration says of its fuses and chargers, as the site has it.

Pure. What is wrong is told with the table that it stands in.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from ampkeeper.firmware.config.model_site import Circuit, Member
from ampkeeper.firmware.site import circuits as site
from ampkeeper.firmware.site.circuits import PerPhase, SiteRefused, Tree
from ampkeeper.firmware.site.roster import Roster, Seat

PHASE_NUMBERS = {"1": 0, "2": 1, "3": 2}
NAMED = re.compile(r"^(circuit|member)s? '([^']+)'")
FINGERPRINT_CHARS = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """A site that can be: who belongs to it, and which charger runs whom."""

    roster: Roster
    stations: dict[str, tuple[tuple[int, str], ...]]  # by charger: its EVSEs and their seats
    meters: dict[str, str]  # circuits that are measured, and by which charger
    fingerprint: str  # alike only for descriptions that are


def plan_of(circuits: Sequence[Circuit], members: Sequence[Member]) -> Plan:
    """The plan; raise SiteRefused for what is none."""
    tree = Tree([_circuit(circuit) for circuit in circuits])
    seats = [_seat(member) for member in members]
    others_a = {each.name: (each.others_a,) * 3 for each in circuits if each.others_a}
    fed_in_a = {each.name: (each.fed_in_a,) * 3 for each in circuits if each.fed_in_a}
    roster = Roster(tree, seats, others_a, fed_in_a)
    stations: dict[str, tuple[tuple[int, str], ...]] = {}
    for member in members:
        station = member.station or member.name
        others = stations.get(station, ())
        if member.evse in dict(others):
            raise SiteRefused(
                f"member {member.name!r}: EVSE {member.evse} of {station!r} is there twice"
            )
        stations[station] = (*others, (member.evse, member.name))
    meters = {each.name: each.meter for each in circuits if each.meter}
    for name, station in meters.items():
        if station not in stations:
            raise SiteRefused(f"circuit {name!r}: meter {station!r} is no station of any member")
    return Plan(roster, stations, meters, _fingerprint(circuits, members))


def check_site(
    circuits: Sequence[Circuit], members: Sequence[Member]
) -> tuple[str, int | None, str] | None:
    """What is wrong: section, which of its tables, and words; None: nothing is."""
    try:
        plan_of(circuits, members)
    except SiteRefused as error:
        words = str(error)
        found = NAMED.match(words)
        section = found.group(1) if found else ("circuit" if not circuits else "member")
        names = [each.name for each in (circuits if section == "circuit" else members)]
        is_there = found is not None and found.group(2) in names
        last = len(names) - 1 - names[::-1].index(found.group(2)) if found and is_there else None
        return section, last, words
    return None


def _circuit(circuit: Circuit) -> site.Circuit:
    of_phase = (circuit.max_l1_a, circuit.max_l2_a, circuit.max_l3_a)
    a, b, c = (circuit.max_a if limit_a is None else limit_a for limit_a in of_phase)
    limit_a: PerPhase = a, b, c
    if circuit.imbalance_a is None:
        return site.Circuit(circuit.name, limit_a, circuit.parent)
    return site.Circuit(circuit.name, limit_a, circuit.parent, circuit.imbalance_a)


def _seat(member: Member) -> Seat:
    phases = tuple(PHASE_NUMBERS[digit] for digit in member.rotation if digit in PHASE_NUMBERS)
    return Seat(member.name, member.circuit, phases, member.safe_a, member.priority)


def _fingerprint(circuits: Sequence[Circuit], members: Sequence[Member]) -> str:
    """The order of tables in the file says nothing."""
    rows = [sorted(map(_row, circuits)), sorted(map(_row, members))]
    text = json.dumps(rows, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_CHARS]


def _row(table: Circuit | Member) -> str:
    return json.dumps(astuple(table))
