"""Messages: what members of a site tell each other.

A grant answers one report and says so. Its time runs from when that report was sent, by the clock
of the member that sent it: a grant that comes late, or again, is worth nothing then. The same way
round, a report names the newest beat of its leader, and makes its sender a follower from when that
was sent, by the leader's clock. So no two clocks have to agree, however slow the bus is.
"""

from dataclasses import dataclass

from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.turns import NEW, Standing

REPORT_EVERY_S = 1.0
RETRY_S = 0.4  # until what may have been lost is said again
GRANT_S = 4.0  # of a grant at most, from its report on: so long may a reduction be lost
REACTION_S = 5.0  # from a load that begins, whatever is lost, until offers leave room for it
SILENCE_S = (
    4.0  # of a leader, before another steps forward; of a follower, before it counts no more
)
HOLD_S = 24.0  # from the end of a grant until the safe share, if that is more
SLACK = 1.05  # by which clocks may run apart
TERM_MAX = 1 << 40
TERM_JUMP_MAX = 1 << 20  # a leader a minute, for two years without a break
UNSEEN_S = 0.5  # of a load that begins: what is offered may not flow yet when the meter is read
BELIEF_S = (REACTION_S - UNSEEN_S) / SLACK  # from a reading on, of grants that stand on it


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leads: of two, the later term holds; of one term, the first by name.

    No site comes to be further than ``TERM_JUMP_MAX`` from another part of it: of two that are, the
    later was made up, and the earlier holds. So nobody can take a term that none can be above.
    """

    term: int
    holder: str

    def beats(self, other: "Lease | None") -> bool:
        """True if this one holds and not the other."""
        if other is None:
            return True
        if abs(self.term - other.term) > TERM_JUMP_MAX:
            return self.term < other.term
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
    standing: Standing = NEW


@dataclass(frozen=True, slots=True)
class Grant:
    """So much per phase, to one member, in answer to one of its reports.

    A second one for the same report may lower it. It is good for ``good_s`` from the report on.
    """

    lease: Lease
    member: str
    boot: str
    number: int
    current_a: float
    good_s: float = GRANT_S


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member as its leader sees it; currents are 0 where it does not follow."""

    place: int
    follows: bool
    given_a: float
    measured_a: PerPhase


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """What flows in a circuit besides the chargers, and why its meter is not believed."""

    place: int
    others_a: PerPhase
    doubt: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One page."""

    lease: Lease
    members: tuple[MemberRow, ...] = ()
    circuits: tuple[CircuitRow, ...] = ()
