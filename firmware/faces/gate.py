"""Gate: no face opens a door before somebody owns the charger.

Where there is a page, whoever shows the code of the set-up becomes the owner; until then nothing
listens but the page, and no broker is obeyed. After ``ampkeeper web reset`` it is so again. Where
there is no page there is no set-up: whoever wrote the configuration is the owner.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from ampkeeper.firmware.faces.api import Ask
from ampkeeper.firmware.faces.local import LocalRefusedError

NOT_YET = "nobody owns the charger yet: set it up at its page first"


class Face(Protocol):
    """What is started in a group."""

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start it; ended by cancellation."""
        ...


class Gate:
    """``is_open`` says whether somebody owns the charger; ``look`` has to be called after."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self._news = asyncio.Event()

    def look(self) -> None:
        """It may be otherwise now."""
        self._news.set()

    async def hold(self, face: Face) -> None:
        """Let it run while somebody owns the charger, for ever; ended by cancellation."""
        while True:
            await self._until(True)
            async with asyncio.TaskGroup() as group:
                started = face.start(group)
                await self._until(False)
                for task in started:
                    task.cancel()

    def asked(self, ask: Ask) -> Ask:
        """The same, but no before somebody owns the charger."""

        async def answer(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
            if not self._is_open():
                raise LocalRefusedError(NOT_YET)
            return await ask(verb, arguments)

        return answer

    async def _until(self, wanted: bool) -> None:
        """Ended by ``look`` after it became so."""
        while self._is_open() != wanted:
            self._news.clear()
            await self._news.wait()
