"""What an MQTT face is tried with: a state, a broker without a network, and who listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.mqtt.discovery import Discovery
from ampkeeper.firmware.faces.mqtt.task import LOOK_S, MqttFace
from ampkeeper.firmware.faces.mqtt.topics import Topics
from ampkeeper.hal.memory_bus import MemoryBroker
from ampkeeper.hal.ports import Bus, BusMessage

TOPICS = Topics("ampkeeper", "AK-0001")
CARD = "04A224B1"


def limit_of(source: str, current_a: float) -> api.Limit:
    return api.Limit(
        source=source, current_a=current_a, phases=3, reason="so", since="2026-01-01T00:00:00.000Z",
        expires=None, falls_to_a=None, is_stale=False, binds=False,
    )  # fmt: skip


def state_of(power_w: float = 11_040.0, evses: int = 1, owner_a: float | None = None) -> api.State:
    """A charger whose cars charge."""
    session = api.Session(
        id="tx", state="charging", token=CARD, user="Anna", started="2026-01-01T00:00:00.000Z",
        duration_s=60, energy_wh=184, cost=None,
    )  # fmt: skip
    limits = (limit_of("board", 32.0),)
    limits += () if owner_a is None else (limit_of("owner", owner_a),)
    found = tuple(
        api.Evse(
            id=number, status="Charging", is_plugged=True, can_start=False, can_stop=True,
            contactor="closed", lock="locked", power_w=power_w, energy_wh=12_345,
            phases=(api.Phase(name="L1", current_a=16.0, voltage_v=230.0, power_w=power_w),),
            limit_a=16.0, limited_by="cable", reason="the cable carries no more",
            since="2026-01-01T00:00:00.000Z", limits=limits, session=session, faults=(),
            charge_now=False, departure=None, tariff=None, waits_for=None, message=None,
            payment_code=None, board="emulated 1",
        )
        for number in range(1, evses + 1)
    )  # fmt: skip
    link = api.Link(
        state="connected", url="wss://csms/AK0001", since=None, registration="accepted",
        version="2.0.1", queued=0, error=None,
    )  # fmt: skip
    return api.State(
        time="2026-01-01T00:00:00.000Z", vendor="Ampkeeper", model="Emulated", serial="AK-0001",
        firmware="1.0", update="Idle", link=link, mode="now", modes=("now", "off"), mains=None,
        price=None, site=None, refused_card=None, evses=found,
    )  # fmt: skip


class Charger:
    """One at a broker; ``asked`` is what reached the station."""

    def __init__(self, bus: Bus, has_commands: bool = True, is_discovered: bool = True) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal = ""
        self.answers = asyncio.Event()  # else the station thinks
        self.answers.set()
        self.power_w = 11_040.0
        self.bus = bus
        found = Discovery("homeassistant", TOPICS, has_commands)
        self.face = MqttFace(bus, self.read, self.ask, found, is_discovered)

    def read(self) -> api.State:
        return state_of(self.power_w)

    async def ask(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        await self.answers.wait()
        if self.refusal:
            raise LocalRefusedError(self.refusal)
        self.asked.append((verb, arguments))
        return {"result": "accepted"}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.bus.run()), *self.face.start(group)]
            yield
            for task in tasks:
                task.cancel()


class Home:
    """A client that hears all, and says what a test wants."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.bus = broker.client()
        self.heard: list[BusMessage] = []
        self.bus.subscribe("#", self.heard.append)

    def last(self, topic: str) -> bytes | None:
        return next((one.payload for one in reversed(self.heard) if one.topic == topic), None)

    def count(self, topic: str) -> int:
        return sum(one.topic == topic for one in self.heard)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Home"]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.bus.run())
            yield self
            task.cancel()


async def looks(count: int = 2) -> None:
    """Let the face look so often."""
    await asyncio.sleep(count * LOOK_S)
