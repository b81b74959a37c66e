"""Row: processor time of the whole device layer: meter, reader, pilot board and lines together.

The shipped drivers in this process; meter, reader and ring 1 with their world in another, at the
far end of pseudo-terminals. The lines are gpiozero's mock pins, in this process, as a Pi's own
pins are: a dimmed lamp with the pattern of a charge, a buzzer, a button that is looked at, and
an emergency stop. Idle is the same loop with nothing opened.
"""

import asyncio
import json
import tempfile
from collections.abc import Coroutine, Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from ampkeeper.firmware.faces.panel.panel import Panel, PanelSettings, Shown
from ampkeeper.firmware.safety.fault import EMERGENCY_STOP
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.indicator import GpioIndicator
from ampkeeper.hal.linux.lines import Buzzer, InputLine, Lamp, PanelLines
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.linux.trips import Trip, TripLines
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Permit
from ampkeeper.hal.readers.pn532 import Pn532Reader
from tools.bench.alone import paths_of, start_far
from tools.bench.charger import CONFIG, end
from tools.bench.errors import CannotMeasureError
from tools.bench.result import Result

ROW = "device layer: meter, reader, pilot board and lines, twins in another process"
PARTS = ("pilot", "meter", "reader", "lines")
RATES_HZ = (1, 10)
SETTLE_S = 2.0
WATCH_S = 10.0
NOON = 12 * 60
URL = "ws://127.0.0.1:9/ocpp"  # the far side connects to nothing
LINES = PanelLines(
    Lamp({"red": 5, "green": 6, "blue": 13}, is_dimmed=True, is_active_high=True),
    Buzzer(26, is_active_high=True),
    InputLine(20, is_active_high=False, pull="up"),
)
STOP = Trip(EMERGENCY_STOP, 1, InputLine(21, is_active_high=True, pull="down"))


def measure() -> Iterator[Result]:
    """All parts at both rates, then each part alone at 10 Hz."""
    if find_spec("gpiozero") is None:
        raise CannotMeasureError("gpiozero is not installed")
    for rate_hz in RATES_HZ:
        yield _result(f"all of them, polled at {rate_hz} Hz", PARTS, rate_hz)
    for part in PARTS:
        yield _result(f"  {part} alone, {RATES_HZ[-1]} Hz", (part,), RATES_HZ[-1])
    yield _result("  nothing", (), 1)


def _result(what: str, parts: tuple[str, ...], rate_hz: int) -> Result:
    percent, counts = asyncio.run(_used(parts, rate_hz))
    note = ", ".join(f"{count} {name}" for name, count in counts.items())
    return Result(ROW, what, percent, "%", note=note)


async def _used(parts: tuple[str, ...], rate_hz: int) -> tuple[float, dict[str, int]]:
    """Percent of one core, and how often each part answered meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "far.toml"
        config.write_text(CONFIG.format(url=URL, version="2.0.1"))
        far = await start_far(config)
        try:
            near = Near(json.loads(await paths_of(far)), rate_hz)
            return await near.watched(parts)
        finally:
            await end(far)


class Near:
    """The drivers, each in a loop as the station has it."""

    def __init__(self, paths: dict[str, str], rate_hz: int) -> None:
        self._paths = paths
        self._period_s = 1 / rate_hz
        self._clock = SystemClock()
        self._counts: dict[str, int] = {}

    async def watched(self, parts: tuple[str, ...]) -> tuple[float, dict[str, int]]:
        """Run ``parts`` and look at what they use."""
        works: dict[str, Coroutine[Any, Any, None]] = {}
        if "pilot" in parts:
            works["pilot"] = self._pilot()
        if "meter" in parts:
            works["meter"] = self._meter()
        if "reader" in parts:
            works["reader"] = self._reader()
        if "lines" in parts:
            works["lines"] = self._lines()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work, name=name) for name, work in works.items()]
            await asyncio.sleep(SETTLE_S)
            self._counts = {}
            used_s, passed_s = process_time(), perf_counter()
            await asyncio.sleep(WATCH_S)
            used_s, passed_s = process_time() - used_s, perf_counter() - passed_s
            counts = self._counts
            for task in tasks:
                task.cancel()
        return 100 * used_s / passed_s, counts

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1

    async def _pilot(self) -> None:
        """Reports as they come, ten times a second; a permit at the rate."""
        settings = Settings()
        settings.max_ma, settings.phases, settings.is_socket = 32_000, 3, 1
        pilot = LinkedPilot(SerialStream(self._paths["pilot"]), self._clock, settings)
        due_s = 0.0
        try:
            await pilot.open()
            while True:
                await pilot.next_status()
                self._count("reports")
                if self._clock.now_s() >= due_s:
                    due_s = self._clock.now_s() + self._period_s * 0.9  # reports set the pace
                    pilot.permit(Permit(16.0, 3, keep_locked=False))
                    self._count("permits")
        finally:
            pilot.close()

    async def _meter(self) -> None:
        meter = ModbusMeter(serial_bus(self._paths["meter"]), 1, shipped("sdm630"), self._clock)
        try:
            await meter.open()
            while True:
                due_s = self._clock.now_s() + self._period_s
                try:
                    await meter.read()
                    self._count("readings")
                except TransientError:
                    self._count("failed readings")
                await asyncio.sleep(max(0.0, due_s - self._clock.now_s()))
        finally:
            meter.close()

    async def _reader(self) -> None:
        """The driver polls the field at its own pace; nobody holds a card."""
        reader = Pn532Reader(SerialStream(self._paths["reader"]), self._clock)
        try:
            await reader.open()
            await reader.next_tag()
        finally:
            reader.close()

    async def _lines(self) -> None:
        """Lamp by its pattern, button at its own pace, the stop at the rate."""
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        factory = MockFactory(pin_class=MockPWMPin)
        indicator = GpioIndicator(LINES, lambda: factory, self._clock)
        stop = TripLines((STOP,), lambda: factory)
        try:
            await indicator.open()
            stop.open()
            async with asyncio.TaskGroup() as group:
                group.create_task(_listen(indicator))
                await self._look(indicator, stop)
        finally:
            indicator.close()
            stop.close()

    async def _look(self, indicator: GpioIndicator, stop: TripLines) -> None:
        panel = Panel(1, PanelSettings())
        while True:
            now_s = self._clock.now_s()
            panel.show(Shown("Charging", "charging"), now_s)
            frame = panel.frame(now_s, NOON)
            indicator.show(frame.light)
            indicator.sound(frame.is_sounding)
            assert not stop.tripped(), "nobody pressed it"
            self._count("looks at the lines")
            await asyncio.sleep(min(frame.wait_s, self._period_s))


async def _listen(indicator: GpioIndicator) -> None:
    """Look at the button for ever."""
    await indicator.next_press()
