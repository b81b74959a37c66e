"""A scan of the running process: nothing listens that the configuration did not open.

TCP and UDP, as the system knows them. Where there is a page, only it is open until it is set up.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from ampkeeper.firmware.faces.cli.client import ask
from tests.support.configs import FREE
from tests.support.emulator import WAIT_S, Emulator

LISTENS, BOUND = "0A", "07"  # /proc/net/tcp: a listener; /proc/net/udp: bound, without a peer
TABLES = {"tcp": LISTENS, "tcp6": LISTENS, "udp": BOUND, "udp6": BOUND}
TOKEN = "correct-horse-battery-staple"
OWNER = {"name": "anna", "password": "Gelbe Ampel 8"}

pytestmark = pytest.mark.process

Ports = set[tuple[str, int]]


def listening(pid: int) -> Ports:
    """The ports that a process takes something at, as the system knows them."""
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            name = os.readlink(link)
            own.update((name[len("socket:[") : -1],) if name.startswith("socket:[") else ())
    found = set()
    for table, state in TABLES.items():
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == state and words[9] in own:
                found.add((table[:3], int(words[1].rpartition(":")[2], 16)))
    return found


def free_ports(count: int) -> list[int]:
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


async def until(charger: Emulator, wanted: Callable[[Ports], bool]) -> Ports:
    """The ports, beside the control API, which is the emulator's own."""
    async with asyncio.timeout(WAIT_S):
        while True:
            found = listening(charger.pid) - {("tcp", charger.port)}
            if wanted(found):
                return found
            await charger.state()


async def settled(charger: Emulator) -> dict[str, Any]:
    """What the page says of itself, once the station answers at its local door."""
    async with asyncio.timeout(WAIT_S):
        while True:
            told = await asyncio.to_thread(ask, charger.state_dir, "access", action="show")
            if told["address"] is not None or told["code"] is None:
                return told
            await charger.state()


async def set_up(charger: Emulator, port: int) -> None:
    """Somebody who has the code becomes the owner."""
    code = (await asyncio.to_thread(ask, charger.state_dir, "access", action="show"))["code"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/api/v1/setup", json={"code": code, **OWNER})
    assert answer.status_code == 200, answer.text


def test_the_scan_finds_listeners_of_both_kinds() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        wanted = {("tcp", tcp.getsockname()[1]), ("udp", udp.getsockname()[1])}
        assert wanted <= listening(os.getpid())


async def test_nothing_listens_where_nothing_is_configured(tmp_path: Path) -> None:
    charger = Emulator(tmp_path, FREE)
    await charger.start()
    try:
        await settled(charger)
        assert await until(charger, lambda found: True) == set()
    finally:
        await charger.end()


async def test_only_the_page_listens_until_it_is_set_up(tmp_path: Path) -> None:
    page, modbus = free_ports(2)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    charger = Emulator(
        tmp_path,
        FREE
        + f'[web]\nlisten = "127.0.0.1:{page}"\ntls = "none"\n'
        + f'[modbus]\nlisten = "127.0.0.1:{modbus}"\n'
        + f'[price]\ntoken_file = "{token}"\n',
    )
    await charger.start()
    try:
        only_page = {("tcp", page)}
        both = {("tcp", port) for port in (page, modbus)}
        await until(charger, lambda found: found >= only_page)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{page}") as client:
            assert (await client.get("/metrics")).status_code == 401
            shown = {"authorization": f"Bearer {TOKEN}"}
            assert (await client.put("/prices", json={}, headers=shown)).status_code == 409
        await settled(charger)
        assert listening(charger.pid) - {("tcp", charger.port)} == only_page
        await set_up(charger, page)
        assert await until(charger, lambda found: found >= both) == both
        await asyncio.to_thread(ask, charger.state_dir, "access", action="reset")
        assert await until(charger, lambda found: found <= only_page) == only_page
    finally:
        await charger.end()


async def test_without_a_page_the_configuration_is_the_set_up(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    charger = Emulator(tmp_path, FREE + f'[modbus]\nlisten = "127.0.0.1:{port}"\n')
    await charger.start()
    try:
        found = await until(charger, lambda found: ("tcp", port) in found)
        assert found == {("tcp", port)}
    finally:
        await charger.end()
