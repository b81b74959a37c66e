"""Wire: one connection of a charger with a bad line in it; says what a scenario wants said."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from ampkeeper.board.emulated.rig.line import Line
from ampkeeper.board.emulated.rig.traffic import CALL, CENTRAL, STATION, Traffic
from ampkeeper.hal.errors import AbsentError

GONE = (ConnectionClosed, AbsentError)


class End(Protocol):
    """One end of a connection."""

    async def send(self, text: str, /) -> None: ...

    async def recv(self) -> str | bytes: ...

    def abort(self) -> None: ...


class Wire:
    """``near`` leads to the charger, ``far`` to its central system."""

    def __init__(
        self,
        near: End,
        far: End,
        version: str,
        line: Line,
        traffic: Traffic,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._near, self._far = near, far
        self._version = version
        self._line = line
        self._traffic = traffic
        self._now_s, self._sleep = now_s, sleep
        self._ours: set[str] = set()  # ids of calls that the central system knows nothing of
        traffic.connections += 1

    @property
    def version(self) -> str:
        """The OCPP version, such as "1.6"."""
        return self._version.removeprefix("ocpp")

    async def run(self) -> None:
        """Carry frames until either side ends."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(self._near, self._far, STATION))
            group.create_task(self._pump(self._far, self._near, CENTRAL))

    def end(self) -> None:
        """Let the connection go without a word."""
        self._near.abort()
        self._far.abort()

    async def call(self, action: str, payload: dict[str, Any]) -> None:
        """Call the charger, as if the central system had."""
        message_id = f"scenario-{len(self._traffic.frames)}"
        self._ours.add(message_id)
        await self.say(json.dumps([CALL, message_id, action, payload]))

    async def say(self, text: str) -> None:
        """Say something to the charger, whatever it is."""
        self._traffic.note(self._now_s(), CENTRAL, self._version, text, is_ours=True)
        await self._near.send(text)

    async def _pump(self, source: End, sink: End, side: str) -> None:
        try:
            while True:
                text = await source.recv()  # ended by either side
                shown = text if isinstance(text, str) else text.decode(errors="replace")
                frame = self._traffic.note(self._now_s(), side, self._version, shown)
                if side == STATION and frame.kind and frame.parts[1] in self._ours:
                    continue
                fate = self._line.fate(frame)
                if fate.delay_s > 0:
                    await self._sleep(fate.delay_s)
                for out in fate.texts:
                    await sink.send(out)
                if fate.is_end:
                    return
        except GONE:
            return
        finally:
            self.end()
