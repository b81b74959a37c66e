"""Row: polling meters with the shipped driver: time of a reading, share of the line, processor."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time

from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from tools.bench.machine import ROOT
from tools.bench.result import Result

ROW = "meters over Modbus RTU on a pty, driver and twin in a process each"
MAPS = ("sdm630", "em24")  # fewest and most requests for all values
POLLS = 1_000
LINE_POLLS = 40
BITS_PER_S = 9_600
SHARE_S = 12.0
UNITS = 3
PERIOD_S = 1.0


def measure() -> Iterator[Result]:
    """Each map without and with a line's time, then three meters at 1 Hz each."""
    for name in MAPS:
        with _far(name, 1, 0) as port:
            yield from _reading(f"{name}, no time on the line", port, name, POLLS)
        with _far(name, 1, BITS_PER_S) as port:
            what = f"{name}, 9600 baud, meter thinks 20 ms"
            yield from _reading(what, port, name, LINE_POLLS)
    with _far("sdm630", UNITS, BITS_PER_S) as port:
        share, cpu = asyncio.run(_share(port))
    what = f"{UNITS} x sdm630 at 1 Hz, 9600 baud"
    yield Result(ROW, f"{what}: line in use", 100 * share, "%")
    yield Result(ROW, f"{what}: processor", 100 * cpu, "%", note="of one core")


def _reading(what: str, port: str, name: str, polls: int) -> Iterator[Result]:
    """Median and 99th percentile of a reading."""
    samples = sorted(asyncio.run(_polls(port, name, polls)))
    spread = (samples[0], samples[-1])
    yield Result(ROW, f"{what}: p50", samples[len(samples) // 2], "ms", spread)
    yield Result(ROW, f"{what}: p99", samples[len(samples) * 99 // 100], "ms", spread)


async def _polls(port: str, name: str, polls: int) -> list[float]:
    """Milliseconds of each of so many readings, one after the other."""
    bus = serial_bus(port)
    meter = ModbusMeter(bus, 1, shipped(name), SystemClock())
    await meter.open()
    samples = []
    for _ in range(polls):
        start_s = perf_counter()
        await meter.read()
        samples.append(1_000 * (perf_counter() - start_s))
    bus.close()
    return samples


async def _share(port: str) -> tuple[float, float]:
    """How much of the time the line, and the processor, was in use."""
    bus = serial_bus(port)
    meters = [
        ModbusMeter(bus, unit, shipped("sdm630"), SystemClock()) for unit in range(1, UNITS + 1)
    ]
    for meter in meters:
        await meter.open()
    busy_s, cpu_s, start_s = bus.busy_s, process_time(), perf_counter()
    await asyncio.gather(*(_poll_for(meter) for meter in meters))
    passed_s = perf_counter() - start_s
    result = ((bus.busy_s - busy_s) / passed_s, (process_time() - cpu_s) / passed_s)
    bus.close()
    return result


async def _poll_for(meter: ModbusMeter) -> None:
    """Read once a second for as long as is measured."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + SHARE_S
    while (due_s := loop.time() + PERIOD_S) <= end_s + PERIOD_S / 2:
        await meter.read()
        await asyncio.sleep(max(0.0, due_s - loop.time()))


@contextmanager
def _far(name: str, units: int, bits_per_s: int) -> Iterator[str]:
    """Meters in a process of their own; the value is their port."""
    program = [sys.executable, "-m", "tools.bench.meter_far", name, str(units), str(bits_per_s)]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as far:
        assert far.stdin is not None
        assert far.stdout is not None
        yield far.stdout.readline().strip()
        far.stdin.close()
