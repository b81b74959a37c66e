"""MQTT client: ``aiomqtt``'s, with a beginning and an end that nothing holds up.

What it brings connects in a thread that cannot be ended, waits with ``asyncio.wait_for``, by which
CPython 3.11 loses a cancellation that comes in the same turn as the answer (gh-86296), and keeps
the socket of a connection that it gave up. Here the socket is handed in, each wait is without that
function, and the end closes the socket whatever the broker does.
"""

import asyncio
import math
import socket
from collections.abc import Awaitable
from typing import Any

from aiomqtt import Client, MqttError

from ampkeeper.hal.ports import BusMessage


class PromptClient(Client):
    """One connection, on a socket that is connected already; not to be entered with ``with``."""

    def __init__(self, host: str, port: int, answer_s: float, **options: Any) -> None:
        super().__init__(host, port, timeout=math.inf, **options)
        self.queue = self._queue
        self._answer_s = answer_s

    async def begin(self, connected: socket.socket) -> None:
        """Introduce ourselves; raise MqttError where that is refused or not answered."""
        vars(self._client)["_create_socket"] = lambda: connected  # instead of its own
        self._client_connect()  # blocks only while it makes a socket
        await self.answered(self._connected)

    async def answered(self, answer: Awaitable[object]) -> None:
        """Wait for it, but not for ever."""
        try:
            async with asyncio.timeout(self._answer_s):
                await answer
        except TimeoutError:
            raise MqttError(f"no answer within {self._answer_s:g} s") from None

    async def end(self, goodbye_s: float, last_words: BusMessage | None = None) -> None:
        """Say goodbye, with so much time for it and these words before it, and hang up."""
        try:
            if goodbye_s and self._client.is_connected():
                if last_words is not None:
                    told = (last_words.topic, last_words.payload, 0, last_words.is_retained)
                    self._client.publish(*told)
                self._client.disconnect()
                await asyncio.wait([self._disconnected], timeout=goodbye_s)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._misc_task is not None:
            self._misc_task.cancel()
        # In the next turn: what this one asked for, as to be told when it can write, comes first.
        self._loop.call_soon(self._client._sock_close)
        for future in (self._connected, self._disconnected):
            if future.done() and not future.cancelled():
                future.exception()  # told by whoever waited for it, if anybody did
