"""Slots: where software lies, and what of it starts: good, trying, reverted, dead, as one table.

What is on trial starts a few times at most, each start counted before it is made; unless it says
in time that all is well, the one before starts again, by itself. Which slot a row means is in
``Slots``: "factory" is what the machine came with, "a" and "b" hold images. Pure: what
``Slots.to_text`` returns is on the disk before anything is done about it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

# states
GOOD, TRYING, REVERTED, DEAD = range(4)
STATES = (
    "GOOD",
    "TRYING",
    "REVERTED",  # the one before runs again; why is still to be told
    "DEAD",  # nothing that may start was sound: no permit, the contactor stays open
)
# events
INSTALLED, START, SPENT, CONFIRM, REJECT, UNSOUND, NOTHING, TOLD, WOKEN, OWED = range(10)
EVENTS = (
    "INSTALLED",  # whole, in a slot that is not the good one
    "START",  # of the machine; what is due is sound, and has attempts left
    "SPENT",  # a start, and no attempt is left
    "CONFIRM",  # it works: self-tests, pilot board, central system
    "REJECT",  # it says that it does not, or did not say in time
    "UNSOUND",  # a start; what is due is not what was signed, but another is
    "NOTHING",  # a start; nothing that may run is sound
    "TOLD",  # how it ended is in the books
    "WOKEN",  # a start; something that may run is sound again
    "OWED",  # the same, and why the last trial ended badly is still to be told
)
OLD, NEW, SPARE, NONE = range(4)
STARTS = (
    "the good one",
    "the new one",
    "another that is sound",
    "nothing",
)

# fmt: off
TABLE = (
    # state     event      next      starts then
    (GOOD,      INSTALLED, TRYING,   NEW),
    (GOOD,      START,     GOOD,     OLD),
    (GOOD,      UNSOUND,   GOOD,     SPARE),
    (GOOD,      NOTHING,   DEAD,     NONE),
    (TRYING,    START,     TRYING,   NEW),
    (TRYING,    CONFIRM,   GOOD,     NEW),   # from now on it is the good one
    (TRYING,    SPENT,     REVERTED, OLD),
    (TRYING,    REJECT,    REVERTED, OLD),
    (TRYING,    UNSOUND,   REVERTED, OLD),
    (TRYING,    NOTHING,   DEAD,     NONE),
    (REVERTED,  INSTALLED, TRYING,   NEW),
    (REVERTED,  START,     REVERTED, OLD),
    (REVERTED,  UNSOUND,   REVERTED, SPARE),
    (REVERTED,  NOTHING,   DEAD,     NONE),
    (REVERTED,  TOLD,      GOOD,     OLD),
    (DEAD,      INSTALLED, TRYING,   NEW),   # by somebody who came
    (DEAD,      NOTHING,   DEAD,     NONE),
    (DEAD,      WOKEN,     GOOD,     OLD),   # one bad read is no reason to stay dead
    (DEAD,      OWED,      REVERTED, OLD),
)
IGNORED = {
    GOOD: (SPENT, CONFIRM, REJECT, TOLD, WOKEN, OWED),
    TRYING: (INSTALLED, TOLD, WOKEN, OWED),  # what is on trial runs from the only other slot
    REVERTED: (SPENT, CONFIRM, REJECT, WOKEN, OWED),
    DEAD: (START, SPENT, CONFIRM, REJECT, UNSOUND, TOLD),  # it is woken first
}
# fmt: on

FACTORY, A, B = "factory", "a", "b"
PLACES = (FACTORY, A, B)
APP = "app"  # the folder in a slot with the application, unpacked
TRIAL_S = 1_800  # that a trial may take where the record does not say it
TRIAL_S_MAX = 90_000
STARTS_MAX = 3  # of software on trial; one may be lost to a power cut that has other causes
REASON_CHARS_MAX = 200
TRUST_CHARS_MAX = 32_768
"""Of ``Slots.trust``; the form is that of ``trust.py``."""
TEXT_CHARS_MAX = 4 * TRUST_CHARS_MAX + 4_096  # two of them, each character escaped; and the rest


@dataclass(frozen=True, slots=True)
class Slots:
    """What starts next and why. ``counter_min`` is the highest security counter that was good.

    ``new`` is the slot on trial and ``starts_left`` its attempts; ``reason`` says why the last
    trial ended badly; ``trust`` is whom to believe (``Trust.to_text``), ``trust_new`` the same
    once the new one is good, ``counter_new`` its counter. ``trial_s`` is how long the launcher lets
    what is on trial run: what the station that installed it was configured to wait, and more.
    ``failed`` is a slot whose last trial ended badly; what is in it starts before nothing else.
    """

    state: int = GOOD
    good: str = FACTORY
    new: str = ""
    starts_left: int = 0
    reason: str = ""
    counter_min: int = 0
    counter_new: int = 0
    trust: str = ""
    trust_new: str = ""
    trial_s: int = TRIAL_S
    failed: str = ""

    @property
    def free(self) -> str:
        """Where an image may be put: never where the good one is."""
        return A if self.good == B else B if self.good == A else A

    @property
    def revoked(self) -> frozenset[str]:
        """Fingerprints of certificates that the maker takes back, on trial or for good.

        Read without what judges an image, which takes memory; a text that says nothing of them
        names none, and with that no image is believed at all.
        """
        return _revoked_in(self.trust) | _revoked_in(self.trust_new)

    @property
    def due(self) -> str:
        """What starts next; empty: nothing."""
        return {GOOD: self.good, TRYING: self.new, REVERTED: self.good, DEAD: ""}[self.state]

    def installed(self, place: str, counter: int, trust: str, trial_s: int = TRIAL_S) -> "Slots":
        """An image is whole in ``place``, the one that was ``free``."""
        assert 0 < trial_s <= TRIAL_S_MAX, f"{trial_s} s of trial"
        assert place in (A, B), "an image"
        assert self.state != TRYING, "one trial at a time"
        assert place != self.good, "what is good stays"
        moved = self._moved(INSTALLED)
        return replace(
            moved,
            new=place,
            starts_left=STARTS_MAX,
            reason="",
            counter_new=counter,
            trust_new=trust,
            trial_s=trial_s,
            failed="" if place == self.failed else self.failed,
        )

    def started(self, counters: Mapping[str, int]) -> tuple["Slots", str]:
        """At a start: what is written down first, and which slot starts then; empty: nothing.

        ``counters`` has the security counter of each slot whose content is what was signed.
        """
        may_run = [one for one in PLACES if counters.get(one, -1) >= self.counter_min]
        is_new_sound = self._is_new_sound(counters)
        if is_new_sound and self.starts_left > 0:
            moved = replace(self._moved(START), starts_left=self.starts_left - 1)
            return moved, moved.new
        slots = self
        if self.state == TRYING:
            slots = self._reverted(*_why_no_start(is_new_sound))
        elif self.state == DEAD and may_run:
            slots = self._moved(OWED if self.reason else WOKEN)
        return slots._started_good(may_run)

    def ended(self, counters: Mapping[str, int]) -> "Slots":
        """At a start where what is good may be sound and was not read: at most a trial ends."""
        if self.state != TRYING:
            return self
        return self._reverted(*_why_no_start(self._is_new_sound(counters)))

    def confirmed(self) -> "Slots":
        """What is on trial works: it is the good one, its counter the least that may ever run."""
        if self.state != TRYING:
            return self
        return replace(
            self._moved(CONFIRM),
            good=self.new,
            new="",
            starts_left=0,
            counter_min=self.counter_new,
            trust=self.trust_new,
            counter_new=0,
            trust_new="",
        )

    def rejected(self, reason: str) -> "Slots":
        """What is on trial does not work; the one before starts next."""
        return self if self.state != TRYING else self._reverted(REJECT, reason)

    def told(self) -> "Slots":
        """How the trial ended is in the books."""
        return replace(self._moved(TOLD), reason="") if self.state == REVERTED else self

    def to_text(self) -> str:
        """As it is kept."""
        told = {name: getattr(self, name) for name in _KEPT}
        return json.dumps({**told, "state": STATES[self.state]}, sort_keys=True, indent=1) + "\n"

    def _is_new_sound(self, counters: Mapping[str, int]) -> bool:
        # A root may have let the counter begin again; that was judged when it was installed.
        return self.state == TRYING and counters.get(self.new, -1) >= self.counter_new

    def _started_good(self, may_run: list[str]) -> tuple["Slots", str]:
        if not may_run:
            return self._moved(NOTHING), ""
        if self.good in may_run:
            return self._moved(START), self.good
        spare = [*may_run, *(one for one in may_run if one != self.failed)][-1]
        return replace(self._moved(UNSOUND), good=spare), spare

    def _reverted(self, event: int, reason: str) -> "Slots":
        moved = self._moved(event)
        return replace(
            moved,
            new="",
            starts_left=0,
            reason=reason[:REASON_CHARS_MAX],
            counter_new=0,
            trust_new="",
            failed=self.new,
        )

    def _moved(self, event: int) -> "Slots":
        """The state after ``event``; itself where the table has no row."""
        for at, on, next_state, _ in TABLE:
            if (at, on) == (self.state, event):
                return replace(self, state=next_state)
        return self


def _why_no_start(is_sound: bool) -> tuple[int, str]:
    if not is_sound:
        return UNSOUND, "what was installed is not what was signed"
    return SPENT, f"it started {STARTS_MAX} times and never said that it works"


def _revoked_in(trust: str) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(trust)["revoked"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return frozenset()


_TEXTS = {"good": 8, "new": 8, "reason": REASON_CHARS_MAX, "trust": TRUST_CHARS_MAX}
_TEXTS |= {"trust_new": TRUST_CHARS_MAX, "failed": 8}
_WHOLES = ("starts_left", "counter_min", "counter_new", "trial_s")
_KEPT = ("state", *_TEXTS, *_WHOLES)
_SINCE = {"trial_s": TRIAL_S, "failed": ""}  # what older software does not write


def slots_of(text: str) -> Slots:
    """What ``to_text`` wrote; raises ValueError for anything else, saying what is wrong.

    Newer software may write more: no update replaces the launcher, which reads it.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise ValueError(f"slots: {len(text)} characters; at most {TEXT_CHARS_MAX}")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"slots: no JSON ({type(error).__name__})") from error
    if not isinstance(told, dict) or not set(told) | set(_SINCE) >= set(_KEPT):
        raise ValueError(f"slots: {', '.join(_KEPT)} are due")
    told = {name: told.get(name, _SINCE.get(name)) for name in _KEPT}
    for name, chars_max in _TEXTS.items():
        if not isinstance(told[name], str) or len(told[name]) > chars_max:
            raise ValueError(f"slots: {name} is text of at most {chars_max} characters")
    for name in _WHOLES:
        value = told[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
            raise ValueError(f"slots: {name} {str(value)[:20]}; allowed are 0 to {2**31 - 1}")
    if not 0 < told["trial_s"] <= TRIAL_S_MAX:
        raise ValueError(f"slots: trial_s {told['trial_s']}; allowed are 1 to {TRIAL_S_MAX}")
    if told["state"] not in STATES:
        raise ValueError(f"slots: state {str(told['state'])[:20]}; allowed: {', '.join(STATES)}")
    slots = Slots(**{**told, "state": STATES.index(told["state"])})
    is_trying = slots.state == TRYING
    if slots.good not in PLACES or slots.new not in ("", A, B) or slots.new == slots.good:
        raise ValueError(f"slots: good {slots.good!r} and new {slots.new!r} cannot both be")
    if slots.failed not in ("", A, B):
        raise ValueError(f"slots: failed {slots.failed!r}; allowed: none, {A} and {B}")
    if is_trying != (slots.new != ""):
        raise ValueError(f"slots: {told['state']} with new {slots.new!r}")
    return slots
