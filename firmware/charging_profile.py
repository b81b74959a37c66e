"""Charging profile: one schedule of limits over time, and what it says at an instant.

Shared by whoever speaks of profiles, as ``facts.py`` is: dialects, limits, books.

Version-neutral: OCPP 1.6 section 3.13 and 2.0.1 block K say the same in other words. Instants are
whole seconds of Unix time and currents are A per phase. Pure: the time is an argument.
"""

import json
from bisect import bisect_right
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise

DAY_S = 86_400
CENTRAL_SYSTEM = "CSO"  # who set a profile: the names of 2.0.1 ChargingLimitSourceEnumType
WEEK_S = 604_800
UPDATE_INTERVAL_S_MAX = 604_800
LIMIT_MAX = 1e9  # A or W: as good as none


class Purpose(StrEnum):
    """What a profile limits. A transaction's own wins over the default."""

    EXTERNAL = "external"  # ChargingStationExternalConstraints
    STATION_MAX = "station_max"  # ChargePointMaxProfile, ChargingStationMaxProfile
    TX_DEFAULT = "tx_default"
    TX = "tx"
    PRIORITY = "priority"  # 2.1: in place of these two while a transaction has priority (K21)


class Kind(StrEnum):
    """From when the seconds of a schedule count."""

    ABSOLUTE = "absolute"  # from ``start_s``; without one, like RELATIVE
    RECURRING = "recurring"  # from ``start_s``, and again after every ``recurrence_s``
    RELATIVE = "relative"  # from the start of the transaction
    DYNAMIC = "dynamic"  # 2.1: one limit, that changes whenever it is told (K28)


class Unit(StrEnum):
    """Of a limit: A on each phase, or W on all of them together."""

    AMPERE = "A"
    WATT = "W"


@dataclass(frozen=True, slots=True)
class Period:
    """A limit from ``start_s`` of its schedule on, until the next one."""

    start_s: int
    limit: float
    phases: int | None = None  # None: not said; all that the outlet has


