"""Profile book: the installed charging profiles, which of them binds, and the composite schedule.

For each purpose the highest stack level that says something now; a transaction's own before the
default, an EVSE's own default before the station's, or priority in place of all these (2.1
K21.FR.04); and the least of that and of what limits the station (OCPP 1.6 3.13.2, errata 3.8,
3.34, 3.37; 2.0.1 K01.FR.05 to 39). A limit in W becomes A per phase by the nominal voltage and
the phases that its period names, else all of the outlet.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from ampkeeper.firmware.charging_profile import Kind, Period, Profile, Purpose, Unit

SPANS_MAX = 100  # of one composite schedule
CHANGES_MAX = 1_000  # looked at for it; about 1 s of work if the book is full


class ProfileRefused(ValueError):
    """A profile that cannot be installed; the message names value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much a book holds."""

    profiles_max: int
    stack_level_max: int
    periods_max: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a limit in W is measured against, and the transaction that runs there."""

    evse_id: int
    voltage_v: float  # nominal, line to neutral
    phases: int
    tx_id: str | None = None
    tx_start_s: int | None = None
    has_priority: bool = False
    can_switch: bool = True  # a period's number of phases is kept to


@dataclass(frozen=True, slots=True)
class Limit:
    """What may flow: A per phase and phases; None: no profile limits it."""

    current_a: float | None = None
    phases: int | None = None
    profile_id: int | None = None  # of the profile that sets the current
    power_w: float | None = None  # where it is said so


@dataclass(frozen=True, slots=True)
class Span:
    """A limit from ``start_s`` after the schedule's begin on, until the next one."""

    start_s: int
    limit: Limit


FREE = Limit()


