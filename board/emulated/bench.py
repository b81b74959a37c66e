"""Bench: the emulated board with everything connected to it, and the shipped drivers on top.

``bench_on_lines`` uses pseudo-terminals, as a real board has serial ports; ``bench_in_memory``
keeps every byte in this process, for virtual time. The drivers and the twins are the same.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ampkeeper.board.emulated.mains import mains_reading
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.board.emulated.reader_twin import ReaderTwin
from ampkeeper.board.emulated.ring import Ring, WorldLoop
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.board.host.paired import PairedPilot, Wants
from ampkeeper.firmware.config.model import Config, Evse, Protection
from ampkeeper.firmware.config.model_energy import METER
from ampkeeper.firmware.energy.grid_line import Contact
from ampkeeper.firmware.safety.signals import YES, Settings
from ampkeeper.firmware.station.ring_one import settings_of
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.stream import PtyStream, SerialStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.meters import registers
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.micro.files import Files
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import (
    ByteStream,
    Clock,
    Indicator,
    Meter,
    MeterReading,
    ModbusBus,
    Pilot,
    Reader,
)
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.text import TextReader

READER, TEXT_READER = 1, 2  # ids; both stand at the one place that people go to
METER_UNIT = 1
BOOT_MS = 200  # pilot boards have read their surroundings before a station asks, as on hardware
METER_SERIAL = 21_000_000  # that of the mains; the EVSE's id is added
SDM630 = Path(registers.__file__).with_name("sdm630.toml")

Publish = Callable[..., None]
Values = Callable[[], MeterReading | None]


@dataclass(frozen=True, slots=True)
class Hardware:
    """The drivers that a station is given, by EVSE and by reader."""

    pilots: Mapping[int, Pilot]
    meters: Mapping[int, Meter]
    readers: Mapping[int, Reader]
    indicators: Mapping[int, Indicator] = field(default_factory=dict)
    mains: Meter | None = None
    grid_line: Contact | None = None


@dataclass(frozen=True, slots=True)
class PilotWiring:
    """Pilot boards that can be flashed: where their flash is kept, and what is wanted of them."""

    flash: Path
    wants: Wants


class Faulty(Protocol):
    """A meter twin or its image."""

    fault: str


class Lines(Protocol):
    """How the twins are reached."""

    def pair(self) -> tuple[ByteStream, ByteStream]:
        """A line: the driver's end and the twin's."""

    async def meter(self, values: Values, serial: int) -> tuple[Faulty, ModbusBus]:
        """A meter that shows this, and the bus that it hangs on."""

    async def close(self) -> None:
        """Take everything apart; safe twice."""


class Bench:
    """A world, its pilot boards and twins, and the drivers that look at them."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        lines: Lines,
        epoch: int,
        wiring: "PilotWiring | None" = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.rings: dict[int, Ring] = {}
        self.after_step: Callable[[], None] = _nothing
        self.is_running = asyncio.Event()  # pilot boards and twins are up: drivers may be opened
        self._booting_ms = BOOT_MS
        self._lines = lines
        self._epoch = epoch
        self._wiring = wiring
        self._meters: dict[int, Faulty] = {}
        self.mains: Faulty | None = None
        self._reader = ReaderTwin(clock.now_s)
        self._reader_stream: ByteStream | None = None
        self._text_stream: ByteStream | None = None

    async def build(self, config: Config, publish: Publish) -> Hardware:
        """Connect everything; the drivers are not open yet."""
        pilots: dict[int, Pilot] = {}
        meters: dict[int, Meter] = {}
        for evse in config.evse:
            world = self.world.evses[evse.id]
            near, far = self._lines.pair()
            wiring = self._wiring
            flash = None if wiring is None else Files(f"{wiring.flash}/pilot-{evse.id}/")
            self.rings[evse.id] = Ring(world, far, self._epoch, publish, flash)
            pilots[evse.id] = self.make_pilot(near, pilot_settings(evse, config.protection))
            serial = METER_SERIAL + evse.id
            self._meters[evse.id], bus = await self._lines.meter(world.meter_reading, serial)
            meters[evse.id] = ModbusMeter(bus, METER_UNIT, load_map(SDM630), self.clock)
        reader_near, self._reader_stream = self._lines.pair()
        text_near, self._text_stream = self._lines.pair()
        readers: dict[int, Reader] = {
            READER: Pn532Reader(reader_near, self.clock),
            TEXT_READER: TextReader(text_near, self.clock),
        }
        mains, relay = await self._make_mains(config), self.world.grid.relay
        return Hardware(pilots, meters, readers, mains=mains, grid_line=relay)

    def make_pilot(self, near: ByteStream, settings: Settings) -> Pilot:
        """The driver of a pilot board at this end of a line."""
        pilot = LinkedPilot(near, self.clock, settings)
        if self._wiring is None:
            return pilot
        return PairedPilot(pilot, self.clock, self._wiring.wants)

    def make_loop(self) -> WorldLoop:
        """What steps the world."""
        return WorldLoop(self.rings.values(), self.follow)

    async def _make_mains(self, config: Config) -> Meter | None:
        """The meter between house and grid, where one is configured."""
        if config.mains.source != METER:
            return None
        values = partial(mains_reading, self.world)
        self.mains, bus = await self._lines.meter(values, METER_SERIAL)
        return ModbusMeter(bus, METER_UNIT, load_map(SDM630), self.clock)

    async def run(self) -> None:
        """Let the world go on until cancelled; leave no line behind."""
        assert self._reader_stream is not None, "not built"
        assert self._text_stream is not None, "not built"
        await self._text_stream.open()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reader.serve(self._reader_stream), name="reader twin")
                for evse_id, ring in self.rings.items():
                    group.create_task(ring.listen(), name=f"pilot board {evse_id}")
                loop = self.make_loop()
                group.create_task(loop.run(self.clock), name="world")
        finally:
            await self._lines.close()

    def follow(self, elapsed_ms: int) -> None:
        """After each step: the twins take up what the world says."""
        for evse_id, meter in self._meters.items():
            causes = self.world.evses[evse_id].causes
            mode = causes.meter
            if self.world.grid.outage or causes.measuring == "lost":
                mode = "silent"  # a meter lives on the mains that it measures
            if meter.fault != mode:
                meter.fault = mode
        if self._reader.fault != self.world.reader:
            self._reader.fault = self.world.reader
        self._present(elapsed_ms)
        self._booting_ms -= elapsed_ms
        if self._booting_ms <= 0:
            self.is_running.set()
        self.after_step()

    def _present(self, elapsed_ms: int) -> None:
        slot = self.world.cards[READER]
        presentation = slot.step(elapsed_ms)
        if isinstance(presentation, bytes):
            self._reader.present(presentation, slot.hold_ms / 1_000)
        elif presentation is not None and self.world.reader == "ok":
            assert self._text_stream is not None
            self._text_stream.write(presentation.encode() + b"\r\n")


