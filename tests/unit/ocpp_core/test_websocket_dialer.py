"""The real WebSocket against the ``websockets`` server, on loopback."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.websocket import WebSocketDialer, WebSocketSettings

OFFER = ["ocpp2.0.1", "ocpp1.6"]
Handler = Callable[[ServerConnection], Awaitable[None]]


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def server_of(handler: Handler = echo, **options: Any) -> AsyncIterator[tuple[Server, str]]:
    options.setdefault("subprotocols", ["ocpp1.6"])
    async with serve(handler, "127.0.0.1", 0, compression=None, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield server, f"ws://127.0.0.1:{port}/ocpp/A"


def dialer(**settings: Any) -> WebSocketDialer:
    return WebSocketDialer(WebSocketSettings(**settings))


async def test_the_offer_is_in_order_and_the_choice_is_told() -> None:
    requests: list[str] = []

    def look(connection: ServerConnection, request: Any) -> None:
        requests.append(request.headers["Sec-WebSocket-Protocol"])

    async with server_of(process_request=look) as (_, url):
        socket = await dialer().connect(url, OFFER)
        assert socket.subprotocol == "ocpp1.6"
        await socket.send("hello")
        assert await socket.recv() == "hello"
        await socket.close()
        await socket.close()
    assert requests == ["ocpp2.0.1, ocpp1.6"]


async def test_no_choice_is_told_as_none() -> None:
    async with server_of(subprotocols=None) as (_, url):
        socket = await dialer().connect(url, OFFER)
        assert socket.subprotocol is None
        await socket.close()


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.UNAUTHORIZED])
async def test_a_refused_handshake_is_an_absent_server(status: HTTPStatus) -> None:
    def refuse(connection: ServerConnection, request: Any) -> Any:
        return connection.respond(status, "no\n")

    async with server_of(process_request=refuse) as (_, url):
        with pytest.raises(AbsentError, match=str(int(status))):
            await dialer().connect(url, OFFER)


@pytest.mark.parametrize(
    "location", ["wss://127.0.0.1:1/", "https://127.0.0.1:1/", "ws://[", "ws://a..b/", "ws://h:0x/"]
)
async def test_a_server_that_sends_us_elsewhere_is_an_absent_server(location: str) -> None:
    def send_on(connection: ServerConnection, request: Any) -> Any:
        response = connection.respond(HTTPStatus.MOVED_PERMANENTLY, "there\n")
        response.headers["Location"] = location
        return response

    async with server_of(process_request=send_on) as (_, url):
        with pytest.raises(AbsentError):
            await dialer().connect(url, OFFER)


@pytest.mark.parametrize(
    "url",
    [
        "ws://127.0.0.1:1/ocpp/A",
        "http://127.0.0.1:1/",
        "nonsense",
        f"ws://{'a' * 64}/",
        "ws://a..b/",
    ],
)
async def test_nobody_there_is_an_absent_server(url: str) -> None:
    with pytest.raises(AbsentError):
        await dialer().connect(url, OFFER)


async def test_tls_against_a_server_without_is_an_absent_server() -> None:
    async with server_of() as (_, url):
        with pytest.raises(AbsentError):
            await dialer().connect(url.replace("ws:", "wss:"), OFFER)


async def test_basic_auth_carries_the_password_byte_by_byte() -> None:
    seen: list[str] = []

    def look(connection: ServerConnection, request: Any) -> None:
        seen.append(request.headers["Authorization"])

    async with server_of(process_request=look) as (_, url):
        socket = await dialer(user="AK:01", password=bytes(range(20))).connect(url, OFFER)
        await socket.close()
    scheme, text = seen[0].split()
    assert scheme == "Basic"
    assert base64.b64decode(text) == b"AK:01:" + bytes(range(20))


async def test_passwords_are_not_printed() -> None:
    assert "secret" not in repr(WebSocketSettings(user="A", password=b"secret"))


async def test_a_frame_of_10_mb_ends_the_connection_and_nothing_else() -> None:
    async def flood(connection: ServerConnection) -> None:
        await connection.send("x" * 10_000_000)
        with pytest.raises(ConnectionClosed):
            await connection.recv()

    async with server_of(flood) as (_, url):
        socket = await dialer().connect(url, OFFER)
        with pytest.raises(AbsentError, match="1009"):
            await socket.recv()


async def test_a_lost_connection_is_absent_for_both_directions() -> None:
    async def hang_up(connection: ServerConnection) -> None:
        await connection.close()

    async with server_of(hang_up) as (_, url):
        socket = await dialer().connect(url, OFFER)
        with pytest.raises(AbsentError):
            await socket.recv()
        with pytest.raises(AbsentError):
            await socket.send("x")
        await socket.close()


async def test_an_aborted_connection_wakes_its_reader() -> None:
    async with server_of() as (_, url):
        socket = await dialer().connect(url, OFFER)
        reader = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        socket.abort()
        socket.abort()
        with pytest.raises(AbsentError):
            await reader
        await socket.close()


async def test_a_ping_ends_with_its_pong_and_with_the_connection() -> None:
    async with server_of() as (_, url):
        socket = await dialer().connect(url, OFFER)
        await socket.ping()
        waiting = asyncio.ensure_future(socket.ping())
        await asyncio.sleep(0)
        socket.abort()
        with pytest.raises(AbsentError):
            await waiting
        with pytest.raises(AbsentError):
            await socket.ping()


async def test_a_peer_that_does_not_read_gives_no_pong() -> None:
    async def play_dead(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with server_of(play_dead, ping_interval=None, close_timeout=0.1) as (server, url):
        socket = await dialer().connect(url, OFFER)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await socket.ping()
        socket.abort()
        with pytest.raises(AbsentError):
            await socket.recv()
        for connection in server.connections:
            connection.transport.abort()


# bound to one interface


async def test_a_connection_leaves_by_its_interface_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[bytes] = []
    connect = asyncio.get_running_loop().sock_connect

    async def note(made: Any, address: Any) -> None:
        bound.append(made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))
        await connect(made, address)

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", note)
    async with server_of() as (_, url):
        connection = await dialer(interface="lo").connect(url, OFFER)
        await connection.send("hello")
        assert await connection.recv() == "hello"
        await connection.close()
    assert [each.rstrip(b"\0") for each in bound] == [b"lo"]


async def test_a_name_that_nobody_resolves_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def wait(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("ampkeeper.hal.linux.bound.BOUND_S", 0.01)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", wait)
    async with asyncio.timeout(10):
        with pytest.raises(AbsentError, match="TimeoutError"):
            await dialer(interface="lo").connect("ws://h.example/", OFFER)


async def test_an_interface_that_is_not_there_is_an_absence() -> None:
    async with server_of() as (_, url):
        with pytest.raises(AbsentError, match="No such device"):
            await dialer(interface="none0").connect(url, OFFER)


async def test_nobody_at_the_address_is_an_absence_by_an_interface_too() -> None:
    async with server_of() as (server, url):
        server.close()
        await server.wait_closed()
        with pytest.raises(AbsentError):
            await dialer(interface="lo").connect(url, OFFER)
