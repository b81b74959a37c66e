"""Outside: limits that others than the central system set, and what of them it hears.

One may be set for the whole station, by an energy manager or the grid's operator: a charging
profile like the others, that outlives a power cut. Sources of the ledger that name who is behind
them (``Entry.external``) are reflected as such profiles, for reports and composite schedules.
The central system can neither replace nor clear any of them, but hears of each (2.0.1 K11 to
K13): of what matters (LimitChangeSignificance), and of one limit at most every ``NEWS_S``.
Pure, but for ``tell``.
"""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.charging_profile import Kind, Period, Profile, Purpose, Unit
from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.statuses import Teller

if TYPE_CHECKING:
    from ampkeeper.firmware.ocpp.dialect import Payload
    from ampkeeper.firmware.station.station import Station

STATION = 0
NEWS_S = 10.0  # a sun behind clouds is not told cloud by cloud
SIGNIFICANCE = "SmartChargingCtrlr.LimitChangeSignificance"
SOURCES = ("EMS", "SO", "Other")  # 2.0.1 ChargingLimitSourceEnumType, but the central system
INSTALLED = "profile_external"  # in the ledger: of a profile, so not to be reflected

Key = tuple[str, int]  # who limits, and which EVSE; 0: the station


class Outside:
    """The limits, and what of them the central system has heard. ``follow`` follows each event."""

    def __init__(self, station: "Station", teller: Teller) -> None:
        self._station = station
        self._teller = teller
        self._told: dict[Key, Profile] = {}
        self._noted: dict[Key, tuple[Profile | None, float]] | None = None  # and when
        self._is_telling = False

    @property
    def limit(self) -> Profile | None:
        """The limit that is installed for the station."""
        found = self._station.charging.book.profiles()
        return next((one for one in found if one.purpose is Purpose.EXTERNAL), None)

    def on_limit(self, current_a: float, source: str, now: datetime, now_s: float) -> Effects:
        """All EVSEs together may take no more than so many A per phase."""
        before = self.limit
        number = before.id if before is not None else self._free_number()
        limit = _profile(number, (source, STATION), current_a, now)
        return self._station.charging.on_install(limit, now, now_s, by_id=True)

    def on_release(self, now: datetime, now_s: float) -> Effects:
        """Nobody limits the station from outside any more."""
        before = self.limit
        if before is None:
            return Effects()
        return self._station.charging.on_clear((before.id,), now, now_s)

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """Reflect what the ledgers hold; note a change that matters in what runs, and tell it."""
        wanted = self._wanted(now)
        if self._noted is None:  # of before the start: nothing has changed
            self._noted = {key: (limit, now_s) for key, limit in wanted.items()}
            return
        is_new = False
        for key in wanted.keys() | self._noted.keys():
            after = wanted.get(key)
            before, noted_s = self._noted.get(key, (None, -NEWS_S))
            is_due = (before is None) != (after is None) or now_s >= noted_s + NEWS_S
            if not is_due or not self._is_news(before, after):
                continue
            is_new = True
            self._noted[key] = (after, now_s)
            for evse in self._station.evses.values():  # K11.FR.04, K13.FR.03
                if key[1] in (STATION, evse.evse_id):
                    evse.sample(now, "Other", Trigger.CHARGING_RATE_CHANGED, effects)
        if is_new:
            effects.acts.append(self.tell)

    def tell(self) -> None:
        """Tell what is not known there yet; also after each registration."""
        if self._is_telling:
            return
        noted = self._noted or {}
        for key in sorted(noted.keys() | self._told.keys()):
            limit = noted[key][0] if key in noted else None
            if self._is_news(self._told.get(key), limit):
                self._say(key, limit)
                return

    def _say(self, key: Key, limit: Profile | None) -> None:
        self._is_telling = True
        heard = partial(self._heard, key, limit)
        self._teller.tell(lambda dialect: dialect.outside_limit(*key, limit), heard)

    def _heard(
        self, key: Key, limit: Profile | None, answer: "Payload | None", is_refused: bool
    ) -> None:
        """No answer: told again after the next registration."""
        self._is_telling = False
        if answer is None and not is_refused:
            return
        if limit is not None:
            self._told[key] = limit
        else:
            self._told.pop(key, None)
        self.tell()

    def _wanted(self, now: datetime) -> dict[Key, Profile]:
        """All limits from outside: the installed one, and what is reflected of the ledgers."""
        least: dict[Key, float] = {}
        for evse in self._station.evses.values():
            for entry in evse.ledger.entries():
                if entry.external and entry.source != INSTALLED:
                    key = (entry.external, evse.evse_id)
                    least[key] = min(entry.current_a, least.get(key, entry.current_a))
        book = self._station.charging.book
        known = {(one.source, one.evse_id): one for one in book.reflected}
        found: dict[Key, Profile] = {}
        for key, current_a in least.items():
            old = known.get(key)
            if old is not None and old.periods[0].limit == current_a:
                found[key] = old
            else:
                number = old.id if old is not None else self._free_number(found)
                found[key] = _profile(number, key, current_a, now)
        book.reflected = tuple(found.values())
        installed = self.limit
        if installed is not None:
            found[(installed.source, STATION)] = installed
        return found

    def _free_number(self, more: "dict[Key, Profile] | None" = None) -> int:
        """K11.FR.06: negative, so that the central system's own do not get it."""
        book = self._station.charging.book
        used = [one.id for one in (*book.profiles(), *book.reflected, *(more or {}).values())]
        return min([0, *used]) - 1

    def _is_news(self, before: Profile | None, after: Profile | None) -> bool:
        """True if one came or went, or changed by more than LimitChangeSignificance."""
        if before is None or after is None:
            return before is not after
        old_a, new_a = before.periods[0].limit, after.periods[0].limit
        changed_percent = abs(new_a - old_a) * 100 / max(old_a, 1.0)
        return changed_percent > float(self._station.variable(SIGNIFICANCE))


def _profile(number: int, key: Key, current_a: float, now: datetime) -> Profile:
    source, evse_id = key
    return Profile(
        id=number,
        evse_id=evse_id,
        purpose=Purpose.EXTERNAL,
        stack_level=0,
        kind=Kind.ABSOLUTE,
        unit=Unit.AMPERE,
        periods=(Period(0, current_a),),
        start_s=int(now.timestamp()),
        source=source,
    )
