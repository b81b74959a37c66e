"""Trial: whether new software proved itself, said again and again while it runs. Pure.

One table, read from the top: the first row whose conditions all hold decides. Charging goes on
meanwhile; ring 1 protects it whichever software grants the permits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# what may be so
FAILS, SILENT, UNTESTED, UNHEARD, TRIED, WAITED = range(6)
FACTS = (
    "FAILS",  # a self-test that did not fail before
    "SILENT",  # a pilot board does not answer that answered before the trial
    "UNTESTED",  # not every self-test has a result
    "UNHEARD",  # the central system has not accepted it, and one is configured
    "TRIED",  # the time for what is on the machine is over
    "WAITED",  # the time for the central system is over
)
# verdicts
MARGIN_S = 600  # beyond what is configured: for the start, and for writing the verdict down
WAIT, CONFIRM, REJECT = range(3)
VERDICTS = ("WAIT", "CONFIRM", "REJECT")

# fmt: off
TABLE = (
    # if these are so           and these not   verdict
    ((FAILS,),                  (),             REJECT),
    ((SILENT, TRIED),           (),             REJECT),
    ((UNTESTED, TRIED),         (),             REJECT),
    ((SILENT,),                 (),             WAIT),
    ((UNTESTED,),               (),             WAIT),
    ((),                        (UNHEARD,),     CONFIRM),
    ((UNHEARD, WAITED),         (),             CONFIRM),  # a wrong address is no wrong software
    ((UNHEARD,),                (),             WAIT),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Patience:
    """``confirm_s``: for what is on the machine; ``csms_s``: for the central system."""

    confirm_s: float
    csms_s: float

    @property
    def trial_s(self) -> int:
        """By then every verdict is written down: what says nothing so long hangs."""
        return math.ceil(max(self.confirm_s, self.csms_s)) + MARGIN_S

    def within(self, trial_s: float) -> "Patience":
        """The same, so that it ends before ``trial_s``; 0: nobody ends it."""
        if not trial_s or self.trial_s <= trial_s:
            return self
        most_s = max(trial_s - MARGIN_S, trial_s / 2)
        return Patience(min(self.confirm_s, most_s), min(self.csms_s, most_s))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the station shows ``since_s`` its start. ``failed``: names of self-tests, the first.

    ``silent_evses``: whose pilot board does not answer; ``dead_evses``: of these, whose board did
    not before the trial either: that says nothing of the new software, and blocks no repair.
    """

    since_s: float
    failed: Sequence[str]
    silent_evses: Sequence[int]
    is_tested: bool
    needs_csms: bool
    is_accepted: bool
    dead_evses: Sequence[int] = ()

    @property
    def lost_evses(self) -> list[int]:
        """Whose pilot board answered before the trial, and does not now."""
        return [each for each in self.silent_evses if each not in self.dead_evses]


def judge(seen: Seen, patience: Patience) -> tuple[int, str]:
    """The verdict, and why; empty while it waits."""
    facts = _facts(seen, patience)
    for so, not_so, verdict in TABLE:
        if facts.issuperset(so) and facts.isdisjoint(not_so):
            return verdict, "" if verdict == WAIT else _reason(verdict, facts, seen, patience)
    raise AssertionError("the table has a row for everything")


def _facts(seen: Seen, patience: Patience) -> set[int]:
    held = {
        FAILS: bool(seen.failed),
        SILENT: bool(seen.lost_evses),
        UNTESTED: not seen.is_tested,
        UNHEARD: seen.needs_csms and not seen.is_accepted,
        TRIED: seen.since_s >= patience.confirm_s,
        WAITED: seen.since_s >= patience.csms_s,
    }
    return {fact for fact, is_so in held.items() if is_so}


def _reason(verdict: int, facts: set[int], seen: Seen, patience: Patience) -> str:
    if FAILS in facts:
        return f"self-test failed: {', '.join(seen.failed)}"
    if SILENT in facts:
        named = _names(seen.lost_evses)
        return f"no pilot board of EVSE {named} within {patience.confirm_s:g} s"
    if verdict == REJECT:
        return f"self-tests without a result within {patience.confirm_s:g} s"
    names = _names(seen.dead_evses)
    dead = f"; no pilot board of EVSE {names}, as before" if names else ""
    if UNHEARD in facts:
        return f"good, but no central system within {patience.csms_s:g} s{dead}"
    return f"good: self-tests, pilot boards{', central system' if seen.needs_csms else ''}{dead}"


def _names(evses: Sequence[int]) -> str:
    return ", ".join(map(str, evses))
