"""Registers: the read model as Modbus shows it, as two tables; the reference page is made of them.

Addresses count from 0. The station's block begins at 0, that of EVSE n at 100 n. Numbers are
big-endian, of two registers the higher comes first. What nobody can tell is the type's value for
that, never 0. No card and no name of a person is in it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.faces.api import Evse, State

MAP_VERSION = 1  # counts when the meaning of a register changes; more may come behind
BLOCK = 100  # registers from one EVSE's block to the next
U16, I16, U32, I32, TEXT = "u16", "i16", "u32", "i32", "text"
WIDTHS = {U16: 1, I16: 1, U32: 2, I32: 2}
UNKNOWN = {U16: 0xFFFF, I16: 0x8000, U32: 0xFFFF_FFFF, I32: 0x8000_0000}
BOUNDS = {  # what can be told; beyond it is the unknown
    U16: (0, 0xFFFE),
    I16: (-0x7FFF, 0x7FFF),
    U32: (0, 0xFFFF_FFFE),
    I32: (-0x7FFF_FFFF, 0x7FFF_FFFF),
}
REGISTER_BITS = 16
LIMIT = "limit"
LIMIT_STEPS_PER_A = 10
OWNER, BOARD = "owner", "board"  # sources of the ledger of limits

LINKS = ("none", "off", "waiting", "connecting", "connected")
MODES = ("off", "now", "surplus", "min+surplus", "schedule", "price")
STATUSES = (
    "Unavailable", "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE",
    "Finishing", "Reserved", "Faulted",
)  # fmt: skip
CONTACTORS = ("open", "closed")
LOCKS = ("unlocked", "locked", "none")
SEVERITIES = ("none", "low", "medium", "high")
NO_YES = ("no", "yes")

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Register:
    """One value. ``count``: registers of a text; ``choices``: what its numbers mean, from 0 on."""

    name: str
    kind: str
    unit: str
    help: str
    read: Callable[[Any], Value]
    per_unit: float = 1.0
    count: int = 0
    choices: tuple[str, ...] = ()
    is_writable: bool = False

    @property
    def width(self) -> int:
        """How many registers it takes."""
        return self.count or WIDTHS[self.kind]


def _phase(field: str, number: int) -> Callable[[Evse], Value]:
    def read(evse: Evse) -> Value:
        return getattr(evse.phases[number], field) if number < len(evse.phases) else None

    return read


def _of(source: str, evse: Evse) -> float | None:
    told = [one.current_a for one in evse.limits if one.source == source]
    return min((each for each in told if each is not None), default=None)


def owner_a(evse: Evse) -> float | None:
    """The least that the owner allows, A per phase; None: he does not limit."""
    return _of(OWNER, evse)


def _worst(evse: Evse) -> Value:
    return max((fault.severity for fault in evse.faults), key=SEVERITIES.index, default="none")


def _session(field: str) -> Callable[[Evse], Value]:
    return lambda evse: getattr(evse.session, field) if evse.session is not None else None


def _mains(field: str) -> Callable[[State], Value]:
    return lambda state: getattr(state.mains, field) if state.mains is not None else None


# fmt: off
STATION: tuple[Register, ...] = (
    Register("map", U16, "", "Version of this map.", lambda state: MAP_VERSION),
    Register("evses", U16, "", "How many EVSEs there are.", lambda state: len(state.evses)),
    Register("link", U16, "", "The way to the central system.",
             lambda state: state.link.state, choices=LINKS),
    Register("mode", U16, "", "When to charge.", lambda state: state.mode, choices=MODES),
    Register("mains_power", I32, "W", "Power from the grid; export is negative.",
             _mains("power_w")),
    Register("surplus", I32, "W", "What is left of the sun.", _mains("surplus_w")),
    Register("vendor", TEXT, "", "Who made it.", lambda state: state.vendor, count=10),
    Register("model", TEXT, "", "What it is.", lambda state: state.model, count=10),
    Register("serial", TEXT, "", "Which one it is.", lambda state: state.serial, count=13),
    Register("firmware", TEXT, "", "Its software.", lambda state: state.firmware, count=25),
)
EVSE: tuple[Register, ...] = (
    Register("status", U16, "", "What it does, as OCPP 1.6 calls it.",
             lambda evse: evse.status, choices=STATUSES),
    Register("plugged", U16, "", "A car is plugged in.", lambda evse: evse.is_plugged,
             choices=NO_YES),
    Register("contactor", U16, "", "The contactor.", lambda evse: evse.contactor,
             choices=CONTACTORS),
    Register("lock", U16, "", "The lock of the socket.", lambda evse: evse.lock, choices=LOCKS),
    Register("power", I32, "W", "Active power to the car.", lambda evse: evse.power_w),
    Register("energy", U32, "Wh", "The meter's register.", lambda evse: evse.energy_wh),
    Register("current_l1", I16, "A", "Current, L1.", _phase("current_a", 0), 100),
    Register("current_l2", I16, "A", "Current, L2.", _phase("current_a", 1), 100),
    Register("current_l3", I16, "A", "Current, L3.", _phase("current_a", 2), 100),
    Register("voltage_l1", U16, "V", "Voltage, L1 to neutral.", _phase("voltage_v", 0), 10),
    Register("voltage_l2", U16, "V", "Voltage, L2 to neutral.", _phase("voltage_v", 1), 10),
    Register("voltage_l3", U16, "V", "Voltage, L3 to neutral.", _phase("voltage_v", 2), 10),
    Register("power_l1", I32, "W", "Active power, L1.", _phase("power_w", 0)),
    Register("power_l2", I32, "W", "Active power, L2.", _phase("power_w", 1)),
    Register("power_l3", I32, "W", "Active power, L3.", _phase("power_w", 2)),
    Register("allowed", U16, "A", "The most per phase that may flow now.",
             lambda evse: evse.limit_a, LIMIT_STEPS_PER_A),
    Register("rated", U16, "A", "The most per phase that may ever flow.",
             lambda evse: _of(BOARD, evse), LIMIT_STEPS_PER_A),
    Register("phases", U16, "", "Phases that are wired.", lambda evse: len(evse.phases)),
    Register("session_energy", U32, "Wh", "Energy of the session that runs; unknown: none runs.",
             _session("energy_wh")),
    Register("session_time", U32, "s", "How long it lasts; unknown: none has begun.",
             _session("duration_s")),
    Register("faults", U16, "", "How many faults are there.", lambda evse: len(evse.faults)),
    Register("severity", U16, "", "The worst of them.", _worst, choices=SEVERITIES),
    Register(LIMIT, U16, "A", "The most per phase that the owner allows; unknown: he does not "
             "limit.", owner_a, LIMIT_STEPS_PER_A, is_writable=True),
)
# fmt: on


def addresses(block: Sequence[Register]) -> list[tuple[int, Register]]:
    """Each with its address in its block; there are no gaps."""
    found, address = [], 0
    for each in block:
        found.append((address, each))
        address += each.width
    return found


LIMIT_AT = next(address for address, each in addresses(EVSE) if each.name == LIMIT)


def words_of(state: State, address: int, count: int) -> list[int] | None:
    """Registers as they are now; None: not all of them are of one block."""
    number, offset = divmod(address, BLOCK)
    block = _block(state, number)
    if block is None or offset + count > len(block):
        return None
    return block[offset : offset + count]


def _block(state: State, number: int) -> list[int] | None:
    if number == 0:
        return [word for each in STATION for word in encoded(each, each.read(state))]
    evse = next((one for one in state.evses if one.id == number), None)
    if evse is None:
        return None
    return [word for each in EVSE for word in encoded(each, each.read(evse))]


def encoded(register: Register, value: Value) -> list[int]:
    """A value as registers."""
    if register.kind == TEXT:
        data = str(value or "").encode("ascii", "replace")[: 2 * register.count]
        data = data.ljust(2 * register.count, b"\0")
        return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
    whole = _whole(register, value)
    words = range(register.width - 1, -1, -1)
    return [whole >> REGISTER_BITS * word & 0xFFFF for word in words]


def _whole(register: Register, value: Value) -> int:
    """The number that is sent, negative ones as two's complement."""
    unknown = UNKNOWN[register.kind]
    if isinstance(value, str):
        return register.choices.index(value) if value in register.choices else unknown
    if value is None or not math.isfinite(value):
        return unknown
    whole = round(value * register.per_unit)
    low, high = BOUNDS[register.kind]
    is_told = low <= whole <= high
    return whole & ((1 << REGISTER_BITS * register.width) - 1) if is_told else unknown
