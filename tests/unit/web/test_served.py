"""Page and API behind a real server: its certificate, its events, and who holds on to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from ampkeeper.firmware.access.book import Book
from ampkeeper.firmware.faces.http import connections, door, serve
from ampkeeper.firmware.faces.web import task
from ampkeeper.firmware.faces.web.certificate import own_certificate
from ampkeeper.firmware.faces.web.entry import CSRF
from tests.unit.web.served_rig import PATIENCE_S, Served


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with Served(tmp_path).running() as made:
        yield made


async def test_the_charger_shows_a_certificate_of_its_own(served: Served) -> None:
    async with served.client() as client:
        answer = await client.get("/")
        assert answer.status_code == 200
        assert "strict-transport-security" not in answer.headers
    cert = x509.load_pem_x509_certificate(served.cert.read_bytes())
    assert served.rig.desk.fingerprint == cert.fingerprint(SHA256()).hex(":").upper()
    assert (served.cert.parent / "key.pem").stat().st_mode & 0o777 == 0o600
    assert served.cert.parent.stat().st_mode & 0o777 == 0o700


async def test_without_tls_nothing_is_said(served: Served) -> None:
    reader, writer = await asyncio.open_connection(*served.address)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert not (await reader.read()).startswith(b"HTTP")
    writer.close()


async def told(lines: AsyncIterator[str]) -> float:
    """The power in the next state that is told."""
    async for line in lines:
        if line.startswith('data: {"time"'):
            found = json.loads(line.removeprefix("data: "))
            return float(found["evses"][0]["power_w"])
    raise AssertionError("it ended")


async def test_the_state_is_told_as_it_changes(served: Served) -> None:
    powers: list[float] = []
    async with served.client() as client:
        await served.log_in(client)
        async with asyncio.timeout(PATIENCE_S), client.stream("GET", "/api/v1/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            for _ in range(3):
                powers.append(await told(lines))
                served.rig.power_w -= 1_000.0
    assert powers == [11_040.0, 10_040.0, 9_040.0]


async def test_who_is_removed_sees_nothing_more(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ampkeeper.firmware.faces.web.stream.BEAT_S", 0.01)
    async with served.client() as client:
        await served.log_in(client)
        async with asyncio.timeout(PATIENCE_S), client.stream("GET", "/api/v1/events") as answer:
            lines = answer.aiter_lines()
            assert await anext(lines)
            served.rig.desk.book = Book()
            async for _ in lines:
                pass
    assert served.face.hub.viewers == set()


async def test_a_request_that_never_becomes_whole_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 0.05)
    async with Served(tmp_path, tls="none").running() as served:
        for part in (b"", b"GET / HTT", b"POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\n"):
            reader, writer = await asyncio.open_connection(*served.address)
            writer.write(part)
            async with asyncio.timeout(PATIENCE_S):
                assert await reader.read() == b""
            writer.close()


async def test_nobody_gets_all_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PAGE_OF_ONE_MAX", 4)
    async with Served(tmp_path, tls="none").running() as served:
        idle = [await asyncio.open_connection(*served.address) for _ in range(4)]
        reader, writer = await asyncio.open_connection(*served.address)
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read()).startswith(b"HTTP/1.1 429")
        for _, one in [*idle, (reader, writer)]:
            one.close()


async def test_who_comes_and_says_nothing_is_counted_before_tls(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "OF_ONE_MAX", 4)
    silent = [await asyncio.open_connection(*served.address) for _ in range(4)]
    reader, writer = await asyncio.open_connection(*served.address)
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    for _, one in [*silent, (reader, writer)]:
        one.close()
    async with asyncio.timeout(PATIENCE_S), served.client() as client:
        while not await answers(client):
            pass


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/")).status_code == 200
    except httpx.TransportError:
        return False  # those who went are not gone yet


async def test_a_handshake_that_is_not_done_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HANDSHAKE_S", 0.05)
    async with Served(tmp_path).running() as served:
        reader, writer = await asyncio.open_connection(*served.address)
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b""
        writer.close()


def test_a_certificate_is_made_anew_before_it_runs_out_or_for_another_name(tmp_path: Path) -> None:
    now = Served(tmp_path).rig.clock.now()
    names = ("charger.local", "192.0.2.7")
    cert, key = own_certificate(tmp_path, "AK-0001", names, now)
    first = (cert.read_bytes(), key.read_bytes())
    own_certificate(tmp_path, "AK-0001", names, now + timedelta(days=300))
    assert (cert.read_bytes(), key.read_bytes()) == first
    own_certificate(tmp_path, "AK-0001", names, now + timedelta(days=380))
    assert cert.read_bytes() != first[0]
    second = cert.read_bytes()
    own_certificate(tmp_path, "AK-0001", ("other.local",), now + timedelta(days=380))
    assert cert.read_bytes() != second
    key.unlink()
    own_certificate(tmp_path, "AK-0001", ("other.local",), now + timedelta(days=380))
    assert key.read_bytes() != first[1]
    cert.write_text("spoiled")
    own_certificate(tmp_path, "AK-0001", ("other.local",), now + timedelta(days=380))
    assert x509.load_pem_x509_certificate(cert.read_bytes())


async def test_a_browser_is_in_after_a_restart_and_wrong_secrets_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "KEEP_S", 0.01)
    before = Served(tmp_path, tls="none")
    async with before.running(), before.client() as client:
        await before.log_in(client)
        await client.get("/api/v1/state", headers={"authorization": "Bearer wrong"})
        async with asyncio.timeout(PATIENCE_S):
            while '"guesses": []' in before.rig.books.meta["log_ins"]:
                await asyncio.to_thread(lambda: None)
        jar, csrf = client.cookies, client.headers[CSRF]
    after = Served(tmp_path, tls="none")
    after.rig.desk.book = before.rig.desk.book
    after.rig.desk.log_ins = before.rig.books.meta["log_ins"]
    async with after.running(), after.client() as client:
        client.cookies = jar
        client.headers[CSRF] = csrf
        assert (await client.put("/api/v1/mode", json={"mode": "off"})).status_code == 200
        held = await client.get("/api/v1/state", headers={"authorization": "Bearer wrong"})
        assert held.status_code == 429
