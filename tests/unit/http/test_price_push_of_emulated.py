"""The whole charger as a process: it listens for prices only where that is configured."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.support.emulator import Emulator
from tests.support.rig import CONFIG
from tests.unit.http.push_rig import GOOD, PATIENCE_S, TOKEN

pytestmark = pytest.mark.process


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


async def test_a_charger_takes_prices_at_the_port_of_its_configuration(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "token").write_text(TOKEN)
    push = f'\n[price]\nlisten = "127.0.0.1:{port}"\ntoken_file = "token"\n'
    config = CONFIG.format(url="ws://127.0.0.1:9/ocpp", version="2.0.1") + push
    charger = Emulator(tmp_path, config, speed=1.0)
    await charger.start()
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        transport = httpx.AsyncHTTPTransport(retries=8)  # it listens soon after the control API
        async with httpx.AsyncClient(transport=transport, timeout=PATIENCE_S) as client:
            url = f"http://127.0.0.1:{port}/prices"
            answer = await client.put(url, content=GOOD, headers=headers)
        assert answer.status_code == 200
        await charger.until_told("prices", "count", [1])
    finally:
        await charger.end()
