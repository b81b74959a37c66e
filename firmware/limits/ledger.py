"""The limit ledger: every source that limits the current, and the one that binds.

Each source has at most one entry. The smallest current binds; among equals, the one that has been
there longest, so that a tie does not flap. An entry that ends, or whose source has fallen silent,
falls to what it declared when it was set. No I/O and no clock: ``now`` is an argument (aware UTC),
and so is ``now_s`` (monotonic), by which silence is measured: a clock that is set does not count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8: the pilot cannot offer less
CURRENT_A_MAX = 80.0  # IEC 61851-1 Table A.8: nor more
SOURCES_MAX = 64


@dataclass(frozen=True, slots=True)
class Stale:
    """How long the last word of a silent source holds, and what it falls to then.

    ``fallback_a`` 0 stops the charge; None: the entry vanishes, which is for comfort only, never
    for what protects a fuse.
    """

    hold_s: float
    fallback_a: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One limit. ``current_a`` per phase: 0 (no charging) or 6 to 80.

    ``expires`` None: until changed. ``fallback_a`` is what it becomes when it expires; None: the
    entry vanishes then. ``stale`` is for a source that has to be heard again and again, last at
    ``heard_s`` (monotonic; None: never yet, and it falls at once).
    """

    source: str
    current_a: float
    phases: int
    reason: str
    since: datetime
    expires: datetime | None = None
    fallback_a: float | None = None
    detail: str = ""  # words that change all the time, such as numbers: they begin no new since
    phase_a: tuple[float, ...] = ()  # on L1, L2, L3 where they differ; current_a is what counts
    heard_s: float | None = None
    stale: Stale | None = None
    power_w: float | None = None  # on all phases together, where it was said so
    external: str = ""  # set from outside: EMS, SO or Other, as OCPP 2.x names who
    is_below: bool = False  # ring 1 keeps to it by itself: shown, not part of the permit
    is_stale: bool = False  # it has fallen


def usable(current_a: float) -> float:
    """``current_a`` as the pilot can offer it: 6 A or more, else 0."""
    return current_a if current_a >= CURRENT_A_MIN else 0.0


class Ledger:
    """The limits of one EVSE: those that were put, and those that sources give with every event."""

    def __init__(self) -> None:
        self._held: dict[str, Entry] = {}
        self._given: dict[tuple[str, bool], Entry] = {}
        self._amended: dict[str, Entry] = {}

    def put(self, entry: Entry) -> bool:
        """Set the source's entry until it is dropped; True if what it says changed.

        An unchanged limit keeps its ``since``. Raises ValueError for a current outside 0 to 80 A.
        """
        if not 0.0 <= entry.current_a <= CURRENT_A_MAX:
            raise ValueError(
                f"limit {entry.current_a} A from {entry.source}: allowed are 0 and 6 to 80 A"
            )
        old = self._held.get(entry.source)
        if old is None and len(self._held) >= SOURCES_MAX:
            raise ValueError(f"limit from {entry.source}: at most {SOURCES_MAX} sources")
        self._held[entry.source] = _aged(entry, old)
        return old is None or not _says_the_same(old, entry)

    def drop(self, source: str) -> bool:
        """Remove the entry that was put; True if there was one."""
        return self._held.pop(source, None) is not None

    def settle(self, entries: Iterable[Entry], now: datetime, now_s: float) -> None:
        """Take what all sources say now, in place of what they said before.

        Of two entries of one source the least counts; what ring 1 keeps to stands beside it only
        where that is another current. A current that is none (below 0, or not a
        number) counts as 0 A: fail closed. Of more than ``SOURCES_MAX`` the largest go.
        """
        given: dict[tuple[str, bool], Entry] = {}
        for told in entries:
            entry = _fallen(_ended(_sound(told), now), now, now_s)
            name = (told.source, told.is_below)
            known = given.get(name)
            if entry is not None and (known is None or entry.current_a < known.current_a):
                given[name] = _aged(entry, self._given.get(name))
        given = {name: each for name, each in given.items() if not _is_twin(each, given)}
        if len(given) > SOURCES_MAX:
            least = sorted(given, key=lambda name: given[name].current_a)[:SOURCES_MAX]
            given = {name: given[name] for name in least}
        self._given = given
        self.tick(now)

    def amend(self, entries: Iterable[Entry]) -> None:
        """Take what follows from all these, in place of what followed before."""
        amended = {entry.source: _sound(entry) for entry in entries}
        self._amended = {
            name: _aged(entry, self._amended.get(name)) for name, entry in amended.items()
        }

    def tick(self, now: datetime) -> bool:
        """Let what was put and has expired fall; True if something did."""
        has_changed = False
        for entry in tuple(self._held.values()):
            left = _ended(entry, now)
            if left is entry:
                continue
            has_changed = True
            if left is None:
                del self._held[entry.source]
            else:
                self._held[entry.source] = left
        return has_changed

    def binding(self) -> Entry | None:
        """The entry that binds; None: nothing is known, so nothing may be offered."""
        return min(self._all(), key=_rank, default=None)

    def offered_a(self) -> float:
        """What may be offered per phase: 0, or 6 A and more."""
        entry = self.binding()
        return usable(entry.current_a) if entry is not None else 0.0

    def allowed_a(self) -> float:
        """What all sources allow, but for ring 1 and for what follows from them."""
        said = (*self._held.values(), *self._given.values())
        return usable(min((each.current_a for each in said if not each.is_below), default=0.0))

    def least_a(self, besides: str) -> float:
        """What all sources but one allow; what follows from them follows from that one too."""
        said = (*self._held.values(), *self._given.values())
        return usable(min((each.current_a for each in said if each.source != besides), default=0.0))

    def permitted_a(self) -> float:
        """What ring 1 is permitted: its own limits are its own."""
        ours = (entry.current_a for entry in self._all() if not entry.is_below)
        return usable(min(ours, default=0.0))

    def phases(self) -> int:
        """On how many phases: the fewest of any entry; 1 when nothing is known."""
        return min((entry.phases for entry in self._all()), default=1)

    def entries(self) -> tuple[Entry, ...]:
        """All entries, the binding one first."""
        return tuple(sorted(self._all(), key=_rank))

    def _all(self) -> list[Entry]:
        return [*self._held.values(), *self._given.values(), *self._amended.values()]


