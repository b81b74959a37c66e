"""The page of all registers, made from the tables.

``python -m ampkeeper.firmware.faces.modbus.reference`` writes it beside this file.
"""

from collections.abc import Sequence
from pathlib import Path

from ampkeeper.firmware.faces.modbus.registers import (
    BLOCK,
    EVSE,
    MAP_VERSION,
    STATION,
    TEXT,
    UNKNOWN,
    Register,
    addresses,
)

PAGE_FILE = "REGISTERS.md"
HEAD = f"""\
# Modbus registers

<!-- Made from firmware/faces/modbus/registers.py: do not edit. -->

Map version {MAP_VERSION}. Addresses count from 0, as they stand in the request.
Holding registers (function 3) and input registers (function 4) show the same, whatever the unit.
A request stays within one block; at most 125 registers.
Big-endian; of two registers the higher comes first. Divide a number by its scale.
`i16` and `i32` are signed, `u16` and `u32` are not; a text is ASCII, filled up with zeros.

What nobody can tell, or does not fit, is never 0:

| type | unknown |
|---|---|
"""
COLUMNS = "| address | name | type | scale | unit | what it is |\n|---|---|---|---|---|---|\n"
WRITING = """\

## Writing

With `modbus.offers = "limit"` the register `limit` can be written, by function 6 or 16, alone.
0 pauses, 60 to 800 is 6 to 80 A per phase, 65535 clears the owner's limit.
It can only take away: whatever else limits goes on to.
With `modbus.limit_s` it ends when it is not written again for that time, or half as long again.
The same value may be written as often as you like.
The books are written when it changes, or has to be renewed.

| exception | why; after all but 6 nothing has changed |
|---|---|
| 1 | no such function, or nothing may be written |
| 2 | not in a block, or not to be written |
| 3 | a value or a length that cannot be; the station refuses it |
| 6 | the books are busy: the limit may count once they are written |
"""


def page() -> str:
    """The page, as Markdown."""
    unknowns = "".join(f"| `{kind}` | {value:#x} |\n" for kind, value in UNKNOWN.items())
    station = f"\n## The station\n\n{COLUMNS}{_rows(STATION, '')}"
    block = f"The block of EVSE n begins at {BLOCK} n: add that.\n\n"
    evse = f"\n## An EVSE\n\n{block}{COLUMNS}{_rows(EVSE, '+')}"
    return HEAD + unknowns + station + evse + WRITING


def _rows(block: Sequence[Register], sign: str) -> str:
    return "".join(_row(f"{sign}{address}", each) for address, each in addresses(block))


def _row(address: str, each: Register) -> str:
    kind = f"{TEXT} of {each.count}" if each.kind == TEXT else each.kind
    scale = f"{each.per_unit:g}" if each.unit else ""
    choices = ", ".join(f"{number} {word}" for number, word in enumerate(each.choices))
    words = " ".join(filter(None, (each.help, f"{choices}." if choices else "")))
    written = " May be written." if each.is_writable else ""
    return f"| {address} | `{each.name}` | {kind} | {scale} | {each.unit} | {words}{written} |\n"


def main() -> None:
    """Write it."""
    (Path(__file__).parent / PAGE_FILE).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
