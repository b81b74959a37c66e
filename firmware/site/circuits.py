"""Circuits: the tree of fuses that a site's chargers hang on, checked before anything counts on it.

Each circuit has a limit per phase; all that flows in a circuit flows in those above it too. The
one without a parent is the feeder. Phases are those of the site: 0, 1 and 2 for L1, L2 and L3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PHASES = (0, 1, 2)
DEPTH_MAX = 16
CIRCUITS_MAX = 4_096
LIMIT_A_MAX = 100_000.0  # of a whole site, counted at low voltage

PerPhase = tuple[float, float, float]


def minus(a: PerPhase, b: PerPhase) -> PerPhase:
    """What is left of ``a``, by phase."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def most(a: PerPhase, b: PerPhase) -> PerPhase:
    """The larger of both, by phase."""
    return max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2])


class SiteRefused(ValueError):
    """What is wrong with a site as it was described; the message names the circuit."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """One fuse: amperes per phase, and how far its phases may differ.

    ``imbalance_a`` bounds the difference between two phases of what one- and two-phase cars
    take: 20 A is 4.6 kVA at 230 V (VDE-AR-N 4100, 5.5). A charge on three phases adds none.
    """

    name: str
    limit_a: PerPhase
    parent: str = ""
    imbalance_a: float = math.inf


class Tree:
    """Circuits by place, parents before children; a path leads from one up to the feeder."""

    def __init__(self, circuits: Sequence[Circuit]) -> None:
        """Raise SiteRefused for a tree that is none."""
        named = _named(circuits)
        self._paths = {name: _path(name, named) for name in named}
        ordered = sorted(circuits, key=lambda circuit: len(self._paths[circuit.name]))
        self.circuits: tuple[Circuit, ...] = tuple(ordered)
        self.place = {circuit.name: place for place, circuit in enumerate(ordered)}

    def path(self, name: str) -> tuple[int, ...]:
        """The places of a circuit and of all above it; KeyError if there is none."""
        return tuple(self.place[each] for each in self._paths[name])


def _named(circuits: Sequence[Circuit]) -> dict[str, Circuit]:
    if not 1 <= len(circuits) <= CIRCUITS_MAX:
        raise SiteRefused(f"{len(circuits)} circuits: must be 1 to {CIRCUITS_MAX}")
    named: dict[str, Circuit] = {}
    for circuit in circuits:
        where = f"circuit {circuit.name!r}"
        if not circuit.name:
            raise SiteRefused(f"{where}: must have a name")
        if circuit.name in named:
            raise SiteRefused(f"{where}: is there twice")
        if len(circuit.limit_a) != len(PHASES) or not all(map(_is_limit, circuit.limit_a)):
            limits = circuit.limit_a
            raise SiteRefused(f"{where}: limit {limits}: each phase 0 to {LIMIT_A_MAX:g} A")
        if not circuit.imbalance_a >= 0.0:
            raise SiteRefused(f"{where}: imbalance {circuit.imbalance_a}: must be 0 A or more")
        named[circuit.name] = circuit
    feeders = [circuit.name for circuit in circuits if not circuit.parent]
    if len(feeders) > 1:
        raise SiteRefused(f"circuits {', '.join(map(repr, feeders))}: only one may have no parent")
    return named


def _is_limit(limit_a: float) -> bool:
    return 0.0 <= limit_a <= LIMIT_A_MAX


def _path(name: str, named: dict[str, Circuit]) -> list[str]:
    """From a circuit to the feeder, by name."""
    path = [name]
    while parent := named[path[-1]].parent:
        if parent not in named:
            raise SiteRefused(f"circuit {path[-1]!r}: its parent {parent!r} is no circuit")
        if parent in path:
            loop = " in ".join(map(repr, [*path[path.index(parent) :], parent]))
            raise SiteRefused(f"circuit {name!r}: a loop, {loop}")
        path.append(parent)
        if len(path) > DEPTH_MAX:
            raise SiteRefused(f"circuit {name!r}: more than {DEPTH_MAX} deep")
    return path
