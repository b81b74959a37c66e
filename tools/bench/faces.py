"""Row: a station with page and broker on: its memory, and how soon people are answered and told.

The station alone in its process, as in ``idle``; its page over TLS with its own certificate, as it
is unless somebody wants it otherwise; the broker is a real Mosquitto. Ten viewers watch while
somebody asks, and while a limit is set again and again: a viewer is told when the state that
names the new limit has come, which the station looks for once a second.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from tests.support.broker import Mosquitto
from tools.bench.alone import Alone, alone
from tools.bench.csms import Csms
from tools.bench.errors import CannotMeasureError
from tools.bench.result import Result, from_samples
from tools.broker.fetch import BrokerMissing

ROW = "page and broker on, one EVSE, OCPP connected"
WEB = '\n[web]\nlisten = "127.0.0.1:{port}"\n'
MQTT = '\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ntls = "none"\noffers = "commands"\n'
VIEWERS = 10
ASKED, SET = 200, 20
BOOT_S, SETTLE_S, TOLD_S = 30.0, 5.0, 10.0
OWNER = {"name": "anna", "password": "Blaue Ampel 7"}
LIMITS_A = (10, 12)  # in turn


@dataclass(slots=True)
class Viewer:
    """Somebody who watches: when he saw which limit first, on the clock of ``perf_counter``."""

    seen: dict[float, float] = field(default_factory=dict)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, client: httpx.AsyncClient) -> None:
        """Take what comes; ended by cancellation."""
        async with client.stream("GET", "/api/v1/events") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self._take(json.loads(line.removeprefix("data: ")))

    async def saw(self, current_a: float) -> None:
        """Wait until he was told of this limit; whoever waits says how long."""
        while current_a not in self.seen:
            self.news.clear()
            await self.news.wait()

    def _take(self, told: dict[str, Any]) -> None:
        self.has_begun.set()
        for evse in told.get("evses", ()):
            for limit in evse["limits"]:
                if limit["source"] == "owner":
                    self.seen.setdefault(limit["current_a"], perf_counter())
        self.news.set()


def measure() -> Iterator[Result]:
    """Memory without and with each face, then the times."""
    try:
        yield from asyncio.run(_measure())
    except BrokerMissing as error:
        raise CannotMeasureError(str(error)) from error


async def _measure() -> list[Result]:
    with TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        try:
            mqtt = MQTT.format(port=broker.port)
            heard = asyncio.Event()
            bus = MqttBus(MqttSettings("127.0.0.1", broker.port, "watcher"), lambda: 0.0)
            bus.subscribe("ampkeeper/#", lambda message: heard.set())
            found = [await _memory("neither", "")]
            watching = asyncio.ensure_future(bus.run())
            found.append(await _memory("broker", mqtt))
            watching.cancel()
            if not heard.is_set():
                raise CannotMeasureError("the broker heard nothing of the station")
            async with station(mqtt) as (running, client):
                memory_mb = running.rss_mb()
                found.append(Result(ROW, "page and broker, resident", memory_mb, "MB"))
                found += await _times(running, client)
            return found
        finally:
            broker.kill()


async def _memory(name: str, more: str) -> Result:
    async with _begun(more) as running:
        return Result(ROW, f"{name}, resident", running.rss_mb(), "MB")


async def _times(running: Alone, client: httpx.AsyncClient) -> list[Result]:
    """With ten viewers; the same connection asks again and again."""
    viewers = [Viewer() for _ in range(VIEWERS)]
    watching = [asyncio.ensure_future(viewer.watch(client)) for viewer in viewers]
    try:
        async with asyncio.timeout(BOOT_S):
            for viewer in viewers:
                await viewer.has_begun.wait()
        note = f"{VIEWERS} viewers"
        page = [await _asked(client, "/") for _ in range(ASKED)]
        state = [await _asked(client, "/api/v1/state") for _ in range(ASKED)]
        done, told = await _set_limits(client, viewers)
        return [
            from_samples(ROW, "the page", page, "ms", note=note),
            from_samples(ROW, "the state", state, "ms", note=note),
            from_samples(ROW, "a limit set, and in the books", done, "ms", note=note),
            from_samples(ROW, "the last of them told of it", told, "ms", note=note),
            Result(ROW, "resident while they watch", running.rss_mb(), "MB", note=note),
        ]
    finally:
        for one in watching:
            one.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _set_limits(
    client: httpx.AsyncClient, viewers: list[Viewer]
) -> tuple[list[float], list[float]]:
    """Milliseconds from asking to the answer, and to the last viewer who sees it."""
    done, told = [], []
    for round in range(SET):
        current_a = LIMITS_A[round % len(LIMITS_A)]
        for viewer in viewers:
            viewer.seen.clear()
        await asyncio.sleep(round / SET)  # anywhere within the second after which it looks
        begun_s = perf_counter()
        answer = await client.put("/api/v1/evses/1/limit", json={"current_a": current_a})
        answer.raise_for_status()
        done.append((perf_counter() - begun_s) * 1e3)
        async with asyncio.timeout(TOLD_S):
            for viewer in viewers:
                await viewer.saw(current_a)
        last_s = max(viewer.seen[current_a] for viewer in viewers)
        told.append((last_s - begun_s) * 1e3)
    return done, told


async def _asked(client: httpx.AsyncClient, path: str) -> float:
    begun_s = perf_counter()
    (await client.get(path)).raise_for_status()
    return (perf_counter() - begun_s) * 1e3


@asynccontextmanager
async def _begun(more: str) -> AsyncIterator[Alone]:
    """A station that has reached its central system, and a while after that."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        csms = await stack.enter_async_context(Csms())
        running = await stack.enter_async_context(alone(folder, csms.url, "2.0.1", more))
        await csms.until(lambda: csms.seen.first_s("StatusNotification") is not None, BOOT_S)
        await asyncio.sleep(SETTLE_S)
        yield running


@asynccontextmanager
async def station(more: str) -> AsyncIterator[tuple[Alone, httpx.AsyncClient]]:
    """The same with a page, and its owner."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home, tls = f"https://127.0.0.1:{port}", ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # nobody vouches for its own
    limits = httpx.Limits(max_connections=VIEWERS + 2)
    async with (
        _begun(more + WEB.format(port=port)) as running,
        httpx.AsyncClient(base_url=home, verify=tls, limits=limits, timeout=BOOT_S) as client,
    ):
        code = ask(running.state, "access", action="show")["code"]
        told = await client.post("/api/v1/setup", json={"code": code, **OWNER})
        told.raise_for_status()
        client.headers["X-CSRF-Token"] = told.json()["who"]["csrf"]
        yield running, client
