"""The contract of the Meter port: fake, each shipped map over its twin, and the emulated board.

Twins answer in memory, over RTU on a pty, and over TCP; the emulated board's meter is read as
the station reads it, with the board's world running behind it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.board.emulated import bench as emulated
from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.firmware.config import parse
from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.fake import FakeClock, FakeMeter, MemoryModbusBus
from ampkeeper.hal.linux.modbus import PymodbusBus, serial_bus, tcp_bus
from ampkeeper.hal.meters.make import names, shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import Clock, Meter, MeterReading
from tests.support.configs import FREE

TIMEOUT_S = 0.1
EACH_W = 1_837.0  # on each phase of the emulated board
STEP_S_MAX = 5.0  # the emulated world makes one every 5 ms
UNIT = 33
SHOWN = MeterReading(
    taken_s=0.0,
    energy_wh=12_300,
    power_w=5_510.0,
    current_a=(7.0, 8.0, 9.0),
    voltage_v=(229.0, 230.0, 231.0),
    power_phase_w=(1_600.0, 1_838.0, 2_072.0),
    frequency_hz=49.9,
    power_factor=0.95,
    energy_export_wh=700,
)
ONE_PHASE = ("voltage_v", "current_a", "power_phase_w")
ROTATION = ("em24", "em340", "em540")  # they know the order of the voltages
ENERGY_ONLY = ("power_w", "energy_wh", "energy_export_wh")


def seen(name: str) -> MeterReading:
    """What the part shows of the circuit: not every part measures everything."""
    if name == "sdm120":
        first = {part: (getattr(SHOWN, part)[0], None, None) for part in ONE_PHASE}
        return replace(SHOWN, power_w=SHOWN.power_phase_w[0], **first)
    if name == "sdm72v1":
        return MeterReading(0.0, **{part: getattr(SHOWN, part) for part in ENERGY_ONLY})
    return replace(SHOWN, is_rotation_right=True) if name in ROTATION else SHOWN


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
    silence: Callable[[bool], Awaitable[None]]
    seen: MeterReading
    has_serial: bool = True


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

    async def silence(is_silent: bool) -> None:
        meter.fail(TransientError("no answer") if is_silent else None)

    return Bench(meter, clock, meter.set, silence, SHOWN)


def memory_bench(name: str) -> Bench:
    clock, shown, registers = FakeClock(), Shown(), shipped(name)
    image = MeterImage(shown, unit=UNIT, model=MODELS[name])
    meter = ModbusMeter(MemoryModbusBus(image), UNIT, registers, clock)

    async def silence(is_silent: bool) -> None:
        image.fault = "silent" if is_silent else "ok"

    return Bench(meter, clock, shown.show, silence, seen(name), registers.serial is not None)


async def bus_of(twin: MeterTwin, line: str) -> PymodbusBus:
    """The shipped bus on a twin's line."""
    if line == "pty":
        return serial_bus(await twin.start(), timeout_s=TIMEOUT_S)
    host, _, port = (await twin.start_tcp()).removeprefix("tcp://").partition(":")
    return tcp_bus(host, int(port), timeout_s=TIMEOUT_S)


BOARD_LINES = {"memory": emulated.MemoryLines, "pty": emulated.PtyLines}


@asynccontextmanager
async def board_bench(line: str) -> AsyncIterator[Bench]:
    """The emulated board as it is built; what its meter shows is the world's doing."""
    config, clock = parse(FREE), RealClock()
    world = emulated.world_of(config, seed=1)
    evse = world.evses[1]
    world.grid.voltage_v, world.grid.frequency_hz = list(SHOWN.voltage_v), SHOWN.frequency_hz
    evse.power_w_shown, evse.car.power_factor = 3 * EACH_W, SHOWN.power_factor
    evse.register.set_wh(SHOWN.energy_wh)
    expected = replace(
        SHOWN,
        power_w=3 * EACH_W,
        power_phase_w=(EACH_W, EACH_W, EACH_W),
        current_a=(0.0, 0.0, 0.0),
        energy_export_wh=0,
    )
    made = emulated.Bench(world, clock, BOARD_LINES[line](), epoch=1)
    hardware = await made.build(config, lambda kind, **fields: None)
    stepped = asyncio.Event()
    made.after_step = stepped.set

    async def silence(is_silent: bool) -> None:
        evse.causes.meter = "silent" if is_silent else "ok"
        stepped.clear()
        await asyncio.wait_for(stepped.wait(), STEP_S_MAX)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.run())
        await made.is_running.wait()
        yield Bench(
            hardware.meters[1],
            clock,
            lambda energy_wh: evse.register.set_wh(energy_wh),
            silence,
            expected,
        )
        running.cancel()


@asynccontextmanager
async def line_bench(line: str, name: str) -> AsyncIterator[Bench]:
    """A shipped map over its twin on a real line."""
    shown, registers = Shown(), shipped(name)
    twin = MeterTwin(shown, UNIT, model=MODELS[name])
    bus = await bus_of(twin, line)
    clock = RealClock()

    async def silence(is_silent: bool) -> None:
        twin.fault = "silent" if is_silent else "ok"

    meter = ModbusMeter(bus, UNIT, registers, clock)
    has_serial = registers.serial is not None
    yield Bench(meter, clock, shown.show, silence, seen(name), has_serial)
    bus.close()
    await twin.stop()


def every_bench() -> list[str]:
    """Each map in memory and over a pty; TCP does not depend on the map."""
    lines = [f"{line} {name}" for line in ("memory", "pty") for name in names()]
    boards = [f"board {line}" for line in BOARD_LINES]
    return ["fake", *lines, "tcp sdm630", "tcp em24", *boards]


@pytest.fixture(params=every_bench())
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    line, _, name = request.param.partition(" ")
    if line in ("fake", "memory"):
        yield fake_bench() if line == "fake" else memory_bench(name)
        return
    async with board_bench(name) if line == "board" else line_bench(line, name) as made:
        yield made


async def test_open_says_who_it_is(bench: Bench) -> None:
    identity = await bench.meter.open()
    assert identity.vendor
    assert identity.model
    assert bool(identity.serial) == bench.has_serial


async def test_a_reading_is_what_the_circuit_carries(bench: Bench) -> None:
    await bench.meter.open()
    reading = await bench.meter.read()
    for name in SHOWN.__slots__[1:]:
        assert getattr(reading, name) == getattr(bench.seen, name), name


async def test_each_reading_is_measured_anew(bench: Bench) -> None:
    await bench.meter.open()
    for energy_wh in (12_400, 12_500, 99_900, 0):
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
    await bench.silence(True)
    with pytest.raises((TransientError, AbsentError)):
        await bench.meter.read()
    await bench.silence(False)
    bench.show(energy_wh=12_400)
    assert (await bench.meter.read()).energy_wh == 12_400


async def test_a_meter_silent_from_the_start_is_absent(bench: Bench) -> None:
    await bench.silence(True)
    with pytest.raises(AbsentError):
        await bench.meter.open()
    await bench.silence(False)
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
    assert (await bench.meter.read()).energy_wh == 12_300
