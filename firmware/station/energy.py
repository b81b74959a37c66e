"""Energy: the owner's mode at work, as limits of each EVSE. Pure.

Looked at once a second and with every wish; between that ``limits`` tells what was found last.
Who is in charge is always one answer: all of this are entries of the limit ledger, below the
central system's and every other's, and the least binds.
"""

import json
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from ampkeeper.firmware.energy import schedules
from ampkeeper.firmware.energy.departure import Target, duration
from ampkeeper.firmware.energy.hours import rows_of, windows_of
from ampkeeper.firmware.energy.plan import MODES, NOW, PRICE, SUNNY_MODES, Hold, Situation, holds
from ampkeeper.firmware.energy.price import (
    NO_PRICES,
    Prices,
    cheapest,
    is_in,
    parse,
    text_of,
)
from ampkeeper.firmware.energy.randomised_delay import RandomisedDelay
from ampkeeper.firmware.energy.schedules import CHARGE, LIMIT, Window
from ampkeeper.firmware.energy.surplus import Sun, Sunny, SunRules
from ampkeeper.firmware.limits.ledger import CURRENT_A_MIN, Entry
from ampkeeper.firmware.station import delaying
from ampkeeper.firmware.station.delaying import PLANNED
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.mains import MainsGuard, in_order
from ampkeeper.firmware.station.ring_one import least_a
from ampkeeper.firmware.station.seat import Seat, charged_wh, power_w_of
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.store.changes import SaveMeta

