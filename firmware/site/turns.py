"""Turns: who is let in first when not all can have the least that a car needs. Pure.

Who charged for ``TURN_S`` while others waited goes to the end; so nobody waits for ever, and
nobody is stopped sooner than that for the sake of another.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

TURN_S = 900.0


@dataclass(frozen=True, slots=True)
class Turns:
    """Members in order of their turn, and for how long each of them has charged in it, in s."""

    order: tuple[str, ...] = ()
    served_s: Mapping[str, float] = field(default_factory=dict)

    def turn_of(self, member: str) -> float:
        """Its place as ``Claim.turn`` has it; whoever is new is last."""
        return float(self.order.index(member) if member in self.order else len(self.order))


def passed(
    turns: Turns,
    wanting: Sequence[str],
    charging: Set[str],
    elapsed_s: float,
    turn_s: float = TURN_S,
) -> Turns:
    """The turns after ``elapsed_s`` in which ``charging``, of all ``wanting``, had current.

    Who no longer wants current is forgotten; who is new comes last, in the order of their names.
    """
    known = [member for member in turns.order if member in set(wanting)]
    order = known + sorted(set(wanting) - set(known))
    had = {member: elapsed_s for member in order if member in charging}
    served_s = {member: turns.served_s.get(member, 0.0) + had.get(member, 0.0) for member in order}
    if all(member in charging for member in order):
        return Turns(tuple(order), served_s)
    over = [member for member in order if served_s[member] >= turn_s]
    rest = [member for member in order if member not in set(over)]
    return Turns((*rest, *over), served_s | dict.fromkeys(over, 0.0))
