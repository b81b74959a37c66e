"""A charger, a process of its own, at a real Mosquitto: found, told what to do, and missed."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.ports import BusMessage
from tests.support.broker import Mosquitto
from tests.support.configs import FREE
from tests.support.emulator import Emulator

BASE = "ampkeeper/charger/AK-0001"
EVSE = f"{BASE}/evse/1"
CAR = {"plugged": True, "max_a": 16.0, "phases": 3, "cable_a": 20}
FOUND = "homeassistant/number/ampkeeper_AK-0001/evse1_owner_limit_a/config"
PATIENCE_S = 50.0  # of a busy machine; nothing here is timed
LOOK_S = 0.05

pytestmark = pytest.mark.timeout(6 * PATIENCE_S)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


class Home:
    """Whoever listens at home: the newest of each topic."""

    def __init__(self, port: int) -> None:
        self.bus = MqttBus(MqttSettings("127.0.0.1", port, "home"), lambda: 0.0)
        self.known: dict[str, bytes] = {}
        self.bus.subscribe("#", self._hear, qos=1)

    def _hear(self, message: BusMessage) -> None:
        self.known[message.topic] = message.payload

    def evse(self) -> dict[str, Any]:
        return dict(json.loads(self.known.get(EVSE, b"{}")))

    async def until(self, what: str, is_so: Callable[[], bool]) -> None:
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if is_so():
                return
            await asyncio.sleep(LOOK_S)  # broker and charger are other processes
        raise AssertionError(f"{what}: not within {PATIENCE_S:g} s: {self.known}")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Home"]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.bus.run())
            await self.until("connected", lambda: self.bus.is_connected)
            yield self
            task.cancel()


async def test_home_finds_it_pauses_it_and_misses_it(broker: Mosquitto, tmp_path: Path) -> None:
    mqtt = f'[mqtt]\nurl = "mqtt://127.0.0.1:{broker.port}"\noffers = "commands"\n'
    charger, home = Emulator(tmp_path / "charger", FREE + mqtt), Home(broker.port)
    async with home.listening():
        home.bus.publish(f"{EVSE}/set/limit", b"0", is_retained=True, qos=1)
        await charger.start()
        try:
            await home.until("online", lambda: home.known.get(f"{BASE}/status") == b"online")
            assert json.loads(home.known[FOUND])["command_topic"] == f"{EVSE}/set/limit"
            await home.until(
                "refused", lambda: b"retained" in home.known.get(f"{BASE}/result", b"")
            )
            await charger.car(**CAR)
            await home.until("it charges", lambda: home.evse().get("status") == "Charging")
            assert home.evse()["limited_by"] != "owner"
            home.bus.publish(f"{EVSE}/set/limit", b"0", qos=1)
            await home.until("it pauses", lambda: home.evse()["limited_by"] == "owner")
            await home.until("it says so", lambda: home.evse()["contactor"] == "open")
            home.bus.publish(f"{EVSE}/set/limit", b"off", qos=1)
            await home.until("it goes on", lambda: home.evse()["contactor"] == "closed")
            await charger.kill()
            await home.until("missed", lambda: home.known[f"{BASE}/status"] == b"offline")
        finally:
            await charger.kill()


async def test_home_is_not_obeyed_before_somebody_owns_the_charger(
    broker: Mosquitto, tmp_path: Path
) -> None:
    mqtt = f'[mqtt]\nurl = "mqtt://127.0.0.1:{broker.port}"\noffers = "commands"\n'
    with socket.create_server(("127.0.0.1", 0)) as free:
        page = f'[web]\nlisten = "127.0.0.1:{free.getsockname()[1]}"\ntls = "none"\n'
    charger, home = Emulator(tmp_path / "charger", FREE + mqtt + page), Home(broker.port)
    async with home.listening():
        await charger.start()
        try:
            await home.until("online", lambda: home.known.get(f"{BASE}/status") == b"online")
            home.bus.publish(f"{EVSE}/set/limit", b"10", qos=1)
            result = f"{BASE}/result"
            await home.until("no", lambda: b"nobody owns" in home.known.get(result, b""))
            await home.until("page", lambda: _access(charger)["address"] is not None)
            await asyncio.to_thread(_set_up, _access(charger))
            home.bus.publish(f"{EVSE}/set/limit", b"11", qos=1)
            await home.until("yes", lambda: b"error" not in home.known[result])
            why = await asyncio.to_thread(ask, charger.state_dir, "why")
            limits = {one["source"]: one["current_a"] for one in why["evses"][0]["entries"]}
            assert limits["owner"] == 11.0
        finally:
            await charger.kill()


def _access(charger: Emulator) -> dict[str, Any]:
    return ask(charger.state_dir, "access", action="show")


def _set_up(told: dict[str, Any]) -> None:
    """Somebody who has the code becomes the owner at the page."""
    body = {"code": told["code"], "name": "anna", "password": "Gelbe Ampel 8"}
    answer = httpx.post(f"{told['address']}/api/v1/setup", json=body, timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