LOOK_S = 1.0
MAX_DELAY = "DelayCtrlr.MaxRandomDelay"
AS_IN_FILE = -1
KEY = "energy"  # of what the owner said, in the books
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A departure of every week."""

    days: tuple[int, ...]
    minute: int
    energy_wh: int
    evse_id: int


@dataclass(frozen=True, slots=True)
class EnergyRules:
    """What the configuration says; ``zone`` None: that of the system."""

    mode: str = NOW
    zone: tzinfo | None = None
    delay_s: int = 0
    minimum_a: float = CURRENT_A_MIN
    sun: SunRules = field(default_factory=SunRules)
    windows: tuple[Window, ...] = ()
    leavings: tuple[Leaving, ...] = ()
    price_limit: float | None = None
    cheapest_time: timedelta = timedelta(0)
    cheapest_by_min: int = 420


class Energy:
    """Modes, hours, prices, departures and delays of all EVSEs; a source of the ledger."""

    def __init__(
        self, station: Station, rules: EnergyRules, guard: MainsGuard, random: Callable[[], float]
    ) -> None:
        self.rules = rules
        self.guard = guard
        self.mode = rules.mode
        self.prices = NO_PRICES
        self.hours_told: tuple[Window, ...] | None = None  # None: those of the file
        self.seats = {
            evse_id: Seat(Sun(rules.sun), RandomisedDelay(rules.delay_s, random))
            for evse_id in station.evses
        }
        self._station = station
        self._looked_s = -math.inf
        self._opens: dict[int, tuple[datetime, str]] = {}

    # what the owner says

    def on_mode(self, mode: str, now: datetime, now_s: float) -> Effects:
        """From now on, and over restarts."""
        self.mode = mode
        effects = self._keep()
        effects.notice("mode", mode=mode)
        return self._settle(now, now_s, effects, self.seats)

    def on_charge(self, evse_id: int, is_now: bool, now: datetime, now_s: float) -> Effects:
        """Charge now, whatever the mode, until this car leaves; or not any more."""
        self.seats[evse_id].is_skipped = is_now
        effects = self._keep()
        effects.notice("charge_now", evse_id=evse_id, is_on=is_now)
        return self._settle(now, now_s, effects, (evse_id,))

    def on_target(
        self, evse_id: int, target: Target | None, now: datetime, now_s: float
    ) -> Effects:
        """So much energy by then; None: as the configuration says."""
        self.seats[evse_id].told = target
        return self._settle(now, now_s, self._keep(), (evse_id,))

    def on_prices(self, prices: Prices, now: datetime, now_s: float) -> Effects:
        """What a kWh costs from now on."""
        self.prices = prices
        effects = self._keep()
        effects.notice("prices", count=len(prices.slots))
        return self._settle(now, now_s, effects)

    def on_hours(self, windows: tuple[Window, ...] | None, now: datetime, now_s: float) -> Effects:
        """Hours of the week in the place of the file's; None: the file's."""
        self.hours_told = windows
        self._opens.clear()
        return self._settle(now, now_s, self._keep(), self.seats)

    def recall(self, meta: Callable[[str], str | None]) -> list[str]:
        """Take up what the owner said before; return what of it cannot be used."""
        text = meta(KEY)
        if not text:
            return []
        try:
            kept = json.loads(text)
            self._recall_wishes(kept)
            self.prices = parse(kept["prices"]) if kept["prices"] else NO_PRICES
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            return [f"what the owner said of charging: {error}"]
        return []

    # time passes

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After each event: look again once a second, where there is anything to look at.

        Where a delay is to be drawn it is at once, before anything is offered.
        """
        must_draw = self._must_draw
        if must_draw or (now_s - self._looked_s >= LOOK_S and not self._is_idle):
            self.look(now, now_s, effects)
        if must_draw:
            self._station.settle(now, now_s, effects)

    @property
    def _must_draw(self) -> bool:
        """True if somebody would begin without a random delay."""
        return bool(self.delay) and any(
            evse.permit().current_a > 0.0 and not self.seats[evse.evse_id].delay.is_drawn
            for evse in self._station.evses.values()
        )

    @property
    def _is_idle(self) -> bool:
        """True while nothing that was configured or said can limit anything."""
        rules = self.rules
        has_rules = self.windows or rules.leavings or self.delay or self.guard.rules.is_there
        has_wishes = any(seat.is_skipped or seat.told or seat.holds for seat in self.seats.values())
        return self.mode == NOW and not has_rules and not has_wishes

    def look(
        self, now: datetime, now_s: float, effects: Effects, by_hand: Collection[int] = ()
    ) -> None:
        """Find what the plan of each EVSE is now; at those of ``by_hand`` a person changed it."""
        self._looked_s = now_s
        self.guard.follow(now_s)
        left_w = self.guard.surplus_w(now_s) if self.mode in SUNNY_MODES else None
        if left_w is not None:
            left_w -= self._others_w()
        wanting = in_order(self._station.evses.values())
        resting = [one for one in self._station.evses.values() if one not in wanting]
        for evse in wanting + resting:
            seat = self.seats[evse.evse_id]
            self._note(evse, seat, now, now_s, effects)
            sun = self._sun(evse, seat, left_w, evse in wanting, now_s)
            seat.left_w = max(0.0, left_w) if left_w is not None else None
            is_next = evse in wanting and self._follows_sun(seat)
            if left_w is not None and sun is not None and is_next:
                left_w -= self._taken_w(evse, seat, sun)
            seat.holds = self._holds(evse, seat, sun, now)
            seat.delay.most_s = round(self.delay.total_seconds())
            delaying.follow(evse, seat, evse in wanting, evse.evse_id in by_hand, now_s)

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        """What the plan says of this EVSE."""
        return delaying.entries(evse, self.seats[evse.evse_id], now, now_s)

    # helpers: what is

    @property
    def windows(self) -> tuple[Window, ...]:
        """The hours of the week that count."""
        return self.rules.windows if self.hours_told is None else self.hours_told

    @property
    def delay(self) -> timedelta:
        """The most that a start or change is delayed at random: the file's, or as told since."""
        told_s = int(self._station.variable(MAX_DELAY))
        return timedelta(seconds=self.rules.delay_s if told_s == AS_IN_FILE else told_s)

    def target_of(self, evse: Evse, now: datetime) -> Target | None:
        """What has to be charged by when: what was said last, else the configuration's next."""
        told = self.seats[evse.evse_id].told
        if told is not None and now < told.by:
            return told
        found = [target for row in self.rules.leavings if (target := self._next(row, evse, now))]
        return min(found, key=lambda one: one.by, default=None)

    def able_w(self, evse: Evse) -> float:
        """What the car could charge with, if nothing of ours were in the way."""
        usable_a = least_a(evse)
        others = (
            one.current_a
            for one in evse.ledger.entries()
            if one.source not in PLANNED and not one.is_below and one.current_a >= usable_a
        )
        current_a = min(others, default=evse.rules.current_a_max)
        car_a = self.seats[evse.evse_id].car_a
        if car_a is not None:
            current_a = min(current_a, car_a)
        return current_a * evse.phases_counted * self.rules.sun.voltage_v

    def _next(self, row: Leaving, evse: Evse, now: datetime) -> Target | None:
        if row.evse_id not in (schedules.STATION, evse.evse_id):
            return None
        for days in range(8):
            by = schedules.at_wall(now, row.minute, self.rules.zone, days)
            if by > now and by.astimezone(self.rules.zone).weekday() in row.days:
                return Target(by, row.energy_wh)
        return None

    def _note(self, evse: Evse, seat: Seat, now: datetime, now_s: float, effects: Effects) -> None:
        if not evse.is_plugged and not evse.is_busy:
            if seat.is_skipped:
                seat.leave()
                effects.changes += self._keep().changes
            seat.leave()
            return
        if seat.wanting_since is None and evse.session.table.is_running:
            seat.wanting_since = now
        reading = evse.register.latest()
        if reading is not None and evse.register.is_fresh:
            seat.see(reading, evse.limit()[0] if evse.is_offering else 0.0, now_s)

    def _follows_sun(self, seat: Seat) -> bool:
        is_due = any(hold.source == "departure" for hold in seat.holds)
        return not seat.is_skipped and not is_due

    def _others_w(self) -> float:
        """What EVSEs draw that do not follow the sun now: it is not left over."""
        drawn = 0.0
        for evse_id, seat in self.seats.items():
            if not self._follows_sun(seat):
                drawn += power_w_of(self._station.evses[evse_id]) or 0.0
        return drawn

    def _taken_w(self, evse: Evse, seat: Seat, sun: Sunny) -> float:
        """What this EVSE takes of the sun, so that the next one has the rest."""
        always_a = self._minimum_a(evse) if self.mode != SUNNY_MODES[0] else 0.0
        offered_a = max(sun.current_a, always_a)
        least_w = min(offered_a, least_a(evse)) * evse.phases_counted * self.rules.sun.voltage_v
        return max(least_w, power_w_of(evse) or 0.0) if offered_a else 0.0

    def _minimum_a(self, evse: Evse) -> float:
        """What min+surplus offers without sun: as configured, or the car's own least."""
        return max(self.rules.minimum_a, least_a(evse))

    # helpers: what follows

    def _sun(
        self, evse: Evse, seat: Seat, left_w: float | None, is_wanting: bool, now_s: float
    ) -> Sunny | None:
        if self.mode not in SUNNY_MODES or not self.guard.rules.is_there:
            return None
        phases, usable_a = evse.phases_counted, least_a(evse)
        if not is_wanting or not self._follows_sun(seat):
            return seat.sun.glance(left_w, phases, now_s, usable_a)
        return seat.sun.follow(left_w, phases, evse.rules.current_a_max, now_s, usable_a)

    def _holds(self, evse: Evse, seat: Seat, sun: Sunny | None, now: datetime) -> tuple[Hold, ...]:
        rules, evse_id = self.rules, evse.evse_id
        window = schedules.opened(self.windows, CHARGE, evse_id, now, rules.zone)
        return holds(
            Situation(
                self.mode,
                evse.rules.current_a_max,
                is_skipped=seat.is_skipped,
                due=self._due(evse, seat, now),
                sun=sun,
                minimum_a=self._minimum_a(evse),
                window=window,
                opens=self._opening(evse_id, now) if window is None else "",
                limit=schedules.opened(self.windows, LIMIT, evse_id, now, rules.zone),
                price=self._price(evse, seat, now) if self.mode == PRICE else None,
            )
        )

    def _due(self, evse: Evse, seat: Seat, now: datetime) -> str:
        target = self.target_of(evse, now)
        if seat.departure.target != target:
            seat.departure.set(target)
        if target is None:
            return ""
        power_w = self.able_w(evse)
        if not seat.departure.is_due(charged_wh(evse), power_w, now, self.delay):
            return ""
        needed_kwh = target.needed_wh(charged_wh(evse)) / 1_000
        by = target.by.astimezone(self.rules.zone)
        return f"{needed_kwh:.1f} kWh by {by:%H:%M}"

    def _opening(self, evse_id: int, now: datetime) -> str:
        """When the next hours begin, in words; looked for once a minute."""
        known = self._opens.get(evse_id)
        if known is not None and timedelta(0) <= now - known[0] < timedelta(minutes=1):
            return known[1]
        rules, words = self.rules, ""
        at = schedules.next_change(self.windows, CHARGE, evse_id, now, rules.zone)
        if at is not None:
            window = schedules.opened(self.windows, CHARGE, evse_id, at, rules.zone)
            name = f"{window.name}, " if window is not None else ""
            words = f"{name}{at.astimezone(rules.zone):%a %H:%M}"
        self._opens[evse_id] = (now, words)
        return words

    def _price(self, evse: Evse, seat: Seat, now: datetime) -> Hold:
        prices, limit = self.prices, self.rules.price_limit
        slot = prices.at(now)
        if slot is None:
            return Hold("price", 0.0, "no price is known for now")
        there = prices.words(slot.price)
        if limit is not None and slot.price <= limit:
            return Hold("price", evse.rules.current_a_max, "the price is low enough", there)
        times = self._cheap_times(evse, seat, now)
        if is_in(times, now):
            return Hold("price", evse.rules.current_a_max, "in the cheapest hours", there)
        if times:
            begin = times[0][0].astimezone(self.rules.zone)
            return Hold("price", 0.0, "waits for the cheapest hours", f"{begin:%a %H:%M}")
        wanted = "a lower price" if limit is None else f"{prices.words(limit)} or less"
        return Hold("price", 0.0, f"waits for {wanted}", there)

    def _cheap_times(
        self, evse: Evse, seat: Seat, now: datetime
    ) -> tuple[tuple[datetime, datetime], ...]:
        """The cheapest time before the departure, or so many hours before the next ``by``."""
        target = self.target_of(evse, now)
        if target is not None:
            need = duration(target.needed_wh(charged_wh(evse)), self.able_w(evse))
            return cheapest(self.prices, now, target.by, need)
        by = schedules.next_at_wall(now, self.rules.cheapest_by_min, self.rules.zone)
        start = max(seat.wanting_since or now, by - DAY)
        times = cheapest(self.prices, start, by, self.rules.cheapest_time)
        return tuple(one for one in times if one[1] > now)

    # helpers: the books

    def _settle(
        self, now: datetime, now_s: float, effects: Effects, by_hand: Collection[int] = ()
    ) -> Effects:
        self.look(now, now_s, effects, by_hand)
        return self._station.settle(now, now_s, effects)

    def _keep(self) -> Effects:
        """Write down what the owner said."""
        targets = {
            str(evse_id): [seat.told.by.isoformat(), seat.told.energy_wh]
            for evse_id, seat in self.seats.items()
            if seat.told is not None
        }
        kept = {
            "mode": self.mode if self.mode != self.rules.mode else None,
            "now": [evse_id for evse_id, seat in self.seats.items() if seat.is_skipped],
            "targets": targets,
            "hours": None if self.hours_told is None else rows_of(self.hours_told),
            "prices": text_of(self.prices) if self.prices.slots else "",
        }
        return Effects(changes=[SaveMeta(KEY, json.dumps(kept))])

    def _recall_wishes(self, kept: dict[str, object]) -> None:
        mode, skipped, targets = kept["mode"], kept["now"], kept["targets"]
        if (hours := kept.get("hours")) is not None:  # rows of before do not have it
            self.hours_told = windows_of(hours, len(self.seats))
        if mode in MODES:
            self.mode = str(mode)
        if not isinstance(skipped, list) or not isinstance(targets, dict):
            raise ValueError("not as it was written")
        for evse_id, seat in self.seats.items():
            seat.is_skipped = evse_id in skipped
            if (row := targets.get(str(evse_id))) is not None:
                by = datetime.fromisoformat(row[0]).astimezone(UTC)
                seat.told = Target(by, int(row[1]))
