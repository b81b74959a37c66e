"""Place: what a charger is told of its site, what it wants and measures, and what it has to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.roster import NOTHING_A, Roster
from ampkeeper.firmware.site.wire import NUMBER_MAX


@dataclass(frozen=True, slots=True)
class Place:
    """What a charger is told of its site."""

    roster: Roster
    stations: Mapping[str, Sequence[tuple[int, str]]]  # by charger: its EVSEs and their members
    meters: Mapping[str, str]  # circuits that are measured, and by which charger
    own: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What one EVSE could use now, on phases of the site; ``max_a`` 0: nothing."""

    phases: tuple[int, ...]
    max_a: float
    min_a: float
    measured_a: PerPhase = NOTHING_A


@dataclass(frozen=True, slots=True)
class Measured:
    """What a mains meter of this charger shows; ``taken_s`` by this machine's own clock."""

    current_a: PerPhase
    taken_s: float

    @property
    def number(self) -> int:
        """Another for each reading."""
        return round(self.taken_s * 1_000) % NUMBER_MAX


@dataclass(frozen=True, slots=True)
class Send:
    """Something to say: the end of its topic, and the payload."""

    topic: str
    payload: bytes
