"""Map file: a Modbus meter's register map, read from TOML and checked from end to end.

What is wrong is said with file, key, value and what is allowed; a map that loads can be used.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from ampkeeper.hal.meters.checked import MapError, Table
from ampkeeper.hal.meters.registers import (
    COUNT_MAX,
    HOLDING,
    INPUT,
    PER_PHASE,
    QUANTITIES,
    TYPES,
    Block,
    Quantity,
    RegisterMap,
    words_of,
)


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
    address = row.whole("address", 0, 65536 - words_of(kind))
    return Block(row.whole("function", HOLDING, INPUT), address, words_of(kind)), kind


def _quantity(row: Table, blocks: Sequence[Block]) -> Quantity:
    name = row.key
    if name not in QUANTITIES:
        raise MapError(f"{row.where}: no such quantity; allowed are {', '.join(QUANTITIES)}")
    kind = _kind(row)
    addresses = row.wholes("addresses", 0, 65536 - words_of(kind))
    if len(addresses) > (3 if name in PER_PHASE else 1):
        raise MapError(f"{row.where}: {len(addresses)} addresses are too many")
    for address in addresses:
        if not any(_holds(block, address, words_of(kind)) for block in blocks):
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
