"""A site of 20 on a real Mosquitto, with TLS, and a password and an ACL for each: what dies.

``AMPKEEPER_SITE_MEMBERS`` are how many, ``AMPKEEPER_SITE_PATIENCE`` seconds for each step.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.linux.tls import TlsSettings
from tests.support.broker import Mosquitto
from tests.support.pki import Authority
from tests.support.site_members import TOPIC, Yard, guarded_broker, names_of
from tools.bench import site_bus
from tools.bench.errors import CannotMeasureError

MEMBERS = int(os.environ.get("AMPKEEPER_SITE_MEMBERS", "20"))
PATIENCE_S = float(os.environ.get("AMPKEEPER_SITE_PATIENCE", "90"))
SAFE_A = 6.0
FUSE_A = 12.0 * MEMBERS


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = guarded_broker(tmp_path, Authority("Site", datetime.now(UTC)), names_of(MEMBERS))
    made.start()
    yield made
    made.kill()


def bus_of(folder: Path, port: int, name: str) -> MqttBus:
    tls = TlsSettings(ca_file=str(folder / "roots.pem"))
    password_file = str(folder / f"{name}.password")
    settings = MqttSettings("127.0.0.1", port, name, tls, name, password_file, keepalive_s=5)
    return MqttBus(settings, lambda: 0.0)


async def test_members_and_broker_come_and_go_and_no_fuse_is_overloaded(
    broker: Mosquitto, tmp_path: Path
) -> None:
    yard = Yard(MEMBERS, FUSE_A, SAFE_A, lambda name: bus_of(tmp_path, broker.port, name))
    async with asyncio.TaskGroup() as group:
        yard.start(group)
        await yard.until(yard.is_shared, PATIENCE_S)

        (first,) = yard.leading()
        yard.kill(first)
        await yard.until(lambda: bool(yard.leading()), PATIENCE_S)
        assert yard.leading() != [first]

        broker.pause()
        await yard.until(yard.is_safe, PATIENCE_S)
        broker.resume()
        yard.boot(first)
        await yard.until(yard.is_shared, PATIENCE_S)

        broker.kill()
        await yard.until(yard.is_safe, PATIENCE_S)
        broker.start()
        await yard.until(yard.is_shared, PATIENCE_S)
        yard.end()
    assert yard.worst_a <= FUSE_A + 1e-6


async def test_the_broker_lets_nobody_speak_for_another(broker: Mosquitto, tmp_path: Path) -> None:
    yard = Yard(2, 40.0, SAFE_A, lambda name: bus_of(tmp_path, broker.port, name))
    heard: list[bytes] = []
    async with asyncio.TaskGroup() as group:
        hearer = bus_of(tmp_path, broker.port, "AK03")
        hearer.subscribe(f"{TOPIC}beat/+", lambda message: heard.append(message.payload))
        task = group.create_task(hearer.run())
        yard.start(group)
        liar = yard.voices["AK02"].bus
        await yard.until(lambda: hearer.is_connected and liar.is_connected, PATIENCE_S)
        liar.publish(f"{TOPIC}beat/AK01", b"forged")
        liar.publish(f"{TOPIC}beat/AK02", b"own")
        await yard.until(lambda: b"own" in heard, PATIENCE_S)
        yard.end()
        task.cancel()
    assert b"forged" not in heard


def test_what_a_charger_sends_and_hears_is_counted_by_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_bus, "SIZES", (3,))
    monkeypatch.setattr(site_bus, "COUNTED_S", 4.0)  # the broker tells once a second
    sent, heard = site_bus.measure()
    assert 0 < sent.value < heard.value


def test_a_site_that_is_not_shared_is_not_counted_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_bus, "SIZES", (3,))
    monkeypatch.setattr(site_bus, "PATIENCE_S", 0.0)
    with pytest.raises(CannotMeasureError, match="3 members do not share their fuse"):
        next(site_bus.measure())
