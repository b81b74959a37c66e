"""What every bus does: one in memory, and MQTT 5 and 3.1.1 over a real Mosquitto with TLS."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from ampkeeper.hal.bus import PAYLOAD_BYTES_MAX
from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.linux.tls import TlsSettings
from ampkeeper.hal.memory_bus import MemoryBroker, MemoryBus
from ampkeeper.hal.ports import BusMessage
from tests.support.broker import Mosquitto
from tests.support.pki import Authority

WAIT_S = 30.0  # for what happens soon; ends a test that hangs
STEP_S = 0.005


class AnyBus(Protocol):
    """Either of the two, as a ``Bus`` that counts."""

    is_connected: bool
    dropped_count: int
    publish: Callable[..., bool]
    subscribe: Callable[..., None]
    watch: Callable[[Callable[[bool], None]], None]
    set_will: Callable[..., None]


class Place(Protocol):
    """A broker and what can happen to it."""

    def client(self, name: str) -> AnyBus: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...


class RealPlace:
    """Mosquitto; clients name it by its certificate's name."""

    def __init__(self, broker: Mosquitto, ca_file: Path, is_v5: bool) -> None:
        self.broker, self.ca_file, self.is_v5 = broker, ca_file, is_v5
        self.stop, self.start = broker.kill, broker.start

    def client(self, name: str) -> MqttBus:
        tls = TlsSettings(ca_file=str(self.ca_file))
        settings = MqttSettings("127.0.0.1", self.broker.port, name, tls, is_v5=self.is_v5)
        return MqttBus(settings, lambda: 0.0)


class MemoryPlace(MemoryBroker):
    """The broker in memory."""

    def client(self, name: str = "") -> MemoryBus:
        return super().client()


@pytest.fixture(scope="module")
def real_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mosquitto, Path]]:
    folder = tmp_path_factory.mktemp("broker")
    ca = Authority("Site", datetime.now(UTC))
    ca_file = folder / "roots.pem"
    ca_file.write_text(ca.pem)
    broker = Mosquitto(folder, ca=ca)
    yield broker, ca_file
    broker.kill()


@pytest.fixture(params=["memory", "mqtt 5", "mqtt 3.1.1"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        yield MemoryPlace()
        return
    broker, ca_file = request.getfixturevalue("real_broker")
    broker.start()
    yield RealPlace(broker, ca_file, request.param == "mqtt 5")
    broker.kill()


class Ear:
    """Who hears."""

    def __init__(self) -> None:
        self.heard: list[BusMessage] = []

    def __call__(self, message: BusMessage) -> None:
        self.heard.append(message)

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.heard]


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(round(WAIT_S / STEP_S)):
        if is_so():
            return
        await asyncio.sleep(STEP_S)  # the broker is another process
    raise TimeoutError("it did not come")


@asynccontextmanager
async def running(bus: AnyBus) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bus.run())  # type: ignore[attr-defined]
        await until(lambda: bus.is_connected)
        yield
        task.cancel()


@pytest_asyncio.fixture
async def pair(place: Place) -> AsyncIterator[tuple[AnyBus, AnyBus]]:
    first, second = place.client("first"), place.client("second")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(first))
        await stack.enter_async_context(running(second))
        yield first, second


Pair = tuple[AnyBus, AnyBus]


async def test_what_is_published_is_heard_by_who_asked_for_it(pair: Pair) -> None:
    speaker, hearer = pair
    ear, deaf = Ear(), Ear()
    hearer.subscribe("site/+", ear)
    hearer.subscribe("house/#", deaf)
    hearer.subscribe("done", done := Ear())
    hearer.publish("done", b"")  # behind the subscriptions, by the order of one connection
    await until(lambda: bool(done.heard) or not hearer.publish("done", b""))
    assert speaker.publish("site/a", b"\x00\xff") is True
    await until(lambda: bool(ear.heard))
    assert ear.heard == [BusMessage("site/a", b"\x00\xff")]
    assert deaf.heard == []


async def test_the_order_of_one_speaker_is_kept(pair: Pair) -> None:
    speaker, hearer = pair
    ear = Ear()
    hearer.subscribe("site/a", ear)
    await until(lambda: bool(ear.heard) or not speaker.publish("site/a", b"first"))
    ear.heard.clear()
    sent = [b"%d" % number for number in range(100)]
    for payload in sent:
        speaker.publish("site/a", payload)
    await until(lambda: sent[-1] in ear.payloads)
    assert [payload for payload in ear.payloads if payload != b"first"] == sent


