"""Keys: what a board with a Pi as its host takes in the configuration, below ``[board.TABLE]``.

What is on the circuit board stands in ``board.toml``; these say what was connected to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, cast

from ampkeeper.hal.meters.make import MeterSettings
from ampkeeper.hal.readers.form import BYTE_ORDERS, DIGITS, REVERSED, Form
from ampkeeper.hal.readers.make import KINDS, TAG_TYPES, Options

Scalar: TypeAlias = str | int | float | bool
Values: TypeAlias = Mapping[str, Scalar]

NONE = "none"
BAUDS = (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200)
PARITIES = ("N", "E", "O")
KIND_NAMES = {bool: "true or false", int: "a whole number", str: "a text"}


class Key(NamedTuple):
    """One key: its default, and what is allowed if that is not everything of its type."""

    default: Scalar
    choices: tuple[Scalar, ...] = ()
    low: int | None = None
    high: int | None = None


Keys: TypeAlias = Mapping[str, Key]

UNIT = Key(1, low=1, high=247)  # Modbus over Serial Line V1.02, section 2.2
METER: Keys = {
    "meter.map": Key("sdm630"),
    "meter.port": Key("/dev/ttyUSB0"),
    "meter.unit": UNIT,
    "meter.baud": Key(9_600, BAUDS),
    "meter.parity": Key("N", PARITIES),
    "meter.stop_bits": Key(1, (1, 2)),
}
READER: Keys = {
    "reader.kind": Key(NONE, (NONE, *KINDS)),
    "reader.port": Key("/dev/serial0"),
    "reader.baud": Key(0, (0, *BAUDS)),  # 0: the kind's own
    "reader.digits": Key(DIGITS[0], DIGITS),
    "reader.byte_order": Key(BYTE_ORDERS[0], BYTE_ORDERS),
    "reader.crc": Key(False),
    "reader.beeps": Key(True),
    "reader.types": Key("hf", TAG_TYPES),
}
HOST: Keys = {**METER, **READER}


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What reader was connected, and where."""

    kind: str
    port: str
    options: Options


def check(keys: Keys, name: str, value: Scalar) -> str | None:
    """Return what is wrong with one key of the file, or None."""
    key = keys.get(name)
    if key is None:
        return f"no such key; known: {', '.join(keys)}"
    if type(value) is not type(key.default):
        return f"must be {KIND_NAMES[type(key.default)]}"
    if key.choices and value not in key.choices:
        return f"must be one of {', '.join(str(choice) for choice in key.choices)}"
    if key.low is not None and key.high is not None and not key.low <= cast(int, value) <= key.high:
        return f"must be {key.low} to {key.high}"
    return None


def values_of(keys: Keys, tables: Mapping[str, Mapping[str, Scalar]]) -> dict[str, Scalar]:
    """Return all keys; those that are not given have their defaults."""
    given = {f"{table}.{key}": value for table, row in tables.items() for key, value in row.items()}
    return {name: given.get(name, key.default) for name, key in keys.items()}


def meter_of(values: Values) -> MeterSettings:
    """What the keys say about the meter."""
    return MeterSettings(
        map=str(values["meter.map"]),
        port=str(values["meter.port"]),
        unit=int(values["meter.unit"]),
        baud=int(values["meter.baud"]),
        parity=str(values["meter.parity"]),
        stop_bits=int(values["meter.stop_bits"]),
    )


def reader_of(values: Values) -> ReaderSettings:
    """What the keys say about the reader."""
    is_reversed = values["reader.byte_order"] == REVERSED
    options = Options(
        baud=int(values["reader.baud"]),
        form=Form(str(values["reader.digits"]), is_reversed),
        has_crc=bool(values["reader.crc"]),
        beeps=bool(values["reader.beeps"]),
        types=str(values["reader.types"]),
    )
    return ReaderSettings(str(values["reader.kind"]), str(values["reader.port"]), options)
