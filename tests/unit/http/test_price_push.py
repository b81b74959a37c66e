"""Prices pushed over HTTP: what is taken, and what is refused and changes nothing."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.http import connections, door, prices, task
from tests.support.pki import Authority
from tests.unit.http.push_rig import GOOD, PATIENCE_S, TOKEN, PushRig

HEAD = (
    f"PUT /prices HTTP/1.1\r\nHost: charger\r\nAuthorization: Bearer {TOKEN}\r\n"
    "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
).encode()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[PushRig]:
    async with PushRig(tmp_path).running() as made:
        yield made


async def test_prices_are_taken_and_the_answer_says_what_holds(rig: PushRig) -> None:
    answer = await rig.ask()
    assert answer.status_code == 200
    told = {"price": 0.25, "currency": "EUR", "until": "2026-01-02T00:00:00.000Z"}
    assert answer.json() == {"price": told}
    assert answer.headers["connection"] == "close"
    assert rig.prices == 1


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"token": None}, 401, "token: missing"),
        ({"token": "x" * 28}, 401, "token: wrong"),
        ({"token": TOKEN[:-1]}, 401, "token: wrong"),
        ({"token": TOKEN.upper()}, 401, "token: wrong"),
        ({"kind": "text/plain"}, 415, "must be application/json"),
        ({"kind": ""}, 415, "must be application/json"),
        ({"content": b" " * 65_536 + GOOD}, 413, "at most 65536 bytes"),
        ({"content": b""}, 400, "not JSON"),
        ({"content": b"\xff"}, 400, "not UTF-8 at byte 0"),
        ({"content": b"[" * 60_000}, 400, "not JSON"),
        ({"content": b"[]"}, 400, "must be an object"),
        ({"content": GOOD.replace(b"0.25", b"NaN")}, 400, "price 1: price nan"),
        ({"content": GOOD.replace(b"0.25", b"9" * 5_000)}, 400, "not JSON"),
        ({"content": GOOD.replace(b"EUR", b"\\ud800")}, 400, "three letters"),
        ({"content": GOOD.replace(b"-02T", b"-01T")}, 400, "price 1: must end after it starts"),
        ({"method": "GET"}, 405, "allowed is PUT"),
        ({"method": "OPTIONS"}, 405, "allowed is PUT"),
        ({"path": "/"}, 404, "allowed is /prices"),
        ({"path": "/prices/"}, 404, "allowed is /prices"),
    ],
)
async def test_whatever_is_wrong_is_said_and_changes_nothing(
    rig: PushRig, change: dict[str, Any], status: int, words: str
) -> None:
    answer = await rig.ask(**change)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert rig.prices == 0


async def test_a_body_of_unknown_length_is_read_no_further_than_its_limit(rig: PushRig) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b" " * 1_024

    answer = await rig.ask(endless())
    assert answer.status_code == 413
    assert rig.prices == 0


async def test_who_guesses_waits_and_even_the_right_token_with_him(rig: PushRig) -> None:
    assert (await rig.ask(token="wrong" * 5)).status_code == 401
    answer = await rig.ask()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert rig.prices == 0
    rig.clock.pass_s(1.0)
    assert (await rig.ask(token="wrong" * 6)).status_code == 401
    rig.clock.pass_s(1.0)
    assert (await rig.ask()).headers["retry-after"] == "1", "2 s this time"
    rig.clock.pass_s(1.0)
    assert (await rig.ask()).status_code == 200


async def test_the_same_wrong_token_again_is_no_further_guess(rig: PushRig) -> None:
    for answered in (429, 200, 200):
        assert (await rig.ask(token="wrong" * 5)).status_code == 401
        assert (await rig.ask()).status_code == answered
        rig.clock.pass_s(1.0)
    assert (await rig.ask(token="wrong" * 6)).status_code == 401
    rig.clock.pass_s(1.0)
    assert (await rig.ask()).headers["retry-after"] == "1", "2 s for another guess"


async def test_who_shows_no_token_does_not_guess(rig: PushRig) -> None:
    assert (await rig.ask(token=None)).headers["www-authenticate"] == "Bearer"
    assert (await rig.ask()).status_code == 200


async def test_an_address_in_a_header_is_not_believed(rig: PushRig) -> None:
    for number in range(2):
        head = HEAD.replace(TOKEN.encode(), b"wrong" * 5)
        spoofed = b"X-Forwarded-For: 192.0.2.%d\r\n\r\n" % number
        heard = await rig.say(head.replace(b"\r\n\r\n", b"\r\n" + spoofed))
        assert heard.startswith(b"HTTP/1.1 401" if number == 0 else b"HTTP/1.1 429")


async def test_two_tokens_are_none(rig: PushRig) -> None:
    twice = b"\r\nAuthorization: Bearer x\r\n\r\n"
    assert (await rig.say(HEAD.replace(b"\r\n\r\n", twice))).startswith(b"HTTP/1.1 401")


async def test_a_slow_body_is_given_up(rig: PushRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "BODY_S", 0.05)
    heard = await rig.say(HEAD, GOOD[:50])
    assert heard.startswith(b"HTTP/1.1 408")
    assert b"body: must arrive within 0.05 s" in heard
    assert rig.prices == 0


@pytest.mark.parametrize("part", [b"", HEAD[:30], HEAD])
async def test_a_connection_ends_however_slowly_somebody_sends(
    rig: PushRig, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr(connections, "BRIEF_S", 0.05)
    assert await rig.say(part) == b""
    monkeypatch.undo()
    assert (await rig.ask()).status_code == 200


async def test_a_body_that_ends_early_changes_nothing(rig: PushRig) -> None:
    host, port = rig.push.address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(HEAD + GOOD[:50])
    writer.close()
    await writer.wait_closed()
    assert (await rig.ask(token=None)).status_code == 401, "it goes on"
    assert rig.prices == 0


async def test_what_is_not_http_is_refused(rig: PushRig) -> None:
    assert (await rig.say(b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400")
    too_long = b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"
    assert not (await rig.say(too_long)).startswith(b"HTTP/1.1 2")
    assert (await rig.ask()).status_code == 200


async def test_too_many_connections_are_told_so(rig: PushRig) -> None:
    host, port = rig.push.address.split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(connections.BRIEF_MAX)]
    try:
        assert (await rig.say()).startswith(b"HTTP/1.1 429")
    finally:
        for _, writer in idle:
            writer.close()


async def test_a_station_that_cannot_write_says_so(
    rig: PushRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "HANDLER_S", 0.05)
    rig.inbox.is_stuck = True
    answer = await rig.ask()
    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "the books cannot be written now: try again",
    )


async def test_a_port_that_is_taken_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taken = socket.create_server(("127.0.0.1", 0))

    def listen(host_port: str, what: str) -> socket.socket:
        try:
            return door.listen(host_port, what)
        finally:
            taken.close()  # for the next time

    monkeypatch.setattr(task, "REOPEN_S", 0.0)
    monkeypatch.setattr(task, "listen", listen)
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    async with PushRig(tmp_path, listen=address).running() as rig:
        assert (await rig.ask()).status_code == 200
    assert f"Address already in use: 'prices at {address}'" in caplog.text


async def test_the_port_is_free_again_after_a_restart(tmp_path: Path) -> None:
    async with PushRig(tmp_path).running() as first:
        address = first.push.address
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await first.ask()
    async with PushRig(tmp_path, listen=address).running() as second:
        assert (await second.ask()).status_code == 200
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b"", "hung up"
    writer.close()


async def test_with_tls_the_station_shows_its_certificate(tmp_path: Path) -> None:
    root = Authority()
    issued = root.server("localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text(issued.chain_pem)
    key.write_text(issued.key_pem)
    context = ssl.create_default_context(cadata=root.pem)
    made = PushRig(tmp_path, tls_cert=str(cert), tls_key=str(key))
    async with made.running() as rig:
        assert (await rig.ask(context=context, host="localhost")).status_code == 200
        assert not (await rig.say(HEAD + GOOD)).startswith(b"HTTP"), "not without TLS"
    assert rig.prices == 1
