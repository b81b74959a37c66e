"""Reference: the page of all keys of a register map, and of the shipped maps; ``MAPS.md``.

``python -m ampkeeper.hal.meters.reference`` prints it; a test compares the page with what the
reader takes and with the maps.
"""

import sys
from collections.abc import Iterator

from ampkeeper.hal.meters.make import names, shipped
from ampkeeper.hal.meters.map_file import BLOCKS_MAX, MAP_BYTES_MAX, SIGNINGS, TEXT_WORDS_MAX
from ampkeeper.hal.meters.registers import COUNT_MAX, PER_PHASE, QUANTITIES, RegisterMap
from ampkeeper.hal.meters.words import TYPES

ADDRESS = "0 to 65535, as on the wire"
FUNCTION = "3 (holding) or 4 (input)"
# fmt: off
KEYS: tuple[tuple[str, str, str], ...] = (
    # key, what may stand there, what it means; a key in brackets may be left out
    ("vendor", "text", "who makes the part"),
    ("model", "text", "what it is called"),
    ("function", FUNCTION, "function code by which all blocks are read"),
    ("count_max", f"1 to {COUNT_MAX}", "registers that the part gives in one answer"),
    ("word_order", '"big" or "little"', "high or low word first; bytes are always high first"),
    ("[not_available]", "true or false (default)",
     "all ones (unsigned), 7FFF... (signed) and NaN mean: not measured"),
    ("[signing]", " or ".join(f'"{name}"' for name in SIGNINGS),
     "how it signs the first and the last value of a transaction"),
    ("[serial].function", FUNCTION, "where the serial number stands"),
    ("[serial].address", ADDRESS, ""),
    ("[serial].type", "an integer type below, or text", ""),
    ("[serial].count", f"1 to {TEXT_WORDS_MAX}", "registers of a text; for no other type"),
    ("[code].function", FUNCTION, "where the part says what it is"),
    ("[code].address", ADDRESS, ""),
    ("[code].type", "an integer type below, or text", ""),
    ("[code].count", f"1 to {TEXT_WORDS_MAX}", "registers of a text; for no other type"),
    ("[code].[allowed]", "list of integers, or of texts",
     "codes of this part; none: all but others"),
    ("[code].[others]", "table of code = name", "codes of parts that would be mistaken for it"),
    ("[code].[optional]", "true or false (default)", "a part without this register is accepted"),
    ("blocks.address", ADDRESS, f"one request each, 1 to {BLOCKS_MAX}; they do not overlap"),
    ("blocks.count", "1 to count_max", "registers; no two blocks have the same number of them"),
    ("quantities.NAME.addresses", f"list of {ADDRESS}", "one, or L1 to L3; each within one block"),
    ("quantities.NAME.type", "as below", ""),
    ("quantities.NAME.[factor]", "number, default 1", "from the register to the unit of the name"),
    ("quantities.NAME.[exponent]", ADDRESS, "register (i16) with a power of ten"),
    ("quantities.NAME.[tenfold_above]", "number", "what is above is divided by ten"),
    ("quantities.NAME.[four_quadrant]", "true or false (default)",
     "beyond 1 and -1 a power factor is capacitive, counted from 2 and -2"),
    ("quantities.NAME.min", "number", "less cannot be: the reading is refused"),
    ("quantities.NAME.max", "number", "more cannot be"),
)
MEANINGS = {
    "u16": "16 bits without sign", "i16": "with sign",
    "u32": "two registers without sign", "i32": "with sign",
    "u64": "four registers without sign", "i64": "with sign",
    "f32": "IEEE 754, two registers", "f64": "four registers",
    "t5": "Iskra: exponent of ten and 24 bits without sign", "t6": "with sign",
    "t7": "Iskra: sign and ten-thousandths of a power factor",
}
# fmt: on
HEAD = """\
# Register maps

A meter is a TOML file: one of the shipped ones by its name, or your own by its path.

```toml
[board.meter]
map = "sdm630"            # or "/etc/ampkeeper/my-meter.toml"
port = "/dev/ttyUSB0"     # or "tcp://192.168.1.20:502", or "rtu+tcp://..." for a serial server
unit = 1
baud = 9600
parity = "N"
```

`ampkeeper meter detect --port PORT` finds out which; `ampkeeper meter read` tries one.
"""


def page() -> str:
    """The page."""
    lines = [HEAD, "## Shipped maps", "", *_maps()]
    lines += [
        "",
        "## Keys",
        "",
        "Keys in brackets may be left out. Unknown keys are refused, and so",
    ]
    lines[-1] += f" is a file of more than {MAP_BYTES_MAX} bytes."
    lines += ["", "| key | allowed | meaning |", "|---|---|---|"]
    lines += [f"| `{key}` | {allowed} | {meaning} |" for key, allowed, meaning in KEYS]
    lines += ["", "## Quantities", "", f"`{'`, `'.join(QUANTITIES)}`."]
    lines += [f"Of each phase: `{'`, `'.join(PER_PHASE)}`. `energy_wh` has to be there."]
    lines += ["", "## Types", "", "| type | what |", "|---|---|"]
    lines += [f"| `{kind}` | {MEANINGS[kind]} |" for kind in TYPES]
    lines += ["", *RULES]
    return "\n".join(lines) + "\n"


def _maps() -> Iterator[str]:
    yield "| map | part | requests per reading | registers | it says who it is by |"
    yield "|---|---|---|---|---|"
    for name in names():
        one = shipped(name)
        count = sum(block.count for block in one.blocks)
        part = f"{one.vendor} {one.model}"
        yield f"| `{name}` | {part} | {len(one.blocks)} | {count} | {_identity(one)} |"


def _identity(one: RegisterMap) -> str:
    found = [] if one.code is None else ["code"]
    found += [] if one.serial is None else ["serial number"]
    return " and ".join(found) or "its values only"


RULES = (
    "## What is refused",
    "",
    "- Values that share a register, within a quantity or between two"
    " (but power and power of L1 of a meter with one phase); an exponent that is part of a value.",
    "- A value that a block cuts, or that is in no block; blocks that overlap; a block without a"
    " value.",
    "- An odd number of registers where every value in it is of pairs.",
    "- Two requests of one function for the same number of registers: an answer says how many it"
    " has, and not whose they are.",
    "- A type, a quantity or a key that there is not; a number out of its range.",
)

if __name__ == "__main__":
    sys.stdout.write(page())
