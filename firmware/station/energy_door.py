"""The owner's door to charging: mode, charge now, departure and prices, and what is so now."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from ampkeeper.firmware.energy.departure import AHEAD_MAX, ENERGY_WH_MAX, Target, latest_start
from ampkeeper.firmware.energy.plan import MODES, SUNNY_MODES
from ampkeeper.firmware.energy.price import PricesRefused, parse
from ampkeeper.firmware.energy.schedules import minutes_of, next_at_wall
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.hours_door import HoursDoor
from ampkeeper.firmware.station.limits_view import limits_view
from ampkeeper.firmware.station.seat import charged_wh
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.ports import Clock

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class EnergyDoor:
    """Answers "mode", "charge", "depart" and "price" of the local door."""

    def __init__(self, energy: Energy, station: Station, task: StationTask, clock: Clock) -> None:
        self._energy = energy
        self._station = station
        self._task = task
        self._clock = clock
        self.hours = HoursDoor(energy, task)

    @property
    def zone(self) -> tzinfo | None:
        """That of the clock on the wall here; None: that of the system."""
        return self._energy.rules.zone

    async def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, then tell what is so; LocalRefusedError says what is allowed."""
        match verb:
            case "mode":
                await self._mode(arguments.get("mode"))
            case "charge":
                await self._charge(arguments)
            case "depart":
                await self._depart(arguments)
            case "price":
                await self._price(arguments)
        return self.view()

    async def push(self, text: str) -> dict[str, Any]:
        """Prices that a program pushes; tell what is so then."""
        return await self.answer("price", {"prices": text})

    def view(self) -> dict[str, Any]:
        """Mode, mains, prices, and each EVSE with the one limit that binds."""
        energy, now, now_s = self._energy, self._clock.now(), self._clock.now_s()
        slot = energy.prices.at(now)
        price = None
        if slot is not None:
            price = {"price": slot.price, "currency": energy.prices.currency}
            price["until"] = stamp(slot.end)
        return {
            "mode": energy.mode,
            "mains": energy.guard.view(now_s),
            "price": price,
            "evses": [self._evse(evse, now, now_s) for evse in self._station.evses.values()],
        }

    def _evse(self, evse: Evse, now: datetime, now_s: float) -> dict[str, Any]:
        seat, told = self._energy.seats[evse.evse_id], limits_view(evse, now, now_s)
        target = self._energy.target_of(evse, now)
        departure = None
        if target is not None:
            charged = charged_wh(evse)
            start = latest_start(target, charged, self._energy.able_w(evse), self._energy.delay)
            departure = {"by": stamp(target.by), "energy_wh": target.energy_wh}
            departure |= {"charged_wh": charged, "latest_start": stamp(start)}
        names = ("limit_a", "limited_by", "reason", "since")
        return {
            "id": evse.evse_id,
            **{name: told[name] for name in names},
            "charge_now": seat.is_skipped,
            "departure": departure,
        }

    async def _mode(self, mode: object) -> None:
        if mode is None:
            return
        if mode not in MODES:
            raise LocalRefusedError(f"mode {mode!r:.40}: allowed are {', '.join(MODES)}")
        rules = self._energy.rules
        if mode in SUNNY_MODES and not self._energy.guard.rules.is_there:
            raise LocalRefusedError(f"mode {mode}: there is no mains meter, set mains.source")
        if mode == "schedule" and not any(one.what == "charge" for one in self._energy.windows):
            raise LocalRefusedError(
                "mode schedule: there are no hours: write a [[schedule]], or set some"
            )
        if mode == "price" and rules.price_limit is None and not rules.cheapest_time:
            words = "neither price.limit nor price.cheapest_h is set"
            raise LocalRefusedError(f"mode price: {words}")
        await self._put(partial(self._energy.on_mode, str(mode)))

    async def _charge(self, arguments: dict[str, Any]) -> None:
        is_now = arguments.get("now")
        if not isinstance(is_now, bool):
            raise LocalRefusedError("charge: allowed are now, and auto for as the mode says")
        evse_id = self._evse_id(arguments)
        if is_now and not self._station.evses[evse_id].is_plugged:
            raise LocalRefusedError(f"evse {evse_id}: no car is plugged in")
        await self._put(partial(self._energy.on_charge, evse_id, is_now))

    async def _depart(self, arguments: dict[str, Any]) -> None:
        evse_id, by_text = self._evse_id(arguments), arguments.get("by")
        if by_text is None:
            await self._put(partial(self._energy.on_target, evse_id, None))
            return
        now = self._clock.now()
        by, energy_wh = self._time(by_text, now), arguments.get("energy_wh")
        if not now < by <= now + AHEAD_MAX:
            days = AHEAD_MAX // timedelta(days=1)
            raise LocalRefusedError(f"by {by_text}: must be within the next {days} days")
        is_whole = isinstance(energy_wh, int) and not isinstance(energy_wh, bool)
        if not is_whole or not 0 < int(energy_wh or 0) <= ENERGY_WH_MAX:
            allowed = f"1 to {ENERGY_WH_MAX} Wh"
            raise LocalRefusedError(f"energy_wh {energy_wh!r:.40}: must be {allowed}")
        target = Target(by, int(energy_wh or 0))
        await self._put(partial(self._energy.on_target, evse_id, target))

    async def _price(self, arguments: dict[str, Any]) -> None:
        text = arguments.get("prices")
        if text is None:
            return
        try:
            prices = parse(str(text))
        except PricesRefused as error:
            raise LocalRefusedError(f"prices: {error}") from error
        await self._put(partial(self._energy.on_prices, prices))

    def _evse_id(self, arguments: dict[str, Any]) -> int:
        evse_id, known = arguments.get("evse", 1), list(self._station.evses)
        if evse_id not in known or isinstance(evse_id, bool):
            raise LocalRefusedError(f"evse {evse_id!r:.40}: allowed are {known}")
        return int(evse_id)

    async def _put(self, event: Any) -> None:
        await self._task.put(event)
        await self._task.settled()

    def _time(self, value: object, now: datetime) -> datetime:
        """The next time that the wall's clock shows this, or the time that it names."""
        text, zone = str(value), self._energy.rules.zone
        if CLOCK.fullmatch(text):
            return next_at_wall(now, minutes_of(text), zone)
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                raise LocalRefusedError(f"by {value!r:.40}: must have its offset from UTC")
            return found.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            allowed = "must be a time such as 07:30, or ISO 8601"
            raise LocalRefusedError(f"by {value!r:.40}: {allowed}") from error