class PtyLines:
    """Every line is a pseudo-terminal; meters speak Modbus on one each."""

    def __init__(self) -> None:
        self._ptys: list[PtyStream] = []
        self._twins: list[MeterTwin] = []
        self._buses: list[ModbusBus] = []

    def pair(self) -> tuple[ByteStream, ByteStream]:
        far = PtyStream()
        self._ptys.append(far)
        return SerialStream(far.path), far

    async def meter(self, values: Values, serial: int) -> tuple[Faulty, ModbusBus]:
        twin = MeterTwin(values, METER_UNIT, serial)
        self._twins.append(twin)
        bus = serial_bus(await twin.start())
        self._buses.append(bus)
        return twin, bus

    async def close(self) -> None:
        for bus in self._buses:
            bus.close()
        for twin in self._twins:
            await twin.stop()
        for pty in self._ptys:
            pty.destroy()


class MemoryLines:
    """Every byte stays in the process; meters answer as registers, without a line."""

    def pair(self) -> tuple[ByteStream, ByteStream]:
        return memory_pair()

    async def meter(self, values: Values, serial: int) -> tuple[Faulty, ModbusBus]:
        image = MeterImage(values, serial, METER_UNIT)
        return image, MemoryModbusBus(image)

    async def close(self) -> None:
        """Nothing to take apart."""


async def hardware_in_memory(
    config: Config,
    world: World,
    clock: Clock,
    publish: Publish | None = None,
    epoch: int = 1,
    wiring: PilotWiring | None = None,
) -> tuple[Bench, Hardware]:
    """A bench without ptys, for virtual time.

    Run ``bench.run()`` beside the station, and wait for ``bench.is_running`` before it starts.
    """
    bench = Bench(world, clock, MemoryLines(), epoch, wiring)
    return bench, await bench.build(config, publish or _unheard)


def world_of(config: Config, seed: int) -> World:
    """The world that this configuration is wired for."""
    specs = [EvseSpec(evse.id, evse.phases, evse.socket) for evse in config.evse]
    return World(specs, seed)


def pilot_settings(evse: Evse, protection: Protection) -> Settings:
    """What the station tells its pilot board about this EVSE."""
    settings = settings_of(evse, protection)
    settings.has_rcd_test = YES
    settings.has_cp_relay = YES
    settings.has_cp_relay = YES
    settings.has_meter = YES
    return settings


def _nothing() -> None:
    """Nobody wants to know."""


def _unheard(kind: str, **fields: Any) -> None:
    """Nobody listens."""
