"""A scan of the running process: nothing listens that the configuration did not open."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli.client import ask
from tests.support.configs import FREE
from tests.support.emulator import WAIT_S, Emulator

LISTENS = "0A"  # /proc/net/tcp

pytestmark = pytest.mark.process


def listening(pid: int) -> set[int]:
    """The TCP ports that a process listens at, as the system knows them."""
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        name = os.readlink(link)
        if name.startswith("socket:["):
            own.add(name[len("socket:[") : -1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS and words[9] in own:
                found.add(int(words[1].rpartition(":")[2], 16))
    return found


async def settled(charger: Emulator) -> dict[str, Any]:
    """What the page says of itself, once the station answers at its local door."""
    async with asyncio.timeout(WAIT_S):
        while True:
            told = await asyncio.to_thread(ask, charger.state_dir, "access", action="show")
            if told["address"] is not None or told["code"] is None:
                return told
            await charger.state()


async def ports_of(charger: Emulator) -> set[int]:
    """Those beside the control API, which is the emulator's own."""
    await charger.start()
    try:
        await settled(charger)
        return listening(charger.pid) - {charger.port}
    finally:
        await charger.end()


async def test_nothing_listens_until_the_page_is_configured(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert await ports_of(Emulator(tmp_path / "closed", FREE)) == set()
    page = f'[web]\nlisten = "127.0.0.1:{port}"\n'
    assert await ports_of(Emulator(tmp_path / "open", FREE + page)) == {port}


async def test_modbus_listens_only_where_it_is_configured(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    modbus = f'[modbus]\nlisten = "127.0.0.1:{port}"\n'
    charger = Emulator(tmp_path / "open", FREE + modbus)
    await charger.start()
    try:
        async with asyncio.timeout(WAIT_S):
            while port not in listening(charger.pid):
                await charger.state()
        assert listening(charger.pid) == {charger.port, port}
    finally:
        await charger.end()
