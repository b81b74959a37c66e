"""Making a meter: from what a configuration says to the driver, on the bus of its port.

``map`` is the name of a shipped map (``names()``), or the path of a map of one's own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ampkeeper.hal.meters.checked import MapError
from ampkeeper.hal.meters.iskra import IskraMeter
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.meters.registers import RegisterMap
from ampkeeper.hal.ports import Clock, ModbusBus

FOLDER = Path(__file__).parent
SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """What was connected, and where; ``port`` as ``BusBook.bus`` takes it."""

    map: str = "sdm630"
    port: str = "/dev/ttyUSB0"
    unit: int = 1
    baud: int = 9_600
    parity: str = "N"
    stop_bits: int = 1


class Buses(Protocol):
    """Who has one bus for each port."""

    def bus(self, port: str, baud: int, parity: str, stop_bits: int) -> ModbusBus:
        """Return the bus; raise ValueError for other line settings than it has already."""


def make_meter(settings: MeterSettings, buses: Buses, clock: Clock) -> ModbusMeter:
    """Return the meter, not open yet; raise MapError, or ValueError for a port used otherwise."""
    registers = load_map(map_path(settings.map))
    bus = buses.bus(settings.port, settings.baud, settings.parity, settings.stop_bits)
    make = IskraMeter if registers.signing else ModbusMeter
    return make(bus, settings.unit, registers, clock, others())


def names() -> tuple[str, ...]:
    """The maps that are shipped."""
    return tuple(sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}")))


def others() -> tuple[RegisterMap, ...]:
    """The shipped maps of parts that say what they are; those with a code of their own first."""
    maps = [shipped(name) for name in names()]
    coded = [one for one in maps if one.code is not None and one.code.allowed]
    return (*coded, *(one for one in maps if one.code is None and one.serial is not None))


def shipped(name: str) -> RegisterMap:
    """Return a shipped map."""
    return load_map(FOLDER / f"{name}{SUFFIX}")


def map_path(name: str) -> Path:
    """Return the file of a map by its shipped name or its path; raise MapError."""
    if "/" in name or name.endswith(SUFFIX):
        return Path(name)
    if name not in names():
        raise MapError(f"map is {name!r}: must be the path of a .toml, or {', '.join(names())}")
    return FOLDER / f"{name}{SUFFIX}"
