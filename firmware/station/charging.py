"""Charging profiles at work: installed, bound to transactions, entered into the ledgers.

Pure, as ``station.py`` is. A change is in the books before it limits anything; what limits is
worked out again only when a profile, a transaction or the time says that it may have changed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.charging_profile import (
    Composite,
    Period,
    Profile,
    Purpose,
    Unit,
    profile_of,
)
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.limits.profile_book import (
    SPANS_MAX,
    Capacity,
    Limit,
    Outlet,
    ProfileBook,
    ProfileRefused,
    Span,
)
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.sharing import part_of
from ampkeeper.firmware.store.changes import DropProfile, SaveMeta, SaveProfile

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

STATION = 0
PREFERRED_KEY = "priority_charging"
SOURCES = {  # in the ledger, and what people read
    Purpose.EXTERNAL: ("profile_external", "set from outside by {source}"),
    Purpose.STATION_MAX: ("profile_max", "of the station, set by the central system"),
    Purpose.TX_DEFAULT: ("profile_default", "for every transaction, set by the central system"),
    Purpose.TX: ("profile_tx", "of this transaction, set by the central system"),
    Purpose.PRIORITY: ("profile_priority", "of priority charging, set by the central system"),
}


@dataclass(frozen=True, slots=True)
class _Known:
    """A limit that was worked out, and until when it holds."""

    basis: tuple[int, Outlet]
    limits: dict[Purpose, Limit]
    from_s: int
    until_s: int | None

    def holds(self, at_s: int) -> bool:
        """Also False before its time: the clock may be set back."""
        return self.from_s <= at_s and (self.until_s is None or at_s < self.until_s)


class Charging:
    """The station's charging profiles."""

    def __init__(self, station: "Station") -> None:
        self.book = ProfileBook(_capacity(station.variable))
        self._station = station
        self._evses = tuple(station.evses.values())
        self._voltage_v = station.rules.voltage_v
        self._waiting: dict[int, Profile | None] = {}  # for the next transaction
        self._granted: dict[int, Profile | None] = {}  # with what was accepted last
        self._known: dict[int, _Known] = {}
        self.preferred: frozenset[str] = frozenset()  # transactions that have priority (K21)

    # events

    def on_install(
        self, profile: Profile, now: datetime, now_s: float, *, by_id: bool = False
    ) -> Effects:
        """Somebody sets a profile; ``by_id`` as in ``ProfileBook.install``."""
        effects = Effects()
        self._install(profile, effects, by_id)
        return self._station.settle(now, now_s, effects)

    def on_clear(self, numbers: tuple[int, ...], now: datetime, now_s: float) -> Effects:
        """The central system removes profiles, by their ids."""
        effects = Effects()
        self._drop(tuple(n for number in numbers for n in self.book.clear(number)), effects)
        return self._station.settle(now, now_s, effects)

    def on_update(self, number: int, limit: float, now: datetime, now_s: float) -> Effects:
        """The limit of a dynamic profile changes (K28.FR.06, FR.08)."""
        effects = Effects()
        profile = self.book.update(number, limit, int(now.timestamp()))
        if profile is not None:
            effects.changes.append(SaveProfile(profile.id, profile.to_text()))
            effects.notice("charging_profile", id=profile.id, change="updated")
        return self._station.settle(now, now_s, effects)

    def on_priority(self, tx_id: str, is_on: bool, now: datetime, now_s: float) -> Effects:
        """A transaction gets priority, or loses it (K21.FR.04, FR.07)."""
        effects = Effects()
        self._prefer(self.preferred | {tx_id} if is_on else self.preferred - {tx_id}, effects)
        return self._station.settle(now, now_s, effects)

    def can_prefer(self, tx_id: str) -> bool:
        """True if a profile of priority is there for the EVSE of a transaction (K21.FR.01)."""
        evse = self._station.evse_of_tx(tx_id)
        places = (STATION, evse.evse_id) if evse is not None else ()
        found = self.book.profiles()
        return any(one.purpose is Purpose.PRIORITY and one.evse_id in places for one in found)

    def settle(self, effects: Effects) -> None:
        """Follow the transactions."""
        self._follow(effects)

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        """What the profiles of each purpose allow an EVSE, and its part of the station's."""
        for purpose, limit in self._limits(self._outlet(evse), now).items():
            yield self._entry(evse, purpose, limit, limit.current_a, now)
        if len(self._evses) > 1:  # with one, its own limit is the station's
            for purpose, limit in self._limits(self._whole(), now).items():
                part_a = part_of(evse, self._evses, limit.current_a or 0.0)
                yield self._entry(evse, purpose, limit, part_a, now)

    def recall(self, texts: Iterable[str]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        wrong = []
        for text in texts:
            try:
                self.book.install(profile_of(text), by_id=True)
            except ValueError as error:
                wrong.append(str(error))
        return wrong

    def bound(self, profile: Profile, by_id: bool = False) -> Profile:
        """``profile`` with the transaction it belongs to; raises ProfileRefused.

        OCPP 1.6 3.13.1, 2.0.1 K01.FR.03, 33, 39: a transaction's profile needs one that runs.
        """
        if profile.purpose is Purpose.TX:
            evse = next((one for one in self._evses if one.evse_id == profile.evse_id), None)
            running = evse.transaction if evse is not None else None
            if running is None or profile.tx_id not in (None, running.tx_id):
                raise ProfileRefused(
                    f"profile {profile.id}: EVSE {profile.evse_id} does not run its transaction"
                )
            profile = replace(profile, tx_id=running.tx_id)
        self.book.check(profile, by_id=by_id)
        return profile

    def note_grants(self) -> None:
        """Remember which profile each accepted remote start brought (1.6 5.11, 2.0.1 F01)."""
        for evse in self._evses:
            grant = evse.session.grant
            profile = grant.profile if grant is not None else None
            if evse.transaction is None or profile is not self._granted.get(evse.evse_id):
                self._waiting[evse.evse_id] = profile
            self._granted[evse.evse_id] = profile

    def composite(self, evse_id: int, now: datetime, duration_s: int, unit: Unit) -> Composite:
        """What an EVSE, or the station (0), may take from now on, its board's rating included.

        Shorter than asked if it would have more periods than one schedule may.
        """
        from_s = int(now.timestamp())
        parts = []
        for evse in self._evses:
            if evse_id not in (STATION, evse.evse_id):
                continue
            outlet = replace(self._outlet(evse), phases=evse.rules.phases)
            if outlet.tx_start_s is None:
                outlet = replace(outlet, tx_start_s=from_s)  # as if one began now (K08.FR.06)
            rated_a = evse.rules.current_a_max
            parts.append(self._composite(outlet, rated_a, from_s, duration_s, unit))
        if evse_id != STATION:
            return parts[0]
        rated_a = sum(evse.rules.current_a_max for evse in self._evses)
        return _total(self._composite(self._whole(), rated_a, from_s, duration_s, unit), parts)

    def _composite(
        self, outlet: Outlet, rated_a: float, from_s: int, duration_s: int, unit: Unit
    ) -> Composite:
        spans, held_s = self.book.composite(outlet, from_s, duration_s)
        periods = tuple(_period(span, outlet, rated_a, unit) for span in spans)
        return Composite(from_s, held_s, unit, periods)

    def _limits(self, outlet: Outlet, now: datetime) -> dict[Purpose, Limit]:
        at_s = int(now.timestamp())
        basis = (self.book.version, outlet)
        known = self._known.get(outlet.evse_id)
        if known is not None and known.basis == basis and known.holds(at_s):
            return known.limits
        limits = self.book.limits_at(outlet, at_s)
        until_s = self.book.next_change_s(outlet, at_s)
        self._known[outlet.evse_id] = _Known(basis, limits, at_s, until_s)
        return limits

    def _entry(
        self, evse: Evse, purpose: Purpose, limit: Limit, current_a: float | None, now: datetime
    ) -> Entry:
        name, words = SOURCES[purpose]
        profile = self.book.get(limit.profile_id)
        source = profile.source if profile is not None else ""
        reason = f"charging profile {limit.profile_id} {words.format(source=source)}"
        return Entry(
            name,
            current_a or 0.0,
            _phases_allowed(evse, limit),
            reason,
            now,
            power_w=_part_w(limit, current_a),
            external=source if purpose is Purpose.EXTERNAL else "",
        )

    def _outlet(self, evse: Evse) -> Outlet:
        """A limit in W is for the phases that are there, not for those that a car uses (3.34)."""
        running = evse.transaction
        rules, status = evse.rules, evse.status
        counted = rules.phases
        if rules.can_switch and status is not None:
            counted = min(counted, status.phases)
        outlet = Outlet(evse.evse_id, self._voltage_v, counted, can_switch=rules.can_switch)
        if running is None:
            return outlet
        return replace(
            outlet,
            tx_id=running.tx_id,
            tx_start_s=int(running.begin.at.timestamp()),
            has_priority=running.tx_id in self.preferred,
        )

    def _whole(self) -> Outlet:
        phases = max(evse.rules.phases for evse in self._evses)
        return Outlet(STATION, self._voltage_v, phases)

    def _install(self, profile: Profile, effects: Effects, by_id: bool = False) -> None:
        """Take a profile; one that cannot be taken any more changes nothing but is noted."""
        try:
            profile = self.bound(profile, by_id)
            replaced = self.book.install(profile, by_id=by_id)
        except ProfileRefused as error:
            effects.notice("charging_profile", id=profile.id, change="refused", reason=str(error))
            return
        self._drop(tuple(number for number in replaced if number != profile.id), effects)
        effects.changes.append(SaveProfile(profile.id, profile.to_text()))
        effects.notice("charging_profile", id=profile.id, change="installed")

    def _follow(self, effects: Effects) -> None:
        """Bind what waited for a transaction; forget what belonged to one that is over."""
        running = set()
        for evse in self._evses:
            transaction = evse.transaction
            if transaction is None:
                continue
            running.add(transaction.tx_id)
            waiting = self._waiting.pop(evse.evse_id, None)
            if waiting is not None:
                self._install(replace(waiting, evse_id=evse.evse_id), effects)
        self._drop(self.book.end_transactions(running), effects)
        self._prefer(self.preferred & running, effects)

    def _prefer(self, preferred: frozenset[str], effects: Effects) -> None:
        if preferred != self.preferred:
            self.preferred = preferred
            effects.changes.append(SaveMeta(PREFERRED_KEY, " ".join(sorted(preferred))))

    def _drop(self, numbers: tuple[int, ...], effects: Effects) -> None:
        for number in numbers:
            effects.changes.append(DropProfile(number))
            effects.notice("charging_profile", id=number, change="removed")


def _capacity(variable: Callable[[str], Any]) -> Capacity:
    return Capacity(
        profiles_max=int(variable("SmartChargingCtrlr.Entries[ChargingProfiles]")),
        stack_level_max=int(variable("SmartChargingCtrlr.ProfileStackLevel")),
        periods_max=int(variable("SmartChargingCtrlr.PeriodsPerSchedule")),
    )


def _phases_allowed(evse: Evse, limit: Limit) -> int:
    """A number of phases is kept to where they can be switched: one or three, never two."""
    is_one = limit.phases is not None and limit.phases < evse.rules.phases
    return 1 if is_one and evse.rules.can_switch else evse.rules.phases


def _part_w(limit: Limit, current_a: float | None) -> float | None:
    """An EVSE's part of a limit in W, as large as its part of the current."""
    if limit.power_w is None or not limit.current_a or current_a is None:
        return limit.power_w
    return limit.power_w * current_a / limit.current_a


def _total(whole: Composite, parts: list[Composite]) -> Composite:
    """What the EVSEs may take together: their sum, and no more than the station (K08.FR.03)."""
    held_s = min(each.duration_s for each in (whole, *parts))
    starts = {period.start_s for each in (whole, *parts) for period in each.periods}
    periods: list[Period] = []
    for start_s in sorted(start_s for start_s in starts if start_s < held_s):
        taken = sum(each.limit_at(start_s) for each in parts)
        limit = min(taken, whole.limit_at(start_s))
        if not periods or periods[-1].limit != limit:
            periods.append(Period(start_s, limit))
    if len(periods) > SPANS_MAX:
        held_s = periods[SPANS_MAX].start_s
    return Composite(whole.from_s, held_s, whole.unit, tuple(periods[:SPANS_MAX]))


def _period(span: Span, outlet: Outlet, rated_a: float, unit: Unit) -> Period:
    told_a, phases = span.limit.current_a, span.limit.phases
    current_a = rated_a if told_a is None else min(told_a, rated_a)
    if unit is Unit.AMPERE:
        return Period(span.start_s, current_a, phases)
    counted = min(phases or outlet.phases, outlet.phases)
    return Period(span.start_s, current_a * outlet.voltage_v * counted, phases)
