"""The emulated charger as a process: ready line, control API, power cut and clean end."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.configs import FREE

WAIT_S = 40.0  # a busy machine; nothing here is timed
END_S = 5.0
LOOK_S = 0.1

pytestmark = pytest.mark.process


class Charger:
    """One process and a client of its control API."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self.process = process
        self.client = httpx.AsyncClient(base_url=f"http://{address}", timeout=WAIT_S)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.client.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def evse(self) -> Any:
        return (await self.ask("GET", "/v1/state"))["evses"][0]

    async def until(self, is_so: Callable[[Any], bool]) -> Any:
        for _ in range(round(WAIT_S / LOOK_S)):
            evse = await self.evse()
            if is_so(evse):
                return evse
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"not so within {WAIT_S} s: {evse}")

    async def gone(self, within_s: float) -> int:
        await self.client.aclose()
        async with asyncio.timeout(within_s):
            return await self.process.wait()


Start = Callable[[], Awaitable[Charger]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    (tmp_path / "charger.toml").write_text(FREE)
    words = ["-m", "ampkeeper.firmware.faces.cli", "emulate", "--config"]
    words += [str(tmp_path / "charger.toml"), "--state", str(tmp_path / "state"), "--speed", "5"]
    started: list[Charger] = []

    async def one() -> Charger:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            ready = json.loads(await process.stdout.readline())
        assert ready["event"] == "ready"
        started.append(Charger(process, ready["control"]))
        return started[-1]

    yield one
    for charger in started:
        await charger.client.aclose()
        if charger.process.returncode is None:
            charger.process.kill()
            await charger.process.wait()


async def test_the_world_survives_a_power_cut_and_the_end_is_clean(start: Start) -> None:
    charger = await start()
    await charger.ask("PATCH", "/v1/evses/1/meter", {"energy_wh": 5_000})
    await charger.ask("PATCH", "/v1/evses/1/ev", {"plugged": True, "cable_a": 20})
    before = await charger.until(lambda evse: evse["energy_wh"] >= 5_010)
    assert before["pilot"]["state"] == "C2"
    await charger.ask("POST", "/v1/power", {"cut": True})
    assert await charger.gone(END_S) == -signal.SIGKILL

    charger = await start()
    after = await charger.evse()
    assert after["energy_wh"] >= before["energy_wh"], "the register never goes back"
    assert after["pilot"]["state"][0] in "BC", "the car is still plugged in"
    async with charger.client.stream("GET", "/v1/events") as events:
        assert events.status_code == 200
        charger.process.send_signal(signal.SIGTERM)
        assert await charger.gone(END_S) == 0
