"""The demonstration's client of the control API: asks directly, and says what was refused."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ampkeeper.board.emulated.demo.client import ControlClient, ControlError


@asynccontextmanager
async def answering(answer: str) -> AsyncIterator[tuple[ControlClient, list[str]]]:
    """A client, and the first lines of what it asks of somebody who always says the same."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.partition("\r\n")[0])
        size = re.search(r"Content-Length: (\d+)", head)
        await reader.readexactly(int(size[1]) if size else 0)  # else a reset may meet the answer
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield ControlClient(f"{host}:{port}"), asked


async def test_it_asks_the_charger_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with answering('HTTP/1.0 200 OK\r\n\r\n{"evses": []}') as (client, asked):
        assert await client.state() == {"evses": []}
        await client.swipe("04A224B1")
    assert asked == ["GET /v1/state HTTP/1.1", "POST /v1/readers/1/tag HTTP/1.1"]


async def test_a_refusal_is_quoted() -> None:
    async with answering('HTTP/1.0 400 Bad Request\r\n\r\n{"error": "max_a = 99"}') as (client, _):
        with pytest.raises(ControlError, match=r'^PATCH /v1/evses/1/ev: {"error": "max_a = 99"}'):
            await client.change_car(max_a=99)


@pytest.mark.parametrize("answer", ["", "what?\r\n\r\n"])
async def test_who_speaks_no_http_is_a_refusal_too(answer: str) -> None:
    async with answering(answer) as (client, _):
        with pytest.raises(ControlError, match="GET /v1/state"):
            await client.state()
