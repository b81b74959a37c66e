"""Plain broker: as much of MQTT 5 as a connection takes, on the test's own loop, badly behaved.

It takes connections, subscriptions and messages, and forwards nothing. What a real broker cannot
be made to do at one chosen turn of the loop, this one does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CONNECT, PUBLISH, SUBSCRIBE = 1, 3, 8  # packet types, MQTT 5, 2.1.2
CONNACK = b"\x20\x03\x00\x00\x00"
SUBACK = b"\x90\x04%b\x00\x00"
PUBACK = b"\x40\x02%b"


class PlainBroker:
    """It stops answering when told to."""

    def __init__(self) -> None:
        self.port = 0
        self.taken = 0  # packets, of all connections
        self.open = 0  # connections
        self.answers = {CONNECT, PUBLISH, SUBSCRIBE}  # the kinds it still answers
        self.writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["PlainBroker"]:
        """Listen on a free port of loopback; hang up in the end."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.drop()

    def drop(self) -> None:
        """Cut all connections, without a word."""
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.open += 1
        try:
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readexactly(1))[0]
        body = await reader.readexactly(await _length(reader))
        self.taken += 1
        kind = head >> 4
        if kind not in self.answers:
            return
        if kind == CONNECT:
            writer.write(CONNACK)
        elif kind == SUBSCRIBE:
            writer.write(SUBACK % body[:2])
        elif head & 0b110:  # QoS 1
            at = 2 + int.from_bytes(body[:2], "big")
            writer.write(PUBACK % body[at : at + 2])


async def _length(reader: asyncio.StreamReader) -> int:
    """Seven bits a byte, the lowest first."""
    found = 0
    for place in range(4):
        byte = (await reader.readexactly(1))[0]
        found |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return found
