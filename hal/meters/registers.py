"""Register map: a Modbus meter as data, and the words on the wire as one reading.

Decides which blocks to read and what their registers mean; the map's file is read by
``map_file.py``, the meter by ``modbus_meter.py``. Only here do raw words become engineering units.
Energy is rounded to the nearest whole Wh, so that a register that never falls stays so.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ampkeeper.hal.errors import ImplausibleError
from ampkeeper.hal.meters import words as types
from ampkeeper.hal.ports import MeterReading

HOLDING, INPUT = 3, 4  # Modbus function codes
COUNT_MAX = 125  # Modbus Application Protocol V1.1b3, section 6.3
TEXT = "text"  # type of an identity register only
PER_PHASE = ("voltage_v", "current_a", "power_phase_w")
WHOLE = ("energy_wh", "energy_export_wh")  # integer Wh, rounded to nearest
DIGITS = 15  # that a float always holds: 2301 times 0.1 is 230.1, not 230.10000000000002
SEQUENCE = "phase_sequence"  # below zero: the voltages rotate backwards
QUANTITIES = (*PER_PHASE, *WHOLE, "power_w", "frequency_hz", "power_factor", SEQUENCE)


@dataclass(frozen=True, slots=True)
class Block:
    """One request: ``count`` registers from ``address`` on."""

    function: int
    address: int
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an identity stands, and its type."""

    block: Block
    kind: str


@dataclass(frozen=True, slots=True)
class Code:
    """What a part says it is. ``allowed`` empty: anything that is not another part's."""

    place: Place
    allowed: tuple[int | str, ...]
    others: Mapping[int | str, str]
    is_optional: bool  # parts that do not have it are accepted


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where a value stands and what it means; ``low`` and ``high`` are in the name's unit.

    ``exponent`` is the address of a register (i16) that holds a power of ten.
    """

    name: str
    addresses: tuple[int, ...]
    kind: str
    factor: float
    low: float
    high: float
    tenfold_above: float | None = None
    exponent: int | None = None
    is_quadrant: bool = False


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """All that tells one Modbus meter from another."""

    vendor: str
    model: str
    is_high_first: bool
    has_not_available: bool
    serial: Place | None
    code: Code | None
    blocks: tuple[Block, ...]
    quantities: tuple[Quantity, ...]
    signing: str = ""

    def reads(self) -> tuple[Block, ...]:
        """Every request that this map needs."""
        serial = () if self.serial is None else (self.serial.block,)
        code = () if self.code is None else (self.code.place.block,)
        return (*serial, *code, *self.blocks)

    def number(self, kind: str, words: Sequence[int]) -> float:
        """Turn ``words`` into the number they stand for."""
        return types.number(kind, words, self.is_high_first)

    def identity(self, place: Place, words: Sequence[int]) -> int | str:
        """Return a serial number or code."""
        return types.text(words) if place.kind == TEXT else int(self.number(place.kind, words))

    def reading(self, words: Mapping[int, int], taken_s: float) -> MeterReading:
        """Turn registers by address into a reading; raise ImplausibleError rather than guess."""
        values: dict[str, Any] = {}
        for quantity in self.quantities:
            numbers = tuple(self._value(quantity, at, words) for at in quantity.addresses)
            if quantity.name in PER_PHASE:
                values[quantity.name] = (*numbers, None, None)[:3]
            elif quantity.name in WHOLE:
                values[quantity.name] = None if numbers[0] is None else round(numbers[0])
            elif quantity.name == SEQUENCE:
                values["is_rotation_right"] = None if numbers[0] is None else numbers[0] >= 0
            else:
                values[quantity.name] = numbers[0]
        if values["energy_wh"] is None:
            raise ImplausibleError(f"{self.model}: energy_wh is marked as not available")
        return MeterReading(taken_s=taken_s, **values)

    def _value(self, quantity: Quantity, address: int, words: Mapping[int, int]) -> float | None:
        """Return one value in the unit of its name; None where the part says it has none."""
        raw = [words[at] for at in range(address, address + types.words_of(quantity.kind))]
        if self.has_not_available and not types.is_available(
            quantity.kind, raw, self.is_high_first
        ):
            return None
        value = self.number(quantity.kind, raw)
        if quantity.kind == "f32" and quantity.name not in WHOLE:
            value = types.shortest(value)
        value *= quantity.factor
        if quantity.exponent is not None:
            value = _times_ten_to(value, types.number("i16", [words[quantity.exponent]]))
        if quantity.is_quadrant:
            value = _from_quadrant(value)
        if quantity.tenfold_above is not None and value > quantity.tenfold_above:
            value /= 10
        if not (math.isfinite(value) and quantity.low <= value <= quantity.high):
            raise ImplausibleError(
                f"{self.model}: {quantity.name} at {address:#06x} is {value},"
                f" possible is {quantity.low} to {quantity.high}"
            )
        return value if quantity.name in WHOLE else float(f"{value:.{DIGITS}g}")


def _times_ten_to(value: float, exponent: float) -> float:
    """Scale without the error of a negative power; what is no exponent gives no number."""
    if not -12 <= exponent <= 12:
        return math.nan
    power: int = 10 ** int(abs(exponent))
    return value * power if exponent >= 0 else value / power


def _from_quadrant(value: float) -> float:
    """Undo Schneider's coding: beyond 1 and -1 the factor is capacitive, counted from 2 and -2."""
    if value > 1:
        return 2 - value
    return -2 - value if value < -1 else value
