"""What a meter that signs does: in memory, over a serial line on a pty, and over Modbus TCP.

The driver is the shipped one; its twin signs with a real key, so every lost byte is found.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.metering.ocmf import dataset
from ampkeeper.hal.errors import AbsentError, OpenTransactionError, TransientError, WrongDeviceError
from ampkeeper.hal.fake import FakeClock, MemoryModbusBus
from ampkeeper.hal.linux.modbus import serial_bus, tcp_bus
from ampkeeper.hal.meters.iskra import IskraMeter
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.ports import MeterReading, ModbusBus, SignedValue, SigningMeter

UNIT = 33
TIMEOUT_S = 0.1
AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DATASET = dataset("Model", "AK-0001", 1, IdToken("04A224B1", "ISO14443"))
STEP_WH = 5_000


@dataclass
class Bench:
    """A meter that is not open yet, and the energy that it shows."""

    meter: SigningMeter
    twin: MeterTwin
    energy_wh: int = 12_340


@pytest.fixture(params=["memory", "serial", "tcp"])
async def bench(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    monkeypatch.setattr("ampkeeper.hal.meters.iskra.POLL_S", 0.0)
    twin = MeterTwin(lambda: MeterReading(0.0, made.energy_wh), UNIT, model=MODELS["wm3m4c"])
    bus = await bus_of(request.param, twin)
    made = Bench(IskraMeter(bus, UNIT, shipped("wm3m4c"), FakeClock()), twin)
    yield made
    bus.close()
    await twin.stop()


async def bus_of(kind: str, twin: MeterTwin) -> ModbusBus:
    if kind == "serial":
        return serial_bus(await twin.start(), timeout_s=TIMEOUT_S)
    if kind == "tcp":
        port = int((await twin.start_tcp()).rpartition(":")[2])
        return tcp_bus("127.0.0.1", port, timeout_s=TIMEOUT_S)

    def write(unit: int, address: int, values: tuple[int, ...]) -> None:
        if code := twin.image.write(address, values):
            raise WrongDeviceError(f"exception {code}")

    return MemoryModbusBus(twin.image, write=write)


def verified(signed: SignedValue | None, public_key: bytes) -> bytes:
    """The data, if the key that the meter named when it was opened signed it."""
    assert signed is not None
    key = load_der_public_key(public_key)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signed.signature, signed.data, ec.ECDSA(hashes.SHA256()))
    return signed.data


async def test_begin_and_end_are_signed_by_the_key_that_it_told(bench: Bench) -> None:
    key = (await bench.meter.open()).public_key
    first = await bench.meter.begin(DATASET, AT)
    begun_wh, bench.energy_wh = bench.energy_wh, bench.energy_wh + STEP_WH
    plain = await bench.meter.read()
    last = await bench.meter.end(first.signed)
    assert verified(first.signed, key) == b"OCMF|21000001;%d|" % begun_wh + DATASET
    both = b"OCMF|21000001;%d;21000001;%d|" % (begun_wh, bench.energy_wh)
    assert verified(last.signed, key) == both + DATASET
    assert (first.energy_wh, last.energy_wh) == (begun_wh, bench.energy_wh)
    assert (plain.energy_wh, plain.signed) == (bench.energy_wh, None)


async def test_an_open_transaction_is_ended_before_another_begins(bench: Bench) -> None:
    await bench.meter.open()
    await bench.meter.begin(DATASET, AT)
    with pytest.raises(OpenTransactionError):
        await bench.meter.begin(DATASET, AT)
    await bench.meter.end()
    with pytest.raises(TransientError):
        await bench.meter.end()
    assert (await bench.meter.begin(DATASET, AT)).signed is not None


async def test_before_it_is_open_and_after_it_is_closed_it_signs_nothing(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(AbsentError):
            await bench.meter.begin(DATASET, AT)
        with pytest.raises(AbsentError):
            await bench.meter.end()
        await bench.meter.open()
        bench.meter.close()
        bench.meter.close()
    assert bench.twin.image.signing is not None
    assert bench.twin.image.signing.commands == []


async def test_one_that_falls_silent_signs_when_it_is_heard_again(bench: Bench) -> None:
    key = (await bench.meter.open()).public_key
    bench.twin.fault = "silent"
    with pytest.raises((TransientError, AbsentError)):
        await bench.meter.begin(DATASET, AT)
    bench.twin.fault = "ok"
    first = await bench.meter.begin(DATASET, AT)
    assert verified(first.signed, key).endswith(DATASET)
