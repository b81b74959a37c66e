"""Whom MQTT believes, and who believes it: certificates, passwords, names, and last wills."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.linux.tls import TlsSettings
from ampkeeper.hal.memory_bus import MemoryBroker
from ampkeeper.hal.ports import BusMessage
from tests.support.broker import Mosquitto
from tests.support.pki import Authority, subject

NOW = datetime.now(UTC)
PASSWORD = "correct horse"
WAIT_S = 30.0
STEP_S = 0.005


@pytest.fixture(scope="module")
def ca() -> Authority:
    return Authority("Site", NOW)


@pytest.fixture
def broker(tmp_path: Path, ca: Authority) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker", ca=ca, users={"m01": PASSWORD, "m02": PASSWORD})
    made.start()
    yield made
    made.kill()


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def settings(
    folder: Path, port: int, ca: Authority, password: str = PASSWORD, host: str = "127.0.0.1"
) -> MqttSettings:
    tls = TlsSettings(ca_file=written(folder / "roots.pem", ca.pem))
    word = written(folder / "password", password + "\n")
    return MqttSettings(host, port, "m01", tls, "m01", word)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(round(WAIT_S / STEP_S)):
        if is_so():
            return
        await asyncio.sleep(STEP_S)  # the broker is another process
    raise TimeoutError("it did not come")


@asynccontextmanager
async def trying(made: MqttSettings) -> AsyncIterator[MqttBus]:
    bus = MqttBus(made, lambda: 0.0)
    before = bus.problem
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bus.run())
        await until(lambda: bus.problem != before)
        yield bus
        task.cancel()


async def test_name_and_password_out_of_a_file_are_taken(
    broker: Mosquitto, tmp_path: Path, ca: Authority
) -> None:
    async with trying(settings(tmp_path, broker.port, ca)) as bus:
        assert bus.is_connected
        assert bus.problem == ""


async def test_a_wrong_password_is_told_and_tried_again(
    broker: Mosquitto, tmp_path: Path, ca: Authority
) -> None:
    async with trying(settings(tmp_path, broker.port, ca, "wrong")) as bus:
        assert not bus.is_connected
        assert "ot authorized" in bus.problem
        (tmp_path / "password").write_text(PASSWORD)
        await until(lambda: bus.is_connected)


async def test_a_broker_of_another_authority_is_not_spoken_to(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with trying(settings(tmp_path, broker.port, Authority("Other", NOW))) as bus:
        assert not bus.is_connected
        assert "certificate verify failed" in bus.problem


async def test_a_broker_of_another_name_is_not_spoken_to(
    broker: Mosquitto, tmp_path: Path, ca: Authority
) -> None:
    async with trying(settings(tmp_path, broker.port, ca, host="localhost")) as bus:
        assert not bus.is_connected
        assert "Hostname mismatch" in bus.problem


async def test_a_broker_without_tls_is_not_spoken_to(tmp_path: Path, ca: Authority) -> None:
    broker = Mosquitto(tmp_path / "plain")
    broker.start()
    try:
        async with trying(settings(tmp_path, broker.port, ca)) as bus:
            assert not bus.is_connected
    finally:
        broker.kill()


async def test_a_missing_password_file_is_told(
    broker: Mosquitto, tmp_path: Path, ca: Authority
) -> None:
    made = settings(tmp_path, broker.port, ca)
    (tmp_path / "password").unlink()
    async with trying(made) as bus:
        assert not bus.is_connected
        assert "No such file" in bus.problem


async def test_a_certificate_of_our_own_is_shown(tmp_path: Path, ca: Authority) -> None:
    broker = Mosquitto(tmp_path / "broker", ca=ca, wants_certificates=True)
    broker.start()
    own = ca.issue(subject("m01"))
    roots = written(tmp_path / "roots.pem", ca.pem)
    chain = written(tmp_path / "own.pem", own.chain_pem)
    key = written(tmp_path / "own.key", own.key_pem)
    try:
        bare = MqttSettings(
            "127.0.0.1", broker.port, "m01", TlsSettings(ca_file=roots), answer_s=0.5
        )
        async with trying(bare) as bus:
            assert not bus.is_connected
        tls = TlsSettings(ca_file=roots, certificate_file=chain, key_file=key)
        async with trying(MqttSettings("127.0.0.1", broker.port, "m01", tls)) as bus:
            assert bus.is_connected
    finally:
        broker.kill()


async def test_the_broker_tells_the_will_of_who_vanished(
    broker: Mosquitto, tmp_path: Path, ca: Authority
) -> None:
    made = settings(tmp_path, broker.port, ca)
    heard: list[bytes] = []
    hearer = MqttBus(
        MqttSettings("127.0.0.1", broker.port, "m02", made.tls, "m02", made.password_file),
        lambda: 0.0,
    )
    hearer.subscribe("will", lambda message: heard.append(message.payload))
    first = MqttBus(made, lambda: 1.0)
    first.set_will(BusMessage("will", b"gone"))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(bus.run()) for bus in (hearer, first)]
        await until(lambda: hearer.is_connected and first.is_connected)
        async with trying(made):  # the same client id: the broker ends the former connection
            await until(lambda: heard == [b"gone"])
        for task in tasks:
            task.cancel()


async def test_a_broker_in_memory_tells_it_too() -> None:
    broker = MemoryBroker()
    first, second, heard = broker.client(), broker.client(), list[bytes]()
    first.set_will(BusMessage("will", b"gone"))
    second.subscribe("will", lambda message: heard.append(message.payload))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(bus.run()) for bus in (first, second)]
        await until(lambda: first.is_connected and second.is_connected)
        first.cut()
        await until(lambda: heard == [b"gone"])
        for task in tasks:
            task.cancel()


async def test_a_broker_that_never_answers_holds_nobody_up(tmp_path: Path, ca: Authority) -> None:
    """Who is told to end while it waits for an answer ends, and leaves no connection behind."""
    accepted: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bus = MqttBus(MqttSettings("127.0.0.1", port, "m01"), lambda: 0.0)
    async with server, asyncio.TaskGroup() as group:
        task = group.create_task(bus.run())
        await until(lambda: bool(accepted))
        task.cancel()
    await until(accepted[0].is_closing)
    assert not bus.is_connected