class ProfileBook:
    """All profiles of a station."""

    def __init__(self, capacity: Capacity, profiles: Iterable[Profile] = ()) -> None:
        self.capacity = capacity
        self._profiles: dict[int, Profile] = {profile.id: profile for profile in profiles}
        self.reflected: tuple[Profile, ...] = ()  # others' limits: told, but no limits of its own
        self.version = 0  # another one: what was computed before may be wrong

    def profiles(self) -> tuple[Profile, ...]:
        """All that is installed, by id."""
        return tuple(self._profiles[number] for number in sorted(self._profiles))

    def get(self, number: int | None) -> Profile | None:
        """The profile of this id; None: there is none."""
        return self._profiles.get(number) if number is not None else None

    def install(self, profile: Profile, *, by_id: bool = False) -> tuple[int, ...]:
        """Take a profile; return the ids that it replaced. Raises ProfileRefused.

        ``by_id``: it replaces only the one with its id, as in 2.0.1 (K01.FR.05), where two of one
        level may follow each other. Else also the one that has its place, as in 1.6 (3.13.2).
        """
        self.check(profile, by_id=by_id)
        replaced = tuple(old.id for old in self.profiles() if _is_replaced(old, profile, by_id))
        for number in replaced:
            del self._profiles[number]
        self._profiles[profile.id] = profile
        self.version += 1
        return replaced

    def check(self, profile: Profile, *, by_id: bool = False) -> None:
        """Raise ProfileRefused if ``install`` would."""
        capacity = self.capacity
        if problem := profile.problem():
            raise ProfileRefused(f"profile {profile.id}: {problem}")
        if not 0 <= profile.stack_level <= capacity.stack_level_max:
            raise ProfileRefused(
                f"profile {profile.id}: stack level {profile.stack_level},"
                f" allowed are 0 to {capacity.stack_level_max}"
            )
        if len(profile.periods) > capacity.periods_max:
            raise ProfileRefused(
                f"profile {profile.id}: {len(profile.periods)} periods,"
                f" at most {capacity.periods_max}"
            )
        staying = sum(not _is_replaced(old, profile, by_id) for old in self._profiles.values())
        if staying >= capacity.profiles_max:
            raise ProfileRefused(
                f"profile {profile.id}: {capacity.profiles_max} are installed already"
            )

    def update(self, number: int, limit: float, at_s: int) -> Profile | None:
        """Change the limit of a dynamic profile; None: there is none of this id (K28.FR.11)."""
        old = self._profiles.get(number)
        if old is None or old.kind is not Kind.DYNAMIC or limit < 0:
            return None
        period = replace(old.periods[0], limit=limit)
        self._profiles[number] = replace(old, periods=(period,), updated_s=at_s)
        self.version += 1
        return self._profiles[number]

    def clear(
        self,
        profile_id: int | None = None,
        evse_id: int | None = None,
        purpose: Purpose | None = None,
        stack_level: int | None = None,
    ) -> tuple[int, ...]:
        """Remove what matches all that is given, everything if nothing is; return the ids.

        As ``Profile.matches`` says.
        """
        gone = tuple(
            profile.id
            for profile in self.profiles()
            if profile.matches(profile_id, evse_id, purpose, stack_level)
        )
        return self._remove(gone)

    def end_transactions(self, running: Container[str]) -> tuple[int, ...]:
        """Remove the profiles of transactions that are not ``running``; return their ids."""
        over = (
            profile.id
            for profile in self.profiles()
            if profile.tx_id is not None and profile.tx_id not in running
        )
        return self._remove(tuple(over))

    def _remove(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        for number in numbers:
            del self._profiles[number]
        self.version += bool(numbers)
        return numbers

    def limits_at(self, outlet: Outlet, at_s: int) -> dict[Purpose, Limit]:
        """What each purpose that says something allows an outlet now; EVSE 0 is the station.

        Of those for a transaction only the one that counts.
        """
        parts = [
            (Purpose.EXTERNAL, self._highest(Purpose.EXTERNAL, outlet.evse_id, outlet, at_s)),
            (Purpose.STATION_MAX, self._highest(Purpose.STATION_MAX, 0, outlet, at_s)),
            self._of_transaction(outlet, at_s),
        ]
        if outlet.evse_id:
            common = self._highest(Purpose.EXTERNAL, 0, outlet, at_s)
            parts.append((Purpose.EXTERNAL, common))
        found: dict[Purpose, Limit] = {}
        for purpose, part in parts:
            if part.current_a is not None:
                found[purpose] = _least([found[purpose], part]) if purpose in found else part
        return found

    def limit_at(self, outlet: Outlet, at_s: int) -> Limit:
        """What the profiles together allow an outlet now; EVSE 0 is the station as a whole.

        What is reflected counts here, as in all that is told.
        """
        limits = list(self.limits_at(outlet, at_s).values())
        for one in self.reflected:
            period = one.period_at(at_s, outlet.tx_start_s)
            if one.evse_id == outlet.evse_id and period is not None:
                limits.append(Limit(_current_a(one.unit, period, outlet), period.phases, one.id))
        return _least(limits) if limits else FREE

    def composite(
        self, outlet: Outlet, from_s: int, duration_s: int, spans_max: int = SPANS_MAX
    ) -> tuple[tuple[Span, ...], int]:
        """The limits from ``from_s`` on, neighbors differ, and for how many seconds they hold.

        That is less than ``duration_s`` where ``spans_max`` or ``CHANGES_MAX`` ended it early.
        """
        spans: list[Span] = []
        at_s, end_s = from_s, from_s + duration_s
        for _ in range(CHANGES_MAX):
            limit = self.limit_at(outlet, at_s)
            if not spans or spans[-1].limit != limit:
                if len(spans) == spans_max:
                    break
                spans.append(Span(at_s - from_s, limit))
            next_s = self.next_change_s(outlet, at_s)
            at_s = end_s if next_s is None else min(next_s, end_s)
            if at_s == end_s:
                break
        return tuple(spans), at_s - from_s

    def next_change_s(self, outlet: Outlet, at_s: int) -> int | None:
        """The first instant after ``at_s`` when ``limit_at`` may differ; None: never."""
        changes = (
            profile.next_change_s(at_s, outlet.tx_start_s) for profile in self._profiles.values()
        )
        return min((change for change in changes if change is not None), default=None)

    def _of_transaction(self, outlet: Outlet, at_s: int) -> tuple[Purpose, Limit]:
        """The transaction's own profile, else the EVSE's default, else the station's."""
        if not outlet.evse_id:
            return Purpose.TX, FREE
        places = [
            (Purpose.TX, outlet.evse_id),
            (Purpose.TX_DEFAULT, outlet.evse_id),
            (Purpose.TX_DEFAULT, 0),
        ]
        if outlet.has_priority:  # K21.FR.04, as long as its profile says anything
            places = [(Purpose.PRIORITY, outlet.evse_id), (Purpose.PRIORITY, 0), *places]
        parts = ((one, self._highest(one, evse_id, outlet, at_s)) for one, evse_id in places)
        return next((part for part in parts if part[1] is not FREE), (Purpose.TX, FREE))

    def _highest(self, purpose: Purpose, evse_id: int, outlet: Outlet, at_s: int) -> Limit:
        """What the highest stack level of a purpose says that says anything."""
        best: tuple[int, Profile, Period] | None = None
        for profile in self._profiles.values():
            if profile.purpose is not purpose or profile.evse_id != evse_id:
                continue
            if profile.tx_id is not None and profile.tx_id != outlet.tx_id:
                continue
            period = profile.period_at(at_s, outlet.tx_start_s)
            if period is not None and (best is None or profile.stack_level > best[0]):
                best = (profile.stack_level, profile, period)
        if best is None:
            return FREE
        _, profile, period = best
        power_w = period.limit if profile.unit is Unit.WATT else None
        current_a = _current_a(profile.unit, period, outlet)
        return Limit(current_a, period.phases, profile.id, power_w)


def _least(limits: list[Limit]) -> Limit:
    """The least current, and the fewest phases that any names."""
    least = min(limits, key=lambda part: part.current_a or 0.0)
    phases = min((part.phases for part in limits if part.phases is not None), default=None)
    powers_w = (part.power_w for part in limits if part.power_w is not None)
    return Limit(least.current_a, phases, least.profile_id, min(powers_w, default=None))


def _current_a(unit: Unit, period: Period, outlet: Outlet) -> float:
    if unit is Unit.AMPERE:
        return period.limit
    named = period.phases if outlet.can_switch else None
    phases = min(named or outlet.phases, outlet.phases)
    return period.limit / (outlet.voltage_v * phases)


def _is_replaced(old: Profile, new: Profile, by_id: bool) -> bool:
    """One id once, and one profile for each level of a purpose (OCPP 1.6 3.13.2)."""
    has_its_place = not by_id and (old.evse_id, old.purpose, old.stack_level, old.tx_id) == (
        new.evse_id,
        new.purpose,
        new.stack_level,
        new.tx_id,
    )
    return old.id == new.id or has_its_place
