"""Messages: what members of a site tell each other.

A grant answers one report and says so. Its time runs from when that report was sent, by the clock
of the member that sent it: a grant that comes late, or again, is worth nothing then. The same way
round, a report names the newest beat of its leader, and makes its sender a follower from when that
was sent, by the leader's clock. So no two clocks have to agree, however slow the bus is.
"""

from dataclasses import dataclass

from ampkeeper.firmware.site.circuits import PerPhase

REPORT_EVERY_S = 1.0
GRANT_S = 4.0  # of a grant, from its report on: so long may a reduction be lost
SILENCE_S = (
    4.0  # of a leader, before another steps forward; of a follower, before it counts no more
)
HOLD_S = 24.0  # from the end of a grant until the safe share, if that is more
SLACK = 1.05  # by which clocks may run apart


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leads: of two, the later term holds; of one term, the first by name."""

    term: int
    holder: str

    def beats(self, other: "Lease | None") -> bool:
        """True if this one holds and not the other."""
        if other is None:
            return True
        return (-self.term, self.holder) < (-other.term, other.holder)


@dataclass(frozen=True, slots=True)
class Beat:
    """A leader says that it leads; ``number`` counts up."""

    lease: Lease
    number: int


@dataclass(frozen=True, slots=True)
class Report:
    """A member's state; ``number`` counts up from 1 in each ``boot``."""

    member: str
    boot: str
    number: int
    beat: Beat | None  # the newest of whom it follows
    held: int  # the report that its newest grant answered; 0: none in this boot under this lease
    phases: tuple[int, ...]  # of the site, that its car may load until it reports others
    max_a: float  # what it could use; 0: nothing
    min_a: float
    measured_a: PerPhase  # by site phase


@dataclass(frozen=True, slots=True)
class Grant:
    """So much per phase, to one member, in answer to one of its reports."""

    lease: Lease
    member: str
    boot: str
    number: int
    current_a: float
