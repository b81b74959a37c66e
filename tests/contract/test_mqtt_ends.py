"""A client of a broker ends when it is told to, at once, and leaves nothing behind.

The broker is on the test's own loop, so that the end can come at each turn of it: CPython 3.11
loses a cancellation that comes in the same turn as what was waited for (gh-86296).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.linux.tls import TlsSettings
from tests.support.plain_broker import CONNECT, PUBLISH, SUBSCRIBE, PlainBroker

TURNS = 20  # of the loop; a message is written and confirmed in fewer
LOOK_S = 0.005
SOON_S = 20.0  # ends a test that hangs; nothing here takes a tenth of a second
TERM_S = 5.0  # a station has it from SIGTERM to its end, and is not its broker's client alone
DRIBBLE_S = 0.02


def bus_of(port: int, tls: TlsSettings | None = None) -> MqttBus:
    return MqttBus(MqttSettings("127.0.0.1", port, "m01", tls), lambda: 0.0)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(round(SOON_S / LOOK_S)):
        if is_so():
            return
        await asyncio.sleep(LOOK_S)  # the kernel is between the two
    raise TimeoutError("it did not come")


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=SOON_S)
    assert done, f"still there: {task.get_stack()}"
    assert task.cancelled()


@asynccontextmanager
async def connected(broker: PlainBroker) -> AsyncIterator[tuple[MqttBus, asyncio.Task[None]]]:
    bus = bus_of(broker.port)
    bus.subscribe("site/+", lambda message: None)
    task = asyncio.create_task(bus.run())
    await until(lambda: bus.is_connected)
    yield bus, task
    await ended(task)
    await until(lambda: broker.open == 0)
    assert not bus.is_connected


@pytest.mark.parametrize("qos", [0, 1])
async def test_an_end_at_any_turn_of_a_message_is_the_end(qos: int) -> None:
    async with PlainBroker().running() as broker:
        for count in range(TURNS):
            async with connected(broker) as (bus, _):
                bus.publish("site/a", b"news", qos=qos)
                await turns(count)


async def test_an_end_at_any_turn_of_a_connection_is_the_end() -> None:
    async with PlainBroker().running() as broker:
        for count in range(2 * TURNS):
            bus = bus_of(broker.port)
            bus.subscribe("site/+", lambda message: None)
            task = asyncio.create_task(bus.run())
            await turns(count)
            await ended(task)
            await until(lambda: broker.open == 0)


async def test_an_end_in_the_turn_of_a_loss_is_the_end() -> None:
    async with PlainBroker().running() as broker:
        for count in range(TURNS):
            async with connected(broker):
                broker.drop()
                await turns(count)


@pytest.mark.parametrize("deaf_to", [CONNECT, SUBSCRIBE, PUBLISH])
async def test_a_broker_that_stops_answering_holds_nobody_up(deaf_to: int) -> None:
    async with PlainBroker().running() as broker:
        broker.answers.discard(deaf_to)
        bus = bus_of(broker.port)
        bus.subscribe("site/+", lambda message: None)
        task = asyncio.create_task(bus.run())
        await until(lambda: broker.taken > 0)
        if deaf_to == PUBLISH:
            await until(lambda: bus.is_connected)
            bus.publish("site/a", b"news", qos=1)
            await until(lambda: broker.taken > 2)
        await ended(task)
        await until(lambda: broker.open == 0)


async def test_a_broker_that_reads_nothing_more_holds_nobody_up() -> None:
    """Its windows are full: the goodbye cannot be sent."""
    async with PlainBroker().running() as broker:
        bus = bus_of(broker.port)
        task = asyncio.create_task(bus.run())
        await until(lambda: bus.is_connected)
        broker.writers[0].transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(200):
            bus.publish("site/a", bytes(60_000), qos=0)
            await turns(20)
        began_s = asyncio.get_running_loop().time()
        await ended(task)
        assert asyncio.get_running_loop().time() - began_s < TERM_S
        broker.drop()


async def test_a_handshake_that_never_ends_holds_nobody_up(tmp_path: Path) -> None:
    """One byte of an endless TLS record at a time: each read is answered."""

    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal is_begun, is_gone
        is_begun = True
        writer.write(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        while not writer.is_closing():
            writer.write(b"\x03")
            await asyncio.sleep(DRIBBLE_S)
        is_gone = True

    is_begun = is_gone = False
    async with await asyncio.start_server(dribble, "127.0.0.1", 0) as server:
        bus = bus_of(server.sockets[0].getsockname()[1], TlsSettings())
        task = asyncio.create_task(bus.run())
        await until(lambda: is_begun)
        await asyncio.sleep(DRIBBLE_S)
        await ended(task)
        async with asyncio.timeout(TERM_S / 2):
            await asyncio.get_running_loop().shutdown_default_executor()
        await until(lambda: is_gone)