@dataclass(frozen=True, slots=True)
class Profile:
    """One installed profile; ``evse_id`` 0 is the whole station.

    ``periods`` ascend and begin at 0 s. ``duration_s`` None: for good. ``valid_to_s`` itself is
    outside. Who builds one keeps to that; ``problem`` tells.
    """

    id: int
    evse_id: int
    purpose: Purpose
    stack_level: int
    kind: Kind
    unit: Unit
    periods: tuple[Period, ...]
    start_s: int | None = None
    duration_s: int | None = None
    recurrence_s: int = DAY_S
    valid_from_s: int | None = None
    valid_to_s: int | None = None
    tx_id: str | None = None
    schedule_id: int = 0  # 2.0.1 ChargingScheduleType.id; nothing hangs on it
    min_rate: float | None = None  # below it charging is inefficient: told back, not acted on
    source: str = CENTRAL_SYSTEM
    update_interval_s: int = 0  # of a dynamic one: how long after an update to ask for the next
    updated_s: int | None = None  # when its limit was told last

    def problem(self) -> str:
        """What no schedule may be, in words with the value; empty: nothing."""
        starts = [period.start_s for period in self.periods]
        if not starts or starts[0] != 0:
            return f"the first period starts at {starts[:1]} s, must be 0"
        if any(later <= earlier for earlier, later in pairwise(starts)):
            return f"periods start at {starts[:20]} s, must ascend"
        if self.duration_s is not None and self.duration_s <= 0:
            return f"it lasts {self.duration_s} s, must be more than 0"
        if any(period.limit < 0 for period in self.periods):
            return "a limit is below 0"
        if any(period.phases not in (None, 1, 2, 3) for period in self.periods):
            return "phases must be 1 to 3"
        since_s, until_s = self.valid_from_s, self.valid_to_s
        if since_s is not None and until_s is not None and until_s < since_s:
            return f"valid from {since_s} to {until_s}, must not run back"
        if self.kind is Kind.RECURRING and self.start_s is None:
            return "a recurring schedule needs its start"
        if self.purpose is Purpose.PRIORITY and self.duration_s is not None:
            return "priority lasts until it is ended, so it has no duration"  # K01.FR.70
        if problem := self._dynamic_problem():
            return problem
        if self.purpose is Purpose.STATION_MAX and self.kind is Kind.RELATIVE:
            return "a limit of the station cannot be relative to a transaction"
        if self.purpose is Purpose.STATION_MAX and self.evse_id:
            return f"a limit of the station is for EVSE {self.evse_id}, must be for 0"
        if self.purpose is Purpose.TX and not self.evse_id:
            return "a transaction's profile needs the EVSE it runs on"
        return ""

    def _dynamic_problem(self) -> str:
        if self.kind is not Kind.DYNAMIC:
            return "only a dynamic profile is updated" if self.update_interval_s else ""
        if len(self.periods) != 1:
            return f"a dynamic schedule of {len(self.periods)} periods, must be 1"  # K28.FR.01
        if self.duration_s is not None and self.start_s is None:
            return "a dynamic schedule with a duration needs its start"
        is_odd = not 0 <= self.update_interval_s <= UPDATE_INTERVAL_S_MAX
        return f"an update every {self.update_interval_s} s" if is_odd else ""

    def overlaps(self, other: "Profile") -> bool:
        """True if there is an instant when both are valid."""
        spans = [(one.valid_from_s, one.valid_to_s) for one in (self, other)]
        begin_s = max((since_s for since_s, _ in spans if since_s is not None), default=None)
        end_s = min((until_s for _, until_s in spans if until_s is not None), default=None)
        return begin_s is None or end_s is None or begin_s < end_s

    def matches(
        self,
        profile_id: int | None = None,
        evse_id: int | None = None,
        purpose: Purpose | None = None,
        stack_level: int | None = None,
    ) -> bool:
        """True if all that is given fits; an id alone decides (1.6 5.5, 2.0.1 K10.FR.03)."""
        if profile_id is not None:
            return self.id == profile_id
        return (
            evse_id in (None, self.evse_id)
            and purpose in (None, self.purpose)
            and stack_level in (None, self.stack_level)
        )

    def period_at(self, at_s: int, tx_start_s: int | None) -> Period | None:
        """The period in force, or None while this profile says nothing."""
        is_early = self.valid_from_s is not None and at_s < self.valid_from_s
        is_late = self.valid_to_s is not None and at_s >= self.valid_to_s
        begin_s = self._begin_s(at_s, tx_start_s)
        if is_early or is_late or begin_s is None or at_s < begin_s:
            return None
        passed_s = at_s - begin_s
        if self.duration_s is not None and passed_s >= self.duration_s:
            return None
        return self.periods[bisect_right(self.periods, passed_s, key=_start_s) - 1]

    def next_change_s(self, at_s: int, tx_start_s: int | None) -> int | None:
        """The first instant after ``at_s`` when ``period_at`` may differ; None: never."""
        begin_s = self._begin_s(at_s, tx_start_s)
        instants = [self.valid_from_s, self.valid_to_s]
        if begin_s is not None:
            place = bisect_right(self.periods, at_s - begin_s, key=_start_s)
            instants += [begin_s + period.start_s for period in self.periods[place : place + 1]]
            if self.duration_s is not None:
                instants.append(begin_s + self.duration_s)
            if self.kind is Kind.RECURRING and at_s >= begin_s:
                instants.append(begin_s + self.recurrence_s)
        return min((when for when in instants if when is not None and when > at_s), default=None)

    def _begin_s(self, at_s: int, tx_start_s: int | None) -> int | None:
        """When the schedule's seconds began that count at ``at_s``."""
        if self.kind is Kind.DYNAMIC:
            return self.start_s or 0
        if self.kind is Kind.RELATIVE or self.start_s is None:
            return tx_start_s
        if self.kind is Kind.ABSOLUTE or at_s < self.start_s:
            return self.start_s
        return at_s - (at_s - self.start_s) % self.recurrence_s

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Composite:
    """What all that limits an EVSE together allows, from ``from_s`` on (Unix time)."""

    from_s: int
    duration_s: int
    unit: Unit
    periods: tuple[Period, ...]

    def limit_at(self, passed_s: int) -> float:
        """The limit so many seconds after the begin."""
        return self.periods[bisect_right(self.periods, passed_s, key=_start_s) - 1].limit


def limit_of(number: float) -> float:
    """A limit as it came, an integer of any length too; never more than ``LIMIT_MAX``."""
    return float(min(max(number, -LIMIT_MAX), LIMIT_MAX))


def _start_s(period: Period) -> int:
    return period.start_s


def profile_of(text: str) -> Profile:
    """What ``to_text`` wrote; raises ValueError for anything else."""
    try:
        values = json.loads(text)
        values["purpose"] = Purpose(values["purpose"])
        values["kind"] = Kind(values["kind"])
        values["unit"] = Unit(values["unit"])
        values["periods"] = tuple(Period(**period) for period in values["periods"])
        return Profile(**values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a charging profile: {text[:80]!r}") from error
