"""Keys that this board takes in the configuration, below ``[board.ring]``, ``.meter``, ``.reader``.

What is on the circuit board stands in ``board.toml``; these say what was connected to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | float | bool

NONE = "none"
PN532, TEXT = "pn532", "text"
DEFAULTS: Mapping[str, Scalar] = {
    "ring.starts": True,
    "ring.socket": "",
    "ring.watchdog": "",
    "meter.port": "/dev/ttyUSB0",
    "meter.map": "sdm630",
    "meter.unit": 1,
    "meter.baud": 9_600,
    "meter.parity": "N",
    "reader.kind": NONE,
    "reader.port": "/dev/serial0",
}
CHOICES: Mapping[str, tuple[Scalar, ...]] = {
    "meter.baud": (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200),
    "meter.parity": ("N", "E", "O"),
    "reader.kind": (NONE, PN532, TEXT),
}
RANGES: Mapping[str, tuple[int, int]] = {"meter.unit": (1, 247)}  # Modbus serial line, 2.2


@dataclass(frozen=True, slots=True)
class Keys:
    """What was connected. ``ring_socket`` empty: in the state folder."""

    ring_starts: bool  # the station starts ring 1; False: systemd does
    ring_socket: str
    ring_watchdog: str  # the kernel's, fed by the ring 1 that the station starts; empty: none
    meter_port: str
    meter_map: str
    meter_unit: int
    meter_baud: int
    meter_parity: str
    reader_kind: str
    reader_port: str


def check(name: str, value: Scalar) -> str | None:
    """Return what is wrong with one key of the file, or None."""
    if name not in DEFAULTS:
        return f"no such key; known: {', '.join(DEFAULTS)}"
    kind = type(DEFAULTS[name])
    if type(value) is not kind:
        return f"must be {KIND_NAMES[kind]}"
    if name in CHOICES and value not in CHOICES[name]:
        return f"must be one of {', '.join(str(choice) for choice in CHOICES[name])}"
    if name in RANGES:
        low, high = RANGES[name]
        return None if low <= int(value) <= high else f"must be {low} to {high}"
    return None


def read_keys(tables: Mapping[str, Mapping[str, Scalar]]) -> Keys:
    """Return all keys; those that are not given have their defaults."""
    given = {f"{table}.{key}": value for table, row in tables.items() for key, value in row.items()}
    values: dict[str, Any] = {
        name.replace(".", "_"): given.get(name, value) for name, value in DEFAULTS.items()
    }
    return Keys(**values)


KIND_NAMES = {bool: "true or false", int: "a whole number", str: "a text"}
