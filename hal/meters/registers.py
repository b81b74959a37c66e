"""Register map: a Modbus meter as data, read from TOML, and the words on the wire as values.

Decides which blocks to read and what their registers mean; leaves the reading to
``modbus_meter.py``. This is the one place where raw words become engineering units.
Energy is rounded to the nearest whole Wh, so that a register that never falls stays so.
"""

import math
import struct
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ampkeeper.hal.errors import ImplausibleError
from ampkeeper.hal.meters.checked import MapError, Table
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
        span = range(address, address + _words_of(quantity.kind))
        value = self.number(quantity.kind, [words[at] for at in span]) * quantity.factor
        if quantity.tenfold_above is not None and value > quantity.tenfold_above:
            value /= 10
        if not (math.isfinite(value) and quantity.low <= value <= quantity.high):
            raise ImplausibleError(
                f"{self.model}: {quantity.name} at {address:#06x} is {value},"
                f" possible is {quantity.low} to {quantity.high}"
            )
        return value


def load_map(path: Path) -> RegisterMap:
    """Read a map from its file; raise MapError."""
    try:
        return parse_map(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise MapError(f"{path}: {error.strerror}") from None


def parse_map(text: str, name: str) -> RegisterMap:
    """Check and return the map written in ``text``; ``name`` is for messages."""
    try:
        table = Table(name, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MapError(f"{name}: {error}") from None
    function = table.whole("function", HOLDING, INPUT)
    count_max = table.whole("count_max", 1, COUNT_MAX)
    word_order = table.text("word_order")
    if word_order not in ("big", "little"):
        raise MapError(f"{name}: word_order is {word_order!r}, allowed are 'big' and 'little'")
    serial, serial_kind = _identity(table.table("serial")) if table.has("serial") else (None, "u32")
    code, codes, others = _code(table.table("code")) if table.has("code") else (None, (), {})
    blocks = tuple(_block(row, function, count_max) for row in table.tables("blocks"))
    quantities = tuple(_quantity(row, blocks) for row in table.table("quantities").children())
    result = RegisterMap(
        vendor=table.text("vendor"),
        model=table.text("model"),
        is_high_first=word_order == "big",
        serial=serial,
        serial_kind=serial_kind,
        code=code,
        codes=codes,
        other_codes=others,
        blocks=blocks,
        quantities=quantities,
    )
    table.end()
    _check_whole(name, result)
    return result


def _check_whole(name: str, result: RegisterMap) -> None:
    """Check what holds between the parts of a map."""
    if "energy_wh" not in [quantity.name for quantity in result.quantities]:
        raise MapError(f"{name}: quantities.energy_wh is missing; nothing could be billed")
    shapes: dict[tuple[int, int], Block] = {}
    reads = [block for block in (result.serial, result.code, *result.blocks) if block is not None]
    for block in reads:
        known = shapes.setdefault((block.function, block.count), block)
        if known is not block:
            raise MapError(
                f"{name}: {block.count} registers are read at {known.address:#06x} and at"
                f" {block.address:#06x}; numbers must differ to tell the answers apart"
            )


def _block(row: Table, function: int, count_max: int) -> Block:
    count = row.whole("count", 1, count_max)
    address = row.whole("address", 0, 65536 - count)
    row.end()
    return Block(function, address, count)


def _identity(row: Table) -> tuple[Block, str]:
    """Return where the serial number stands, and its type."""
    block, kind = _place(row)
    row.end()
    return block, kind


def _code(row: Table) -> tuple[Block, tuple[int, ...], dict[int, str]]:
    """Return where the part's code stands, which are right, and whose the others are."""
    block, _ = _place(row)
    allowed = row.wholes("allowed", 0, 0xFFFF)
    others = row.names("others") if row.has("others") else {}
    row.end()
    return block, allowed, others


def _place(row: Table) -> tuple[Block, str]:
    kind = _kind(row)
    address = row.whole("address", 0, 65536 - _words_of(kind))
    return Block(row.whole("function", HOLDING, INPUT), address, _words_of(kind)), kind


def _quantity(row: Table, blocks: Sequence[Block]) -> Quantity:
    name = row.key
    if name not in QUANTITIES:
        raise MapError(f"{row.where}: no such quantity; allowed are {', '.join(QUANTITIES)}")
    kind = _kind(row)
    addresses = row.wholes("addresses", 0, 65536 - _words_of(kind))
    if len(addresses) > (3 if name in PER_PHASE else 1):
        raise MapError(f"{row.where}: {len(addresses)} addresses are too many")
    for address in addresses:
        if not any(_holds(block, address, _words_of(kind)) for block in blocks):
            raise MapError(f"{row.where}: address {address:#06x} is in no block")
    tenfold_above = row.number("tenfold_above") if row.has("tenfold_above") else None
    factor = row.number("factor") if row.has("factor") else 1.0
    low, high = row.number("min"), row.number("max")
    if low >= high:
        raise MapError(f"{row.where}: min {low} is not below max {high}")
    row.end()
    return Quantity(name, addresses, kind, factor, low, high, tenfold_above)


def _holds(block: Block, address: int, count: int) -> bool:
    return block.address <= address and address + count <= block.address + block.count


def _kind(row: Table) -> str:
    kind = row.text("type")
    if kind not in TYPES:
        raise MapError(f"{row.where}: type is {kind!r}, allowed are {', '.join(TYPES)}")
    return kind


def _words_of(kind: str) -> int:
    return struct.calcsize(TYPES[kind]) // 2
