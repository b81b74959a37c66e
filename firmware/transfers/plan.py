"""Plan: how often a transfer is tried and how long it waits, as the central system asked.

What it did not say is ours to choose (1.6 sections 6.25 and 6.55), and what it said is bounded.
"""

from dataclasses import dataclass

RETRIES = 3  # where nothing is said
RETRIES_MAX = 100
INTERVAL_S = 60
INTERVAL_S_MAX = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """``retries`` beyond the first attempt, ``interval_s`` between two."""

    retries: int = RETRIES
    interval_s: int = INTERVAL_S


@dataclass(frozen=True, slots=True)
class Ended:
    """How a transfer went. ``word`` is "" when it is well, else why not.

    "absent": not in all attempts · "denied" · "missing" · "unsupported" · "untrusted" ·
    "refused" · "too_big" · "no_room" (on our disk) · "unfit" (not what it should be), or what
    whoever judges a file by its beginning calls it.
    """

    word: str
    text: str = ""
    count_bytes: int = 0

    @property
    def is_good(self) -> bool:
        """True if all of it is where it should be."""
        return self.word == ""


def plan_of(retries: int | None, interval_s: int | None) -> Plan:
    """The plan for what was asked; negative numbers count as 0."""
    wanted = RETRIES if retries is None else min(max(0, retries), RETRIES_MAX)
    wait_s = INTERVAL_S if interval_s is None else min(max(0, interval_s), INTERVAL_S_MAX)
    return Plan(wanted, wait_s)
