"""Map file: a Modbus meter's register map, read from TOML and checked from end to end.

What is wrong is said with file, key, value and what is allowed; a map that loads can be used.
``KEYS`` is what the page of all keys is made from (``reference.py``).
"""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ampkeeper.hal.meters.checked import MapError, Table
from ampkeeper.hal.meters.map_checks import check_blocks, check_quantities, check_shapes, holder
from ampkeeper.hal.meters.registers import (
    COUNT_MAX,
    HOLDING,
    INPUT,
    PER_PHASE,
    QUANTITIES,
    TEXT,
    Block,
    Code,
    Place,
    Quantity,
    RegisterMap,
)
from ampkeeper.hal.meters.words import TYPES, words_of

MAP_BYTES_MAX = 65_536
BLOCKS_MAX = 16
MAPS_KEPT = 8  # more kinds of meters than a station has
TEXT_WORDS_MAX = 32
WORD_ORDERS = ("big", "little")
SIGNINGS = ("iskra",)
IDENTITIES = (*(kind for kind in TYPES if kind[0] in "ui"), TEXT)  # no float: NaN is no name


def load_map(path: Path) -> RegisterMap:
    """Read a map from its file; raise MapError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAP_BYTES_MAX + 1)
    except OSError as error:
        raise MapError(f"{path}: {error.strerror}") from None
    if len(data) > MAP_BYTES_MAX:
        raise MapError(f"{path}: too long, allowed are {MAP_BYTES_MAX} bytes")
    try:
        return parse_map(data.decode("utf-8"), str(path))
    except UnicodeDecodeError:
        raise MapError(f"{path}: is not UTF-8 text") from None


@lru_cache(MAPS_KEPT)
def parse_map(text: str, name: str) -> RegisterMap:
    """Check and return the map written in ``text``; ``name`` is for messages.

    The same of the same text, however often it is asked for.
    """
    try:
        table = Table(name, "", tomllib.loads(text))
    except ValueError as error:  # no TOML, or a number of thousands of digits
        raise MapError(f"{name}: {error}") from None
    except RecursionError:
        raise MapError(f"{name}: lists or tables within each other without end") from None
    function = table.whole("function", HOLDING, INPUT)
    count_max = table.whole("count_max", 1, COUNT_MAX)
    word_order = table.one_of("word_order", WORD_ORDERS)
    serial = _identity(table.table("serial")) if table.has("serial") else None
    code = _code(table.table("code")) if table.has("code") else None
    blocks = tuple(_block(row, function, count_max) for row in table.tables("blocks"))
    if len(blocks) > BLOCKS_MAX:
        raise MapError(f"{name}: {len(blocks)} blocks, allowed are {BLOCKS_MAX}")
    quantities = tuple(_quantity(row, blocks) for row in table.table("quantities").children())
    result = RegisterMap(
        vendor=table.text("vendor"),
        model=table.text("model"),
        is_high_first=word_order == WORD_ORDERS[0],
        has_not_available=table.flag("not_available"),
        serial=serial,
        code=code,
        blocks=blocks,
        quantities=quantities,
        signing=table.one_of("signing", SIGNINGS) if table.has("signing") else "",
    )
    table.end()
    check_quantities(name, quantities)
    check_blocks(name, blocks, quantities)
    check_shapes(name, result)
    return result


def _block(row: Table, function: int, count_max: int) -> Block:
    count = row.whole("count", 1, count_max)
    address = row.whole("address", 0, 65536 - count)
    row.end()
    return Block(function, address, count)


def _identity(row: Table) -> Place:
    """Return where the serial number stands, and its type."""
    place = _place(row)
    row.end()
    return place


def _code(row: Table) -> Code:
    """Return where the part's code stands, which are right, and whose the others are."""
    place = _place(row)
    is_text = place.kind == TEXT
    allowed: tuple[int | str, ...] = ()
    if row.has("allowed"):
        allowed = row.texts("allowed") if is_text else row.wholes("allowed", 0, 0xFFFF_FFFF)
    others: dict[int | str, str] = {}
    if not is_text and row.has("others"):
        names = row.names("others")
        others = {code: names[code] for code in names}
    is_optional = row.flag("optional")
    row.end()
    if not allowed and not others:
        raise MapError(f"{row.where}: allowed is missing, and so is others; one must be there")
    for code in others:
        if code in allowed:
            raise MapError(f"{row.where}: {code:#06x} is allowed, and another part's too")
    return Code(place, allowed, others, is_optional)


def _place(row: Table) -> Place:
    kind = row.one_of("type", IDENTITIES)
    count = row.whole("count", 1, TEXT_WORDS_MAX) if kind == TEXT else words_of(kind)
    address = row.whole("address", 0, 65536 - count)
    return Place(Block(row.whole("function", HOLDING, INPUT), address, count), kind)


def _quantity(row: Table, blocks: Sequence[Block]) -> Quantity:
    name = row.key
    if name not in QUANTITIES:
        raise MapError(f"{row.where}: no such quantity; allowed are {', '.join(QUANTITIES)}")
    kind = row.one_of("type", TYPES)
    addresses = row.wholes("addresses", 0, 65536 - words_of(kind))
    if len(addresses) > (most := 3 if name in PER_PHASE else 1):
        raise MapError(f"{row.where}: {len(addresses)} addresses, allowed are {most}")
    for address in addresses:
        holder(row.where, blocks, address, words_of(kind))
    tenfold_above = row.number("tenfold_above") if row.has("tenfold_above") else None
    factor = row.number("factor") if row.has("factor") else 1.0
    exponent = row.whole("exponent", 0, 65535) if row.has("exponent") else None
    if exponent is not None:
        holder(f"{row.where}: exponent", blocks, exponent, 1)
    is_quadrant = row.flag("four_quadrant")
    low, high = row.number("min"), row.number("max")
    if low >= high:
        raise MapError(f"{row.where}: min {low} is not below max {high}")
    if factor == 0:
        raise MapError(f"{row.where}: factor is 0, and so would be every value")
    row.end()
    return Quantity(name, addresses, kind, factor, low, high, tenfold_above, exponent, is_quadrant)
