"""Steps: does the mains meter see the charger, the right way round and on the right phases? Pure.

What the charger switches itself has to show at the mains: the same step, on the phase that feeds
it. Three steps in a row that show the other way round, on another phase, or not at all, and the
meter is not believed; three that show as they should, and it is again. Equal steps on all phases
cannot tell one phase from another, and need not: where all carry the same, the fullest counts.
"""

from collections import deque
from dataclasses import dataclass

from ampkeeper.firmware.energy.mains import PHASES, Flow
from ampkeeper.firmware.energy.own import Currents, Draw

STEP_A = 4.0  # smaller ones drown in what the house does
SHARE = 0.35  # of the step, by which the mains may differ
SPAN_S = 12.0  # from before the step to after it
STEADY_A = 0.7  # before and after, the charger does not move by more
STEADY_S = 2.0
VOTES = 3
KEPT_MAX = 120
VOLTAGE_V = 230.0  # by which a total is counted; both sides by the same

AS_DRAWN, REVERSED, ELSEWHERE, UNSEEN, UNCLEAR = "as drawn", "reversed", "elsewhere", "unseen", ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Mains and chargers at one moment."""

    taken_s: float
    mains_a: Currents
    own_a: Currents


class Steps:
    """Looks at every reading of the mains beside what the chargers drew."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=KEPT_MAX)
        self._votes: deque[tuple[str, str]] = deque(maxlen=VOTES)
        self.wrong = ""  # why the meter is not believed

    def see(self, flow: Flow, draw: Draw | None) -> bool:
        """Take a reading; True if what is thought of the meter changed."""
        now = _seen(flow, draw)
        if now is None:
            return False
        while self._seen and now.taken_s - self._seen[0].taken_s > SPAN_S:
            self._seen.popleft()
        self._seen.append(now)
        before = self._before(now)
        if before is None:
            return False
        self._seen = deque([now], maxlen=KEPT_MAX)  # this step is judged once
        vote = judged(before, now)
        if vote[0] == UNCLEAR:
            return False
        self._votes.append(vote)
        return self._decide()

    def _before(self, now: Seen) -> Seen | None:
        """A steady moment before a step, when the time after it is steady too."""
        lately = [one for one in self._seen if now.taken_s - one.taken_s <= STEADY_S]
        if len(lately) < 2 or not all(_is_near(one, now) for one in lately):
            return None
        for earlier, following in zip(self._seen, list(self._seen)[1:], strict=False):
            if _is_near(earlier, following) and _step_a(earlier, now) >= STEP_A:
                return earlier
        return None

    def _decide(self) -> bool:
        if len(self._votes) < VOTES or len({kind for kind, _ in self._votes}) > 1:
            return False
        before = self.wrong
        kind, words = self._votes[-1]
        self.wrong = "" if kind == AS_DRAWN else words
        return self.wrong != before


def _seen(flow: Flow, draw: Draw | None) -> Seen | None:
    """Both by phase or, where the meter has a total only, both as if it were one phase."""
    if draw is None:
        return None
    first_a, second_a, third_a = flow.current_a
    if first_a is not None and second_a is not None and third_a is not None:
        return Seen(flow.taken_s, (first_a, second_a, third_a), draw.current_a)
    if flow.total_w is None:
        return None
    total_a, own_a = flow.total_w / VOLTAGE_V, draw.power_w / VOLTAGE_V
    return Seen(flow.taken_s, (total_a, 0.0, 0.0), (own_a, 0.0, 0.0))


def judged(before: Seen, after: Seen) -> tuple[str, str]:
    """What one step shows, and in words."""
    moved = [phase for phase in PHASES if _delta(before.own_a, after.own_a, phase) >= STEP_A / 2]
    kinds = [_kind(before, after, phase) for phase in moved]
    for kind, words in kinds:
        if kind != AS_DRAWN:
            return kind, words
    return kinds[0] if kinds else (UNCLEAR, "")


def _kind(before: Seen, after: Seen, phase: int) -> tuple[str, str]:
    step_a = after.own_a[phase] - before.own_a[phase]
    shown_a = [after.mains_a[each] - before.mains_a[each] for each in PHASES]
    expected = f"on L{phase + 1} of the mains"
    if _is_like(shown_a[phase], step_a):
        return AS_DRAWN, ""
    if _is_like(-shown_a[phase], step_a):
        words = f"the charger's own current shows {expected} the other way round: turn the sign"
        return REVERSED, words
    for other in PHASES:
        own_a = after.own_a[other] - before.own_a[other]
        if abs(own_a) < STEP_A / 2 and _is_like(shown_a[other], step_a):
            words = f"the charger's own current shows on L{other + 1}, not {expected}: turn phases"
            return ELSEWHERE, words
    if all(abs(one) <= SHARE * abs(step_a) for one in shown_a):
        return UNSEEN, f"the charger's own current does not show {expected}"
    return UNCLEAR, ""


def _is_like(shown_a: float, step_a: float) -> bool:
    return abs(shown_a - step_a) <= SHARE * abs(step_a)


def _delta(first: Currents, second: Currents, phase: int) -> float:
    return abs(first[phase] - second[phase])


def _step_a(first: Seen, second: Seen) -> float:
    return max(_delta(first.own_a, second.own_a, phase) for phase in PHASES)


def _is_near(first: Seen, second: Seen) -> bool:
    return _step_a(first, second) <= STEADY_A
