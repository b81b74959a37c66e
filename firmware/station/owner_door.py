"""Owner's door: start, stop and restart, for who stands before the station or at its page.

Without a central system's cards ("free") anybody's start is let in; otherwise it is a card's, and
the same rules decide as for one that is held to the reader.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.station.button import stop_here
from ampkeeper.firmware.station.entry import LOCAL
from ampkeeper.firmware.station.feeds import CardDoor
from ampkeeper.firmware.station.overview import can_stop
from ampkeeper.firmware.station.station import FREE_TOKEN, Station
from ampkeeper.firmware.station.task import StationTask

TOKEN_CHARS_MAX = 36  # 2.0.1 IdTokenType
RESETS = {"soft": "once every charge is ended", "on_idle": "once no car charges"}


class OwnerDoor:
    """Answers "start", "stop" and "restart"; ``card``: of who starts here and names none."""

    def __init__(self, station: Station, task: StationTask, cards: CardDoor, card: str) -> None:
        self._station = station
        self._task = task
        self._cards = cards
        self._card = card
        self._verbs: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
        }

    async def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; LocalRefusedError says what is allowed."""
        return await self._verbs[verb](arguments)

    async def _start(self, arguments: dict[str, Any]) -> dict[str, Any]:
        evse_id = self._evse_id(arguments)
        if not self._station.can_start(evse_id):
            raise LocalRefusedError(f"evse {evse_id}: nothing can be started here now")
        if self._station.rules.is_free:
            token = FREE_TOKEN
        else:
            token = IdToken(self._token(arguments).upper())
        must_authorise = not self._station.rules.is_free
        event = partial(self._station.on_remote_start, evse_id, token, LOCAL, must_authorise)
        return await self._cards.await_verdict(event)

    async def _stop(self, arguments: dict[str, Any]) -> dict[str, Any]:
        evse_id = self._evse_id(arguments)
        if not can_stop(self._station.evses[evse_id]):
            raise LocalRefusedError(f"evse {evse_id}: there is no charge to stop")
        await self._task.put(partial(stop_here, self._station, evse_id))
        await self._task.settled()
        return {"result": "stops"}

    async def _restart(self, arguments: dict[str, Any]) -> dict[str, Any]:
        kind = arguments.get("when", "on_idle")
        if kind not in RESETS:
            raise LocalRefusedError(f"when {kind!r:.40}: allowed are {', '.join(RESETS)}")
        await self._task.put(partial(self._station.on_reset, kind))
        return {"result": f"the station starts anew {RESETS[kind]}"}

    def _token(self, arguments: dict[str, Any]) -> str:
        token = arguments.get("uid", self._card)
        if not isinstance(token, str) or len(token) > TOKEN_CHARS_MAX:
            raise LocalRefusedError(f"uid: a text of 1 to {TOKEN_CHARS_MAX} characters is allowed")
        if not token:
            raise LocalRefusedError("uid: whose charge is it? name a card, or set web.card")
        return token

    def _evse_id(self, arguments: dict[str, Any]) -> int:
        evse_id, known = arguments.get("evse", 1), list(self._station.evses)
        if type(evse_id) is not int or evse_id not in known:
            raise LocalRefusedError(f"evse {evse_id!r:.40}: allowed are {known}")
        return evse_id
