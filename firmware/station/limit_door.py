"""Limit door: answers "limit" for who stands before the station, owner or energy manager."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.outside import SOURCES, Outside
from ampkeeper.firmware.station.owner_limit import (
    BY_COMMAND,
    EACH,
    WAYS,
    OwnerLimit,
    OwnerLimits,
    problem_of,
)
from ampkeeper.firmware.station.task import StationTask

CURRENT_A_MAX = 1_000  # of a whole station
FOR_S_MAX = 30 * 86_400


class LimitDoor:
    """Sets and clears; a refusal is a ``LocalRefusedError`` with a sentence."""

    def __init__(
        self, owner: OwnerLimits, outside: Outside, task: StationTask, evse_ids: tuple[int, ...]
    ) -> None:
        self._owner = owner
        self._outside = outside
        self._task = task
        self._evse_ids = evse_ids

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """With a ``source`` for all EVSEs together, from outside; else the owner's own."""
        if arguments.get("source") is not None:
            return await self._from_outside(arguments)
        current_a, evse_id = arguments.get("current_a"), arguments.get("evse")
        is_known = type(evse_id) is int and evse_id in self._evse_ids
        if evse_id is not None and not is_known:
            raise LocalRefusedError(f"evse {evse_id!r}: allowed are {list(self._evse_ids)}")
        if current_a is None:
            await self._done(partial(self._owner.on_clear, evse_id))
            where = f"EVSE {evse_id}" if evse_id is not None else "any EVSE"
            return {"result": f"the owner does not limit {where} any more"}
        where = f"EVSE {evse_id}" if evse_id is not None else "each EVSE"
        if problem := problem_of(current_a):
            raise LocalRefusedError(problem)
        for_s, way = arguments.get("for_s"), arguments.get("by", BY_COMMAND)
        if way not in WAYS:
            raise LocalRefusedError(f"by {way!r}: allowed are {', '.join(WAYS)}")
        is_number = isinstance(for_s, int | float) and not isinstance(for_s, bool)
        if for_s is not None and not (is_number and 0 < for_s <= FOR_S_MAX):
            raise LocalRefusedError(f"for {for_s!r} s: above 0, at most {FOR_S_MAX} s")
        ends: list[datetime] = []

        def event(now: datetime, now_s: float) -> Effects:
            until = now + timedelta(seconds=for_s) if for_s is not None else None
            ends.extend([until] if until is not None else [])
            limit = OwnerLimit(float(current_a), now, until, way)
            return self._owner.on_limit(evse_id or EACH, limit, now, now_s)

        await self._done(event)
        result = f"the owner limits {where} to {current_a:g} A per phase"
        return {"result": result, "until": stamp(ends[0]) if ends else None}

    async def _from_outside(self, arguments: dict[str, Any]) -> dict[str, Any]:
        current_a, source = arguments.get("current_a"), arguments["source"]
        if source not in SOURCES:
            raise LocalRefusedError(f"source {source!r}: allowed are {', '.join(SOURCES)}")
        if arguments.get("evse") is not None or arguments.get("for_s") is not None:
            raise LocalRefusedError(f"{source} limits all EVSEs together, until it says no more")
        if current_a is None:
            await self._done(self._outside.on_release)
            return {"result": "nobody limits the station from outside"}
        is_number = isinstance(current_a, int | float) and not isinstance(current_a, bool)
        if not is_number or not 0 <= current_a <= CURRENT_A_MAX:
            text = f"limit {current_a!r}: 0 to {CURRENT_A_MAX} A per phase, all EVSEs together"
            raise LocalRefusedError(text)
        await self._done(partial(self._outside.on_limit, float(current_a), source))
        return {"result": f"{source} limits the station to {current_a:g} A per phase"}

    async def _done(self, event: Any) -> None:
        await self._task.put(event)
        await self._task.settled()
