"""Register map: a Modbus meter as data, and the words on the wire as values.

Decides which blocks to read and what their registers mean; the map's file is read by
``map_file.py``, the meter by ``modbus_meter.py``. Only here do raw words become engineering units.
Energy is rounded to the nearest whole Wh, so that a register that never falls stays so.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ampkeeper.hal.errors import ImplausibleError
from ampkeeper.hal.ports import MeterReading

HOLDING, INPUT = 3, 4  # Modbus function codes
COUNT_MAX = 125  # Modbus Application Protocol V1.1b3, section 6.3
TYPES = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q", "f32": ">f"}
PER_PHASE = ("voltage_v", "current_a", "power_phase_w")
WHOLE = ("energy_wh", "energy_export_wh")  # integer Wh, rounded to nearest
QUANTITIES = (*PER_PHASE, *WHOLE, "power_w", "frequency_hz", "power_factor")


@dataclass(frozen=True, slots=True)
class Block:
    """One request: ``count`` registers from ``address`` on."""

    function: int
    address: int
    count: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where a value stands and what it means; ``low`` and ``high`` are in the name's unit."""

    name: str
    addresses: tuple[int, ...]
    kind: str
    factor: float
    low: float
    high: float
    tenfold_above: float | None


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """All that tells one Modbus meter from another."""

    vendor: str
    model: str
    is_high_first: bool
    serial: Block | None
    serial_kind: str
    code: Block | None
    codes: tuple[int, ...]
    other_codes: Mapping[int, str]
    blocks: tuple[Block, ...]
    quantities: tuple[Quantity, ...]

    def number(self, kind: str, words: Sequence[int]) -> float:
        """Turn ``words`` into the number they stand for."""
        in_order = words if self.is_high_first else tuple(reversed(words))
        value: float = struct.unpack(TYPES[kind], struct.pack(f">{len(words)}H", *in_order))[0]
        return value

    def reading(self, words: Mapping[int, int], taken_s: float) -> MeterReading:
        """Turn registers by address into a reading; raise ImplausibleError rather than guess."""
        values: dict[str, Any] = {}
        for quantity in self.quantities:
            numbers = tuple(self._value(quantity, at, words) for at in quantity.addresses)
            if quantity.name in PER_PHASE:
                values[quantity.name] = (*numbers, None, None)[:3]
            elif quantity.name in WHOLE:
                values[quantity.name] = round(numbers[0])
            else:
                values[quantity.name] = numbers[0]
        return MeterReading(taken_s=taken_s, **values)

    def _value(self, quantity: Quantity, address: int, words: Mapping[int, int]) -> float:
        """Return one value in the unit of its name."""
        span = range(address, address + words_of(quantity.kind))
        value = self.number(quantity.kind, [words[at] for at in span]) * quantity.factor
        if quantity.tenfold_above is not None and value > quantity.tenfold_above:
            value /= 10
        if not (math.isfinite(value) and quantity.low <= value <= quantity.high):
            raise ImplausibleError(
                f"{self.model}: {quantity.name} at {address:#06x} is {value},"
                f" possible is {quantity.low} to {quantity.high}"
            )
        return value


def words_of(kind: str) -> int:
    """Return how many registers a value of this type takes."""
    return struct.calcsize(TYPES[kind]) // 2
