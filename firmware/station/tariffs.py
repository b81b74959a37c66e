"""Tariffs at work: the default of each EVSE, and what each transaction used by which.

All of it is in the books before anything follows from it. Times count while the station runs: an
interruption costs nobody anything. Of old transactions the newest are kept, for their end to be
told however late.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.facts import ChargingState, Trigger
from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import Bill, Tariff, Usage, bill, tariff_of

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

Event = Callable[[datetime, float], Effects]

DEFAULTS_KEY, USED_KEY = "tariffs", "tariff_costs"
DEFAULTS_MAX = 4  # of one EVSE: the one that holds, and those to come
KEPT_MAX = 50  # transactions
TEXT_CHARS_MAX = 60_000  # of what one row of the books takes; the oldest go
SAVE_S = 60.0  # a power cut loses at most so much of the times
CHANGES_MAX = 10  # of the tariff in one transaction


@dataclass(slots=True)
class Leg:
    """What a transaction used by one tariff; ``from_wh`` is the register then."""

    tariff: Tariff
    from_wh: int
    charging_s: float = 0.0
    idle_s: float = 0.0


@dataclass(slots=True)
class Used:
    """All legs of one transaction."""

    legs: list[Leg] = field(default_factory=list)

    def bill(self, end_wh: int) -> Bill:
        """What it cost up to a register."""
        ends_wh = [leg.from_wh for leg in self.legs[1:]] + [end_wh]
        rows = [
            (leg.tariff, Usage(max(0, until_wh - leg.from_wh), leg.charging_s, leg.idle_s))
            for leg, until_wh in zip(self.legs, ends_wh, strict=True)
        ]
        return bill(rows)


class Tariffs:
    """Part of the station."""

    def __init__(self, station: "Station") -> None:
        self.defaults: dict[int, list[Tariff]] = {evse_id: [] for evse_id in station.evses}
        self.used: dict[str, Used | None] = {}  # by transaction; None: it has no tariff
        self._station = station
        self._running: set[str] = set()
        self._seen_s: float | None = None
        self._next_save_s = 0.0

    def recall(self, read: Callable[[str], str | None]) -> None:
        """Take up what the books hold; what cannot be read is forgotten."""
        for evse_id, rows in _loaded(read(DEFAULTS_KEY)).items():
            if evse_id.isdigit() and int(evse_id) in self.defaults:
                self.defaults[int(evse_id)] = [tariff_of(row) for row in rows]
        for tx_id, legs in _loaded(read(USED_KEY)).items():
            made = [Leg(tariff_of(tariff), wh, busy, idle) for tariff, wh, busy, idle in legs]
            self.used[tx_id] = Used(made) if made else None

    def valid(self, evse_id: int, now: datetime) -> Tariff | None:
        """The default tariff that holds (I07.FR.19 to FR.23): the newest that has begun."""
        begun = [each for each in self.defaults[evse_id] if _begins_s(each) <= now.timestamp()]
        return max(begun, key=_begins_s, default=None)

    def take_up(self, tx_id: str) -> None:
        """A transaction goes on that began before: no tariff of now is for it."""
        self.used.setdefault(tx_id, None)

    # events

    def on_default(
        self, evse_ids: tuple[int, ...], tariff: Tariff, now: datetime, now_s: float
    ) -> Effects:
        """A default tariff is set; the one with its beginning goes (I07.FR.22)."""
        for evse_id in evse_ids:
            valid = self.valid(evse_id, now)
            kept = [each for each in self.defaults[evse_id] if _stays(each, tariff, valid)]
            self.defaults[evse_id] = [*kept, tariff]
        return self._saved_defaults()

    def on_clear(
        self, tariff_ids: frozenset[str], evse_ids: tuple[int, ...], now: datetime, now_s: float
    ) -> Effects:
        """Default tariffs go; what runs keeps its own (I10.FR.07)."""
        for evse_id in evse_ids:
            kept = [each for each in self.defaults[evse_id] if each.id not in tariff_ids]
            self.defaults[evse_id] = kept
        return self._saved_defaults()

    def on_change(self, tx_id: str, tariff: Tariff, now: datetime, now_s: float) -> Effects:
        """A running transaction has another tariff from now on (I11.FR.07, FR.08)."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        if evse is not None and evse.transaction is not None:
            used = self.used.get(tx_id) or Used()
            used.legs.append(Leg(tariff, _register_wh(evse)))
            self.used[tx_id] = used
            evse.sample(now, "Other", Trigger.TARIFF_CHANGED, effects)
            self._save(effects)
        return self._station.settle(now, now_s, effects)

    def follow(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Give each transaction its tariff, and count its times."""
        passed_s = 0.0 if self._seen_s is None else max(0.0, now_s - self._seen_s)
        self._seen_s = now_s
        running = set()
        for evse in self._station.evses.values():
            if evse.transaction is not None:
                running.add(evse.transaction.tx_id)
                self._count(evse, passed_s, now)
        is_due = now_s >= self._next_save_s and any(self.used.get(tx_id) for tx_id in running)
        if running != self._running or is_due:
            free = [tx for tx, used in self.used.items() if used is None and tx not in running]
            for tx_id in free:
                del self.used[tx_id]
            has_tariff = any(self.used.get(tx_id) for tx_id in running | self._running)
            self._running, self._next_save_s = running, now_s + SAVE_S
            if has_tariff:
                self._save(effects)

    def _count(self, evse: "Evse", passed_s: float, now: datetime) -> None:
        running = evse.transaction
        assert running is not None
        if running.tx_id not in self.used:
            tariff = self.valid(evse.evse_id, now)
            begin_wh = running.begin.reading.energy_wh
            self.used[running.tx_id] = None if tariff is None else Used([Leg(tariff, begin_wh)])
            return
        used = self.used[running.tx_id]
        if used is None or running.tx_id not in self._running:
            return
        if evse.session.charging_state is ChargingState.CHARGING:
            used.legs[-1].charging_s += passed_s
        else:
            used.legs[-1].idle_s += passed_s

    def _save(self, effects: Effects) -> None:
        """Without a tariff there is nothing to keep; the oldest go where there are too many."""
        for tx_id in [tx for tx in self.used if tx not in self._running][:-KEPT_MAX]:
            del self.used[tx_id]
        text = self._text()
        while len(text) > TEXT_CHARS_MAX and self.used:
            del self.used[next(iter(self.used))]
            text = self._text()
        effects.changes.append(SaveMeta(USED_KEY, text))

    def _text(self) -> str:
        rows = {
            tx_id: [
                [leg.tariff.to_json(), leg.from_wh, round(leg.charging_s), round(leg.idle_s)]
                for leg in ([] if used is None else used.legs)
            ]
            for tx_id, used in self.used.items()
        }
        return json.dumps(rows, separators=(",", ":"))

    def _saved_defaults(self) -> Effects:
        rows = {str(e): [each.to_json() for each in found] for e, found in self.defaults.items()}
        text = json.dumps(rows, separators=(",", ":"))
        return Effects(changes=[SaveMeta(DEFAULTS_KEY, text)])


class TariffDesk:
    """Implements ``TariffPort``."""

    def __init__(
        self, station: "Station", post: Callable[[Event], bool], now: Callable[[], datetime]
    ) -> None:
        self._station = station
        self._tariffs = station.tariffs
        self._post = post
        self._now = now

    def set_default(self, evse_id: int, tariff: Tariff) -> str:
        evse_ids = self._evse_ids(evse_id)
        defaults = self._tariffs.defaults
        if any(each.id == tariff.id for rows in defaults.values() for each in rows):
            return "duplicate"
        for number in evse_ids:
            valid = self._tariffs.valid(number, self._now())
            if sum(_stays(each, tariff, valid) for each in defaults[number]) >= DEFAULTS_MAX:
                return "full"
        is_taken = self._post(partial(self._tariffs.on_default, evse_ids, tariff))
        return "accepted" if is_taken else "rejected"

    def assigned(self, evse_id: int) -> tuple[Assigned, ...]:
        found: dict[str, Assigned] = {}
        for number in self._evse_ids(evse_id):
            for tariff in self._tariffs.defaults[number]:
                known = found.get(tariff.id)
                places = (number,) if known is None else (*known.evse_ids, number)
                found[tariff.id] = Assigned(tariff, places)
        return tuple(found.values())

    def clear(self, tariff_ids: tuple[str, ...], evse_id: int) -> tuple[str, ...] | None:
        there = [each.tariff.id for each in self.assigned(evse_id)]
        gone = tuple(each for each in there if not tariff_ids or each in tariff_ids)
        ids, places = frozenset(gone), self._evse_ids(evse_id)
        is_done = not gone or self._post(partial(self._tariffs.on_clear, ids, places))
        return gone if is_done else None

    def change(self, tx_id: str, tariff: Tariff) -> str:
        if self._station.evse_of_tx(tx_id) is None:
            return "no_transaction"
        used = self._tariffs.used.get(tx_id)
        legs = [] if used is None else used.legs
        if legs and legs[-1].tariff.currency != tariff.currency:
            return "other_currency"
        is_full = len(legs) > CHANGES_MAX
        change = partial(self._tariffs.on_change, tx_id, tariff)
        return "accepted" if not is_full and self._post(change) else "rejected"

    def tariff_id(self, tx_id: str, is_newest: bool) -> str | None:
        used = self._tariffs.used.get(tx_id)
        return None if used is None else used.legs[-1 if is_newest else 0].tariff.id

    def bill(self, tx_id: str, begin_wh: int, end_wh: int) -> Bill | None:
        used = self._tariffs.used.get(tx_id)
        return None if used is None else used.bill(end_wh)

    def _evse_ids(self, evse_id: int) -> tuple[int, ...]:
        return tuple(self._tariffs.defaults) if evse_id == 0 else (evse_id,)


def _begins_s(tariff: Tariff) -> float:
    return float("-inf") if tariff.valid_from_s is None else tariff.valid_from_s


def _stays(old: Tariff, new: Tariff, valid: Tariff | None) -> bool:
    """One from the same time is replaced, and one that was replaced by what holds is over."""
    is_over = valid is not None and _begins_s(old) < _begins_s(valid)
    return not is_over and old.valid_from_s != new.valid_from_s


def _register_wh(evse: "Evse") -> int:
    newest = evse.register.latest()
    assert evse.transaction is not None
    return newest.energy_wh if newest is not None else evse.transaction.last.reading.energy_wh


def _loaded(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
