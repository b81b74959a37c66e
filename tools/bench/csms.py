"""A central system that accepts everything and notes when what came; for the rows that need one.

It checks nothing and keeps times only, so that it costs the measured side as little as it can.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

SUBPROTOCOLS = [Subprotocol("ocpp2.0.1"), Subprotocol("ocpp1.6")]
HEARTBEAT_S = 300


@dataclass(slots=True)
class Seen:
    """What came, in order: (perf_counter, action, payload)."""

    calls: list[tuple[float, str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def first_s(self, action: str) -> float | None:
        """When ``action`` first came."""
        return next((at_s for at_s, name, _ in self.calls if name == action), None)


class Csms:
    """Answers each call at once. Use as an async context manager; ``url`` is its address."""

    def __init__(self, heartbeat_s: int = HEARTBEAT_S) -> None:
        self.heartbeat_s = heartbeat_s
        self.seen = Seen()
        self.connection: ServerConnection | None = None
        self._server: Server | None = None

    async def __aenter__(self) -> "Csms":
        self._server = await serve(self._serve, "127.0.0.1", 0, subprotocols=SUBPROTOCOLS)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The address, without a station's id."""
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ocpp"

    async def until(self, is_so: Callable[[], bool], wait_s: float) -> None:
        """Wait for calls until ``is_so``; TimeoutError when it takes longer than ``wait_s``."""
        async with asyncio.timeout(wait_s):
            while not is_so():
                self.seen.came.clear()
                await self.seen.came.wait()

    async def _serve(self, connection: ServerConnection) -> None:
        self.connection = connection
        is_1_6 = connection.subprotocol == "ocpp1.6"
        try:
            async for text in connection:
                await self._take(connection.send, json.loads(text), is_1_6)
        except ConnectionClosed:
            pass  # a station that is killed does not say goodbye

    async def _take(
        self, send: Callable[[str], Awaitable[None]], frame: list[Any], is_1_6: bool
    ) -> None:
        if frame[0] != 2:
            return
        _, message_id, action, payload = frame
        await send(json.dumps([3, message_id, answer(action, is_1_6, self.heartbeat_s)]))
        self.seen.calls.append((perf_counter(), action, payload))
        self.seen.counts[action] += 1
        self.seen.came.set()


def answer(action: str, is_1_6: bool, heartbeat_s: int = HEARTBEAT_S) -> dict[str, Any]:
    """The shortest valid answer."""
    accepted = {"status": "Accepted"}
    answers: dict[str, dict[str, Any]] = {
        "BootNotification": {"currentTime": _now(), "interval": heartbeat_s, **accepted},
        "Heartbeat": {"currentTime": _now()},
        "Authorize": {"idTagInfo": accepted} if is_1_6 else {"idTokenInfo": accepted},
        "StartTransaction": {"transactionId": 1, "idTagInfo": accepted},
        "DataTransfer": accepted,
    }
    return answers.get(action, {})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
