"""Detection: which meter hangs on a line, at which unit and with which line settings, and why so.

Asks each unit one short question per line setting; whatever answers, with values or with an
exception, is there. Then each shipped map is tried on it: one is a candidate if the part's code
and every value are possible. The evidence is counted, and candidates with less of it are left out.
It cannot tell meters with the same registers and no code apart, and says so by naming them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ampkeeper.hal.errors import HalError, TransientError, WrongDeviceError
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.meters.registers import INPUT, RegisterMap
from ampkeeper.hal.ports import Clock, MeterIdentity, MeterReading, ModbusBus

UNITS = (1, 2, 33, 105, 106, 201)  # makers' settings, and those of openWB's units
UNIT_MAX = 247
PROBE = (INPUT, 0, 2)  # function, address, registers: every meter answers somehow
MAINS_V = (200.0, 260.0)  # openWB takes a meter for found above 200 V
MAINS_HZ = (49.0, 51.0)
SUM_W = 5.0  # phases may differ from the total by this much, and two percent
CODE_POINTS, VALUE_POINTS, SERIAL_POINTS = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Line:
    """Settings of a serial line; a host has none that count."""

    baud: int
    parity: str

    def __str__(self) -> str:
        return f"{self.baud} 8{self.parity}1"


LINES = (  # in the order of how common they are
    Line(9_600, "N"),
    Line(19_200, "E"),
    Line(115_200, "N"),
    Line(2_400, "N"),
    Line(9_600, "E"),
    Line(19_200, "N"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that answers. ``maps`` empty: it is there, and no shipped map fits."""

    line: Line
    unit: int
    maps: tuple[str, ...]
    identity: MeterIdentity
    reading: MeterReading | None
    evidence: tuple[str, ...]


class DetectBus(ModbusBus, Protocol):
    """A bus of which a unit can be asked as if it were new."""

    attempts: int

    def forget(self, unit: int) -> None:
        """Let other questions be asked of a unit."""


MakeBus = Callable[[Line], DetectBus]
Progress = Callable[[str], None]


async def detect(
    make_bus: MakeBus,
    lines: Sequence[Line],
    units: Sequence[int],
    maps: Mapping[str, RegisterMap],
    clock: Clock,
    progress: Progress,
) -> tuple[Found, ...]:
    """Return what is on the line; ``progress`` is called once per line and unit.

    Raises AbsentError if the port cannot be opened. The first line settings with which anything
    answers are those of the line: the others are not tried.
    """
    for line in lines:
        bus = make_bus(line)
        await bus.open()
        try:
            there = await _present(bus, line, units, progress)
            if there:
                return tuple([await _identify(bus, line, unit, maps, clock) for unit in there])
        finally:
            bus.close()
    return ()


async def _present(
    bus: DetectBus, line: Line, units: Iterable[int], progress: Progress
) -> list[int]:
    """Return the units that answer."""
    found = []
    bus.attempts = 1
    for unit in units:
        progress(f"{line}, unit {unit}")
        if await _is_there(bus, unit):
            found.append(unit)
    return found


async def _is_there(bus: ModbusBus, unit: int) -> bool:
    try:
        await bus.read_registers(unit, *PROBE)
    except WrongDeviceError:
        return True  # an exception is an answer too
    except TransientError:
        return False
    return True


async def _identify(
    bus: DetectBus, line: Line, unit: int, maps: Mapping[str, RegisterMap], clock: Clock
) -> Found:
    """Try every map on a unit that is there."""
    bus.attempts = 2
    best: Found | None = None
    points_max = 0
    for name, registers in maps.items():
        bus.forget(unit)
        tried = await _try(ModbusMeter(bus, unit, registers, clock))
        if tried is None:
            continue
        identity, reading = tried
        points, evidence = weigh(registers, identity, reading)
        if best is not None and points == points_max:
            best = Found(line, unit, (*best.maps, name), best.identity, best.reading, best.evidence)
        elif points > points_max:
            best, points_max = Found(line, unit, (name,), identity, reading, evidence), points
    return best or Found(line, unit, (), MeterIdentity("", "", ""), None, ("it answers",))


async def _try(meter: ModbusMeter) -> tuple[MeterIdentity, MeterReading] | None:
    """Return identity and a reading if the part can be this one."""
    try:
        identity = await meter.open()
        return identity, await meter.read()
    except HalError:
        return None
    finally:
        meter.close()


def weigh(
    registers: RegisterMap, identity: MeterIdentity, reading: MeterReading
) -> tuple[int, tuple[str, ...]]:
    """Return how much speaks for this part, and what."""
    evidence, points = [], 0
    if registers.code is not None and registers.code.allowed:
        points += CODE_POINTS
        evidence.append("its own code says so")
    if identity.serial.strip("0"):
        points += SERIAL_POINTS
        evidence.append(f"serial number {identity.serial}")
    volts = [value for value in reading.voltage_v if value is not None]
    if volts and MAINS_V[0] < volts[0] < MAINS_V[1]:
        points += VALUE_POINTS
        evidence.append(f"{', '.join(f'{value:.1f}' for value in volts)} V")
    hertz = reading.frequency_hz
    if hertz is not None and MAINS_HZ[0] <= hertz <= MAINS_HZ[1]:
        points += VALUE_POINTS
        evidence.append(f"{hertz:.2f} Hz")
    watts = [value for value in reading.power_phase_w if value is not None]
    if watts and reading.power_w:
        spread_w = abs(sum(watts) - reading.power_w)
        if spread_w <= SUM_W + abs(reading.power_w) / 50:
            points += VALUE_POINTS
            evidence.append(f"{reading.power_w:.0f} W are the sum of the phases")
    return points, tuple(evidence)