async def test_what_is_retained_is_told_to_who_comes_later(pair: Pair) -> None:
    speaker, hearer = pair
    speaker.publish("state/a", b"old", is_retained=True, qos=1)
    speaker.publish("state/a", b"new", is_retained=True, qos=1)
    ear = Ear()
    speaker.subscribe("state/#", own := Ear())
    await until(lambda: b"new" in own.payloads)
    hearer.subscribe("state/#", ear)
    await until(lambda: bool(ear.heard))
    assert ear.heard == [BusMessage("state/a", b"new", is_retained=True)]
    speaker.publish("state/a", b"", is_retained=True, qos=1)


async def test_a_client_that_says_goodbye_leaves_no_will(place: Place) -> None:
    hearer, ear = place.client("hearer"), Ear()
    hearer.subscribe("will/#", ear)
    async with running(hearer):
        leaver = place.client("leaver")
        leaver.set_will(BusMessage("will/a", b"gone"))
        async with running(leaver):
            leaver.publish("will/b", b"hello")
            await until(lambda: b"hello" in ear.payloads)
        other = place.client("other")
        async with running(other):
            other.publish("will/b", b"later")
            await until(lambda: b"later" in ear.payloads)
    assert b"gone" not in ear.payloads


async def test_a_client_may_say_its_will_with_its_goodbye(place: Place) -> None:
    hearer, ear = place.client("hearer"), Ear()
    hearer.subscribe("last/#", ear)
    async with running(hearer):
        leaver = place.client("leaver")
        leaver.set_will(BusMessage("last/a", b"offline", is_retained=True), with_goodbye=True)
        async with running(leaver):
            leaver.publish("last/b", b"hello")
            await until(lambda: b"hello" in ear.payloads)
        await until(lambda: b"offline" in ear.payloads)
    assert ear.payloads == [b"hello", b"offline"]


async def test_a_broker_that_comes_back_is_found_and_asked_again(place: Place) -> None:
    bus, ear, told = place.client("only"), Ear(), list[bool]()
    bus.subscribe("site/a", ear)
    bus.watch(told.append)
    async with running(bus):
        place.stop()
        await until(lambda: not bus.is_connected)
        assert bus.publish("site/a", b"lost") is False
        place.start()
        await until(lambda: bus.is_connected)
        bus.publish("site/a", b"hello")
        await until(lambda: bool(ear.heard))
    assert ear.payloads == [b"hello"]
    assert told == [True, False, True, False]
    assert bus.dropped_count == 1


async def test_what_waits_for_too_long_gives_way_to_the_newest(place: Place) -> None:
    """All is published before the broker can take any: the rest is dropped, and counted."""
    bus, ear = place.client("only"), Ear()
    bus.subscribe("site/a", ear)
    async with running(bus):
        for number in range(2000):
            bus.publish("site/a", b"%d" % number)
        await until(lambda: b"1999" in ear.payloads)
        assert bus.dropped_count == 2000 - len(ear.heard)
        assert 0 < bus.dropped_count < 2000


async def test_what_cannot_be_published_is_refused_at_once(pair: Pair) -> None:
    speaker, _ = pair
    for topic in ("", "a/+/b", "a/#", "a\x00", "a" * 2000):
        with pytest.raises(ValueError, match="topic"):
            speaker.publish(topic, b"")
    with pytest.raises(ValueError, match="65537 bytes, at most 65536"):
        speaker.publish("a", bytes(PAYLOAD_BYTES_MAX + 1))
    with pytest.raises(ValueError, match="QoS 2"):
        speaker.publish("a", b"", qos=2)
    for topic_filter in ("", "a/b+", "a/#/b", "a#"):
        with pytest.raises(ValueError, match="filter"):
            speaker.subscribe(topic_filter, Ear())


async def test_the_longest_payload_arrives_whole(pair: Pair) -> None:
    speaker, hearer = pair
    ear = Ear()
    hearer.subscribe("long", ear)
    payload = bytes(range(256)) * (PAYLOAD_BYTES_MAX // 256)
    await until(lambda: bool(ear.heard) or not speaker.publish("long", payload, qos=1))
    assert ear.heard[0].payload == payload
