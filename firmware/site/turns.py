"""Turns: who is let in first when not all can have the least that a car needs. Pure.

Whoever is in its turn stays until it has charged for ``TURN_S``; then all who wait come before it,
the longest first. So nobody waits for ever, and nobody is stopped sooner than that for the sake of
another. A leader counts by its own clock from what a member tells of itself when it is first heard:
so turns go on when another leads.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

TURN_S = 900.0
STANDING_S_MAX = 7 * 86_400.0  # what is longer is told as this
CHARGES, WAITS, SERVED = range(3)


@dataclass(frozen=True, slots=True)
class Standing:
    """For how long somebody has had current in its turn, or has waited for a turn, in s."""

    is_in: bool = False
    for_s: float = 0.0

    def after(self, elapsed_s: float, is_in: bool) -> "Standing":
        """The same when so much more time has passed."""
        before_s = self.for_s if is_in == self.is_in else 0.0
        return Standing(is_in, min(before_s + elapsed_s, STANDING_S_MAX))

    def order(self) -> tuple[int, float]:
        """The lower is let in first."""
        if not self.is_in:
            return WAITS, -self.for_s
        return (CHARGES if self.for_s < TURN_S else SERVED), self.for_s


NEW = Standing()


@dataclass(frozen=True, slots=True)
class Turns:
    """How those who want current stand."""

    standings: Mapping[str, Standing] = field(default_factory=dict)

    def places(self, told: Mapping[str, Standing]) -> dict[str, float]:
        """The place in the order of all who want current now, as ``Claim.turn`` has it.

        ``told`` is what they say of themselves; of who is known already it does not count.
        """
        known = {member: self.standings.get(member, own) for member, own in told.items()}
        ordered = sorted(known, key=lambda member: (known[member].order(), member))
        return {member: float(place) for place, member in enumerate(ordered)}

    def passed(self, told: Mapping[str, Standing], charging: Set[str], elapsed_s: float) -> "Turns":
        """The turns after ``elapsed_s`` in which ``charging`` had current.

        Who no longer wants current is forgotten.
        """
        return Turns(
            {
                member: self.standings.get(member, own).after(elapsed_s, member in charging)
                for member, own in told.items()
            }
        )
