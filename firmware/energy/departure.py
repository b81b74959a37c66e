"""Departure: so much energy by then. Whatever else is waited for, the target wins. Pure.

Until the latest start the car waits for sun, hours or a price as it would anyway; from then on it
charges with all that the other limits leave. The latest start counts with what the car can take,
as far as that is known, a tenth more time than that needs, and ten minutes, or as long as a start
may be delayed at random, if that is longer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RESERVE = 1.1
RESERVE_TIME = timedelta(minutes=10)
ENERGY_WH_MAX = 250_000
AHEAD_MAX = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Target:
    """``energy_wh`` in this session, by ``by``."""

    by: datetime
    energy_wh: int

    def needed_wh(self, charged_wh: int) -> int:
        """What is still missing."""
        return max(0, self.energy_wh - charged_wh)


def duration(needed_wh: int, power_w: float) -> timedelta:
    """How long that takes, without reserve; without any power: endless."""
    if needed_wh <= 0:
        return timedelta(0)
    hours = needed_wh / power_w if power_w > 0 else float("inf")
    return timedelta(hours=hours) if hours < AHEAD_MAX.days * 24 else AHEAD_MAX


def latest_start(
    target: Target, charged_wh: int, power_w: float, delay: timedelta = RESERVE_TIME
) -> datetime:
    """When charging has to begin with all there is, so that the target is met."""
    needs = RESERVE * duration(target.needed_wh(charged_wh), power_w)
    return target.by - needs - max(RESERVE_TIME, delay)


class Departure:
    """The target of one EVSE, and whether it has to be charged for now."""

    def __init__(self) -> None:
        self.target: Target | None = None
        self._is_due = False

    def set(self, target: Target | None) -> None:
        """Somebody says when, or that it does not matter any more."""
        self.target = target
        self._is_due = False

    def is_due(
        self, charged_wh: int, power_w: float, now: datetime, delay: timedelta = RESERVE_TIME
    ) -> bool:
        """True while the target can only be met by charging now; ``delay``: of a start, at most.

        Once begun it goes on to the target: a better guess of the power does not interrupt it.
        """
        target = self.target
        if target is None or now >= target.by or target.needed_wh(charged_wh) == 0:
            self._is_due = False
        elif now >= latest_start(target, charged_wh, power_w, delay):
            self._is_due = True
        return self._is_due
