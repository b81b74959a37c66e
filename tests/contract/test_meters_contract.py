"""The contract of the Meter port: fake, driver in memory, driver over a real line."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ampkeeper.hal.meters
from ampkeeper.board.emulated.meter_twin import MeterTwin, register_image
from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.fake import FakeClock, FakeMeter, MemoryModbusBus
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import Clock, Meter, MeterReading

MAP = Path(next(iter(ampkeeper.hal.meters.__path__))) / "sdm630.toml"
TIMEOUT_S = 0.1
SHOWN = MeterReading(
    taken_s=0.0,
    energy_wh=12_345,
    power_w=11_040.0,
    current_a=(16.0, 16.0, 16.0),
    voltage_v=(230.0, 230.0, 230.0),
    power_phase_w=(3680.0, 3680.0, 3680.0),
    frequency_hz=50.0,
    power_factor=1.0,
    energy_export_wh=7,
)


class RealClock:
    """The wall's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_s(self) -> float:
        return time.monotonic()


@dataclass
class Bench:
    """A meter, and how to work its far side."""

    meter: Meter
    clock: Clock
    show: Callable[..., None]
    is_silent: Callable[[bool], None]


class Shown:
    """What the circuit carries."""

    def __init__(self) -> None:
        self.reading = SHOWN

    def __call__(self) -> MeterReading:
        return self.reading

    def show(self, **values: Any) -> None:
        self.reading = replace(self.reading, **values)


def fake_bench() -> Bench:
    clock = FakeClock()
    meter = FakeMeter(clock)
    values = {name: getattr(SHOWN, name) for name in SHOWN.__slots__ if name != "taken_s"}
    meter.set(**values)

    def silence(is_silent: bool) -> None:
        meter.fail(TransientError("no answer") if is_silent else None)

    return Bench(meter, clock, meter.set, silence)


def memory_bench() -> Bench:
    clock, shown = FakeClock(), Shown()
    image = register_image(shown)
    meter = ModbusMeter(MemoryModbusBus(image), 1, load_map(MAP), clock)

    def silence(is_silent: bool) -> None:
        image.fault = "silent" if is_silent else "ok"

    return Bench(meter, clock, shown.show, silence)


@pytest.fixture(params=["fake", "memory", "pty"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param != "pty":
        yield {"fake": fake_bench, "memory": memory_bench}[request.param]()
        return
    shown = Shown()
    twin = MeterTwin(shown)
    bus = serial_bus(await twin.start(), timeout_s=TIMEOUT_S)
    clock = RealClock()

    def silence(is_silent: bool) -> None:
        twin.fault = "silent" if is_silent else "ok"

    yield Bench(ModbusMeter(bus, 1, load_map(MAP), clock), clock, shown.show, silence)
    bus.close()
    await twin.stop()


async def test_open_says_who_it_is(bench: Bench) -> None:
    identity = await bench.meter.open()
    assert identity.vendor
    assert identity.model
    assert identity.serial


async def test_a_reading_is_what_the_circuit_carries(bench: Bench) -> None:
    await bench.meter.open()
    reading = await bench.meter.read()
    for name in SHOWN.__slots__:
        assert name == "taken_s" or getattr(reading, name) == getattr(SHOWN, name), name


async def test_each_reading_is_measured_anew(bench: Bench) -> None:
    await bench.meter.open()
    for energy_wh in (12_346, 12_350, 99_999, 0):
        bench.show(energy_wh=energy_wh)
        assert (await bench.meter.read()).energy_wh == energy_wh


async def test_a_reading_has_the_time_it_was_taken(bench: Bench) -> None:
    await bench.meter.open()
    before_s = bench.clock.now_s()
    reading = await bench.meter.read()
    assert before_s <= reading.taken_s <= bench.clock.now_s()


async def test_a_silent_meter_gives_no_reading_and_never_an_old_one(bench: Bench) -> None:
    await bench.meter.open()
    await bench.meter.read()
    bench.is_silent(True)
    with pytest.raises((TransientError, AbsentError)):
        await bench.meter.read()
    bench.is_silent(False)
    bench.show(energy_wh=12_400)
    assert (await bench.meter.read()).energy_wh == 12_400


async def test_a_meter_silent_from_the_start_is_absent(bench: Bench) -> None:
    bench.is_silent(True)
    with pytest.raises(AbsentError):
        await bench.meter.open()
    bench.is_silent(False)
    await bench.meter.open()


async def test_a_meter_that_was_not_opened_is_absent(bench: Bench) -> None:
    with pytest.raises(AbsentError):
        await bench.meter.read()


async def test_close_is_safe_twice_and_open_works_again(bench: Bench) -> None:
    bench.meter.close()
    await bench.meter.open()
    bench.meter.close()
    bench.meter.close()
    with pytest.raises(AbsentError):
        await bench.meter.read()
    await bench.meter.open()
    assert (await bench.meter.read()).energy_wh == 12_345