def _is_twin(entry: Entry, given: Mapping[tuple[str, bool], Entry]) -> bool:
    """True for what ring 1 keeps to where the station says the same of that source."""
    other = given.get((entry.source, False)) if entry.is_below else None
    return other is not None and entry.current_a == other.current_a


def _rank(entry: Entry) -> tuple[float, datetime]:
    return entry.current_a, entry.since


def _sound(entry: Entry) -> Entry:
    """With a current that a limit can be."""
    if 0.0 <= entry.current_a <= CURRENT_A_MAX:
        return entry
    if entry.current_a > CURRENT_A_MAX:
        return replace(entry, current_a=CURRENT_A_MAX)
    return replace(entry, current_a=0.0, detail=f"{entry.current_a:g} A is no limit")


def _ended(entry: Entry, now: datetime) -> Entry | None:
    """What is left of an entry by its own end."""
    if entry.expires is None or now < entry.expires:
        return entry
    if entry.fallback_a is None:
        return None
    return replace(
        entry,
        current_a=entry.fallback_a,
        power_w=None,
        reason=f"{entry.reason}; expired, falls to {entry.fallback_a:g} A",
        since=now,
        expires=None,
        fallback_a=None,
    )


def _fallen(entry: Entry | None, now: datetime, now_s: float) -> Entry | None:
    """What is left of an entry whose source may be silent."""
    if entry is None or entry.stale is None:
        return entry
    rule, heard_s = entry.stale, entry.heard_s
    if heard_s is not None and now_s < heard_s + rule.hold_s:
        return entry
    if rule.fallback_a is None:
        return None
    silence = "never heard yet" if heard_s is None else f"silent for {rule.hold_s:g} s"
    falls = "stops" if rule.fallback_a == 0.0 else f"falls to {rule.fallback_a:g} A"
    return replace(
        entry,
        current_a=rule.fallback_a,
        power_w=None,
        phase_a=(),
        reason=f"{entry.reason}; {silence}, {falls}",
        since=now,
        is_stale=True,
    )


def _aged(entry: Entry, old: Entry | None) -> Entry:
    """``entry`` with the time since when its source says the same."""
    if old is None or old.since == entry.since or not _says_the_same(old, entry):
        return entry
    return old if _rest(old) == _rest(entry) else replace(entry, since=old.since)


def _says_the_same(old: Entry, new: Entry) -> bool:
    return (old.current_a, old.phases, old.reason) == (new.current_a, new.phases, new.reason)


def _rest(entry: Entry) -> tuple[object, ...]:
    """What an entry has beside what it says and since when; most have none of it that changes."""
    return (
        entry.expires,
        entry.fallback_a,
        entry.detail,
        entry.phase_a,
        entry.heard_s,
        entry.stale,
        entry.power_w,
        entry.external,
        entry.is_below,
        entry.is_stale,
    )
