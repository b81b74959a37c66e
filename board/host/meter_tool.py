"""Meter tool: looks for meters on a line and reads one, without a station, for the command line.

Whoever calls it owns the line for as long as it takes; a station that runs has it already.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from ampkeeper.firmware.metering import phases
from ampkeeper.hal.errors import HalError, TransientError
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.linux.modbus import BusBook, PymodbusBus, serial_bus
from ampkeeper.hal.meters.detect import LINES, UNITS, Found, Line, detect
from ampkeeper.hal.meters.make import MeterSettings, make_meter, names, shipped
from ampkeeper.hal.ports import MeterIdentity, MeterReading

ANSWER_S, ANSWER_BITS = 0.2, 2_200  # a meter's thinking, and its longest answer
Answer = dict[str, Any]


def found_on(
    port: str, lines: Sequence[Line], units: Sequence[int], progress: Callable[[str], None]
) -> list[Answer]:
    """Return what is on a port, as plain values; raise HalError, or ValueError for the port."""
    maps = {name: shipped(name) for name in names()}

    def make(line: Line) -> PymodbusBus:
        if "://" in port:
            return BusBook().bus(port)
        timeout_s = ANSWER_S + ANSWER_BITS / line.baud
        return serial_bus(port, line.baud, line.parity, timeout_s=timeout_s)

    tried = lines[:1] if "://" in port else lines
    found = asyncio.run(detect(make, tried, units, maps, SystemClock(), progress))
    return [_plain(one) for one in found]


def steps(port: str, lines: Sequence[Line], units: Sequence[int]) -> int:
    """How many questions a detection may take."""
    return len(units) * (1 if "://" in port else len(lines))


def lines_of(baud: int | None, parity: str | None) -> tuple[Line, ...]:
    """The usual line settings that agree with what is known; at least one."""
    agreeing = tuple(
        line for line in LINES if baud in (None, line.baud) and parity in (None, line.parity)
    )
    return agreeing or (Line(baud or LINES[0].baud, parity or LINES[0].parity),)


def usual_units() -> tuple[int, ...]:
    """The units that are asked unless others are named."""
    return UNITS


def read(settings: MeterSettings) -> Answer:
    """Return one reading; raise HalError, or ValueError for what cannot be."""
    return asyncio.run(_first(settings))


async def _first(settings: MeterSettings) -> Answer:
    async for answer in watch(settings, 0.0):
        if "error" in answer:
            raise TransientError(answer["error"])
        return answer
    raise AssertionError("a watch goes on for ever")


async def watch(settings: MeterSettings, every_s: float) -> AsyncIterator[Answer]:
    """Yield one reading after the other, or why there is none; ended by whoever listens."""
    clock, book = SystemClock(), BusBook()
    meter = make_meter(settings, book, clock)
    try:
        identity = await meter.open()
        while True:
            due_s = clock.now_s() + every_s
            try:
                reading = await meter.read()
            except HalError as error:
                yield {"time": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}", "error": str(error)}
            else:
                yield {
                    "time": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
                    "took_s": round(clock.now_s() - reading.taken_s, 3),
                    **_shown(identity, reading),
                }
            await asyncio.sleep(max(0.0, due_s - clock.now_s()))
    finally:
        meter.close()
        book.close()


def _shown(identity: MeterIdentity, reading: MeterReading) -> Answer:
    """A reading as plain values, with what is wrong with the conductors."""
    values = dataclasses.asdict(reading)
    del values["taken_s"], values["signed"]
    return {
        "meter": {**dataclasses.asdict(identity), "public_key": identity.public_key.hex()},
        "reading": values,
        "wiring": list(phases.findings(reading)),
        "wiring_checked": phases.can_tell(reading),
    }


def _plain(found: Found) -> Answer:
    reading = found.reading
    return {
        "unit": found.unit,
        "baud": found.line.baud,
        "parity": found.line.parity,
        "maps": list(found.maps),
        "evidence": list(found.evidence),
        **({} if reading is None else _shown(found.identity, reading)),
    }
