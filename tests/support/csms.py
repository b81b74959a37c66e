"""A central system that is watched, and that can behave badly.

The demonstration's central system with every frame kept in a ``Record``, and with faults put
between it and the wire: answers late, doubled or not at all, and whatever text a test likes.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from websockets.exceptions import ConnectionClosed

from ampkeeper.board.emulated.demo.csms import CALLERROR, CALLRESULT, VERSIONS, DemoCsms, Socket
from ampkeeper.hal.errors import AbsentError
from tests.support.record import IN, OUT, Record


def at_once() -> float:
    """No delay."""
    return 0.0


class WatchedCsms(DemoCsms):
    """``answer_s``, ``copies``, ``ignores`` and ``refuses`` may be changed at any time."""

    def __init__(
        self,
        versions: tuple[str, ...] = VERSIONS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        now_s: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(versions, now=now)
        self.record = Record(now_s or asyncio.get_running_loop().time)
        self.answer_s: Callable[[], float] = at_once  # how late the next answer is
        self.copies = 1  # of each answer
        self.ignores: Callable[[str], bool] = lambda action: False  # calls that are not heard
        self.refuses: Callable[[str], bool] = lambda action: False  # with an error
        self._taps: dict[str, TappedSocket] = {}

    async def serve(self, socket: Socket, station_id: str, version: str) -> None:
        """Talk to one station through a tap until its connection ends."""
        tap = TappedSocket(socket, self, self.record.connected())
        self._taps[station_id] = tap
        await super().serve(tap, station_id, version)

    def answer_to(self, action: str, text: str) -> str:
        """What goes out instead of an answer."""
        if not self.refuses(action):
            return text
        message_id = json.loads(text)[1]
        return json.dumps([CALLERROR, message_id, "InternalError", "not today", {}])

    async def say(self, station_id: str, text: str | bytes) -> None:
        """Send a text to a station as it is, whatever it is; it may hang up meanwhile."""
        with contextlib.suppress(ConnectionClosed, AbsentError):
            await self._taps[station_id].send_raw(text)

    def drop(self, station_id: str) -> None:
        """Let the connection go without a word."""
        self._taps[station_id].abort()


class TappedSocket:
    """A socket whose frames are kept, and changed as the central system's faults say."""

    def __init__(self, socket: Any, csms: WatchedCsms, connection: int) -> None:
        self._socket = socket  # a WebSocket of the server, or memory
        self._csms = csms
        self._connection = connection
        self._action = ""  # of the newest call

    async def recv(self) -> str | bytes:
        """The next frame that the central system hears."""
        while True:
            text = cast("str | bytes", await self._socket.recv())  # ended by either end
            self._csms.record.note(self._connection, IN, text)
            self._action = _action(text) or self._action
            if not self._csms.ignores(_action(text)):
                return text

    async def send(self, text: str, /) -> None:
        """Send a frame of the central system, an answer as late and as often as it is told."""
        if json.loads(text)[0] not in (CALLRESULT, CALLERROR):
            await self.send_raw(text)
            return
        text = self._csms.answer_to(self._action, text)
        delay_s = self._csms.answer_s()
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        for _ in range(self._csms.copies):
            await self.send_raw(text)

    async def send_raw(self, text: str | bytes) -> None:
        """Send and keep; what is sent into a dead connection counts as not sent."""
        self._csms.record.note(self._connection, OUT, text)
        await self._socket.send(text)

    def abort(self) -> None:
        """End the connection at once, whichever kind it is."""
        if hasattr(self._socket, "abort"):
            self._socket.abort()
        else:
            self._socket.transport.abort()


def _action(text: str | bytes) -> str:
    """The action of a call; empty for anything else."""
    try:
        parts = json.loads(text)
    except ValueError:
        return ""
    return str(parts[2]) if parts[0] == 2 else ""
