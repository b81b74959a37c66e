"""Outside: a limit that somebody else than the central system sets, such as an energy manager.

It is a charging profile like the others, and outlives a power cut; the central system can neither
replace nor clear it, but hears of it (2.0.1 K11 to K13). Pure, but for ``tell``.
"""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.charging_profile import Kind, Period, Profile, Purpose, Unit
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.statuses import Teller
from ampkeeper.firmware.station.task import StationTask

if TYPE_CHECKING:
    from ampkeeper.firmware.ocpp.dialect import Payload
    from ampkeeper.firmware.station.station import Station

STATION = 0
CURRENT_A_MAX = 1_000
SIGNIFICANCE = "SmartChargingCtrlr.LimitChangeSignificance"
SOURCES = ("EMS", "SO", "Other")  # 2.0.1 ChargingLimitSourceEnumType, but the central system


class Outside:
    """The limit, and what of it the central system has heard."""

    def __init__(self, station: "Station", teller: Teller) -> None:
        self._station = station
        self._teller = teller
        self._told: Profile | None = None
        self._is_telling = False

    @property
    def limit(self) -> Profile | None:
        """The limit in force."""
        found = self._station.charging.book.profiles()
        return next((one for one in found if one.purpose is Purpose.EXTERNAL), None)

    def on_limit(self, current_a: float, source: str, now: datetime, now_s: float) -> Effects:
        """All EVSEs together may take no more than so many A per phase."""
        before = self.limit
        used = [one.id for one in self._station.charging.book.profiles()]
        limit = Profile(
            id=before.id if before is not None else min([0, *used]) - 1,  # K11.FR.06: negative
            evse_id=STATION,
            purpose=Purpose.EXTERNAL,
            stack_level=0,
            kind=Kind.ABSOLUTE,
            unit=Unit.AMPERE,
            periods=(Period(0, current_a),),
            start_s=int(now.timestamp()),
            source=source,
        )
        effects = self._station.charging.on_install(limit, now, now_s, by_id=True)
        return self._follow(before, effects, now)

    def on_release(self, now: datetime, now_s: float) -> Effects:
        """Nobody limits the station from outside any more."""
        before = self.limit
        if before is None:
            return Effects()
        effects = self._station.charging.on_clear((before.id,), now, now_s)
        return self._follow(before, effects, now)

    def tell(self) -> None:
        """Tell what is not known there yet; also after each registration."""
        limit, told = self.limit, self._told
        if self._is_telling or not self._is_news(told, limit):
            return
        self._is_telling = True
        known = limit or told
        assert known is not None, "there is news"
        source = known.source
        heard = partial(self._heard, limit)
        self._teller.tell(lambda dialect: dialect.outside_limit(source, limit), heard)

    def _heard(self, limit: Profile | None, answer: "Payload | None", is_refused: bool) -> None:
        """No answer: told again after the next registration."""
        self._is_telling = False
        if answer is not None or is_refused:
            self._told = limit
            self.tell()

    def _follow(self, before: Profile | None, effects: Effects, now: datetime) -> Effects:
        """Running transactions note a change that matters (K11.FR.04, K13.FR.03)."""
        if self._is_news(before, self.limit):
            for evse in self._station.evses.values():
                evse.sample(now, "Other", Trigger.CHARGING_RATE_CHANGED, effects)
        effects.acts.append(self.tell)
        return effects

    def _is_news(self, before: Profile | None, after: Profile | None) -> bool:
        """True if one came or went, or changed by more than LimitChangeSignificance."""
        if before is None or after is None:
            return before is not after
        old_a, new_a = before.periods[0].limit, after.periods[0].limit
        changed_percent = abs(new_a - old_a) * 100 / max(old_a, 1.0)
        return changed_percent > float(self._station.variable(SIGNIFICANCE))


class OutsideDoor:
    """Answers "limit" of the local door."""

    def __init__(self, outside: Outside, task: StationTask) -> None:
        self._outside = outside
        self._task = task

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Set the limit or, without a current, release it; LocalRefusedError: what is allowed."""
        current_a, source = arguments.get("current_a"), arguments.get("source", SOURCES[0])
        if current_a is None:
            await self._task.put(self._outside.on_release)
            await self._task.settled()
            return {"result": "nobody limits the station from outside"}
        is_number = isinstance(current_a, int | float) and not isinstance(current_a, bool)
        if not is_number or not 0 <= current_a <= CURRENT_A_MAX:
            text = f"limit {current_a!r}: 0 to {CURRENT_A_MAX} A per phase, all EVSEs together"
            raise LocalRefusedError(text)
        if source not in SOURCES:
            raise LocalRefusedError(f"source {source!r}: allowed are {', '.join(SOURCES)}")
        await self._task.put(partial(self._outside.on_limit, float(current_a), source))
        await self._task.settled()
        return {"result": f"{source} limits the station to {current_a:g} A per phase"}
