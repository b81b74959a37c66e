"""Meter models: what meters on the market have in which register, typed from their makers' tables.

Nothing here is taken from the driver's maps (``hal/meters/*.toml``): a wrong address in one of
them shows as a wrong value here. Each field is (address, type, source, registers per unit); what
lies between fields within an area is zero, what lies outside is an illegal address.
"""

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ampkeeper.hal.ports import MeterReading

HOLDING, INPUT = 3, 4  # Modbus function codes
Words = tuple[int, ...]
Field = tuple[int, str, str, float]
INTEGERS = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q"}
FAST = {"f32": "f", **INTEGERS}
NAN_WORDS = (0x7FC0, 0)
EXPONENT = 1  # of Iskra's energy counters: tens of Wh


@dataclass(frozen=True)
class MeterModel:
    """One meter; ``code`` and ``text`` are what it says it is, where it says so."""

    name: str
    functions: tuple[int, ...]
    count_max: int
    areas: tuple[tuple[int, int], ...]  # first and last register
    fields: tuple[Field, ...]
    is_low_first: bool = False
    serial: int | None = None  # address of a u32 among the holding registers
    code: int | None = None  # address of the code among the holding registers
    code_value: int = 0
    text: str = ""  # at input register 1; the serial number follows at 9
    rotation: int | None = None  # address of the order of the voltages: -1 for L1, L3, L2
    fixed: Mapping[int, int] = field(default_factory=dict)  # registers that never change


def _eastron(volts_to: int, phases: int) -> tuple[Field, ...]:
    """The input registers that Eastron's meters share: float32, kWh."""
    per_phase = [
        (base + 2 * phase, "f32", f"{source}{phase + 1}", 1)
        for base, source in ((0x00, "v"), (0x06, "i"), (0x0C, "p"), (0x1E, "pf"))
        for phase in range(phases)
    ]
    totals = [(0x46, "f32", "f", 1), (0x48, "f32", "in", 1e-3), (0x4A, "f32", "out", 1e-3)]
    if volts_to > 0x34:
        totals += [(0x34, "f32", "p", 1), (0x3E, "f32", "pf", 1)]
    return (*per_phase, *totals)


def _gavazzi(factor: int, hertz: int, energy: int, export: int) -> tuple[Field, ...]:
    """The input registers that Carlo Gavazzi's meters share: int32, low word first."""
    per_phase = [
        (base + 2 * phase, "i32", f"{source}{phase + 1}", scale)
        for base, source, scale in ((0x00, "v", 10), (0x0C, "i", 1000), (0x12, "p", 10))
        for phase in range(3)
    ]
    return (
        *per_phase,
        (0x28, "i32", "p", 10),
        (factor, "i16", "pf", 1000),
        (hertz, "u16", "f", 10),
        (energy, "i32", "in", 0.01),
        (export, "i32", "out", 0.01),
    )


SDM630 = MeterModel(
    "SDM630", (INPUT,), 80, ((0x00, 0x15F),), _eastron(0x35, 3),
    serial=0xFC00, code=0xFC02, code_value=0x0070,
)  # fmt: skip
SDM120 = MeterModel("SDM120", (INPUT,), 20, ((0x00, 0x5F),), _eastron(0x1E, 1), serial=0xFC00)
SDM72V2 = MeterModel(
    "SDM72D-M V2", (INPUT,), 10, ((0x00, 0x4B),), _eastron(0x35, 3),
    serial=0xFC00, code=0xFC02, code_value=0x0089,
)  # fmt: skip
SDM72V1 = MeterModel(
    "SDM72D-M V1", (INPUT,), 10, ((0x34, 0x35), (0x48, 0x4B)),
    ((0x34, "f32", "p", 1), (0x48, "f32", "in", 1e-3), (0x4A, "f32", "out", 1e-3)),
    serial=0xFC00, code=0xFC02, code_value=0x0084,
)  # fmt: skip
B23 = MeterModel(
    "B23/B24", (HOLDING,), 125, ((0x5000, 0x5007), (0x5460, 0x546B), (0x5B00, 0x5B3D)),
    (
        (0x5B00, "u32", "v1", 10), (0x5B02, "u32", "v2", 10), (0x5B04, "u32", "v3", 10),
        (0x5B0C, "u32", "i1", 100), (0x5B0E, "u32", "i2", 100), (0x5B10, "u32", "i3", 100),
        (0x5B14, "i32", "p", 100),
        (0x5B16, "i32", "p1", 100), (0x5B18, "i32", "p2", 100), (0x5B1A, "i32", "p3", 100),
        (0x5B2C, "u16", "f", 100),
        (0x5B3A, "i16", "pf", 1000),
        (0x5000, "u64", "in", 0.1), (0x5004, "u64", "out", 0.1),
    ),
    serial=0x8900,
)  # fmt: skip
EM24 = MeterModel(
    "EM24-DIN", (HOLDING, INPUT), 11, ((0x00, 0x5D),), _gavazzi(0x35, 0x37, 0x3E, 0x5C),
    is_low_first=True, rotation=0x36,
)  # fmt: skip
EM340 = MeterModel(
    "EM340/ET340", (HOLDING, INPUT), 50, ((0x00, 0x51),), _gavazzi(0x31, 0x33, 0x34, 0x4E),
    is_low_first=True, rotation=0x32,
)  # fmt: skip
EM540 = MeterModel(
    "EM530/EM540", (HOLDING, INPUT), 50, ((0x00, 0x51),), _gavazzi(0x31, 0x33, 0x34, 0x4E),
    is_low_first=True, rotation=0x32,
)  # fmt: skip
IEM3155 = MeterModel(
    "iEM3155/iEM3255", (HOLDING,), 125, ((0x0BB7, 0x0C26), (0x0C83, 0x0C8A), (0x0DBD, 0x0DC8)),
    (
        (0x0BB7, "f32", "i1", 1), (0x0BB9, "f32", "i2", 1), (0x0BBB, "f32", "i3", 1),
        (0x0BD3, "f32", "v1", 1), (0x0BD5, "f32", "v2", 1), (0x0BD7, "f32", "v3", 1),
        (0x0BED, "f32", "p1", 1e-3), (0x0BEF, "f32", "p2", 1e-3), (0x0BF1, "f32", "p3", 1e-3),
        (0x0BF3, "f32", "p", 1e-3),
        (0x0C0B, "f32", "pf", 1),
        (0x0C25, "f32", "f", 1),
        (0x0C83, "i64", "in", 1), (0x0C87, "i64", "out", 1),
    ),
)  # fmt: skip


def _iskra(name: str) -> MeterModel:
    volts = tuple((107 + 2 * phase, "t5", f"v{phase + 1}", 1.0) for phase in range(3))
    amps = tuple((126 + 2 * phase, "t5", f"i{phase + 1}", 1.0) for phase in range(3))
    watts = tuple((142 + 2 * phase, "t6", f"p{phase + 1}", 1.0) for phase in range(3))
    counters = ((418, "u32", "in", 10**-EXPONENT), (420, "u32", "out", 10**-EXPONENT))
    others: tuple[Field, ...] = ((105, "t5", "f", 1), (140, "t6", "p", 1), (164, "t7", "pf", 1))
    return MeterModel(
        name, (INPUT,), 125, ((1, 12), (105, 171), (400, 437)),
        (*volts, *amps, *watts, *counters, *others),
        text=name, fixed={414: EXPONENT, 415: EXPONENT},
    )  # fmt: skip


MODELS: Mapping[str, MeterModel] = {
    "sdm120": SDM120, "sdm630": SDM630, "sdm72v1": SDM72V1, "sdm72v2": SDM72V2,
    "abb_b23": B23, "em24": EM24, "em340": EM340, "em540": EM540, "iem3155": IEM3155,
    "wm3m4": _iskra("WM3M4"), "wm3m4c": _iskra("WM3M4C"),
}  # fmt: skip


def registers(model: MeterModel, now: MeterReading, hidden: Collection[str] = ()) -> dict[int, int]:
    """All registers that hold something, by address; ``hidden`` sources are not available."""
    placed = dict(model.fixed)
    values = sources(now)
    values.update(dict.fromkeys(hidden))
    for address, kind, source, scale in model.fields:
        words = encoded(kind, values[source], scale)
        placed.update(enumerate(words[::-1] if model.is_low_first else words, address))
    return placed


class FastBlock:
    """A block whose values are plain numbers, high word first: all of it in one go.

    A station reads the same few blocks every second, and a fleet has a thousand stations.
    """

    def __init__(self, model: MeterModel, address: int, count: int) -> None:
        end = address + count
        touched = sorted(
            one for one in model.fields if one[0] < end and address < one[0] + size(one[1])
        )
        self.is_possible = not (model.is_low_first or model.fixed) and all(
            kind in FAST and address <= at and at + size(kind) <= end for at, kind, _, _ in touched
        )
        self._sources: tuple[tuple[str, float, bool], ...] = ()
        if self.is_possible:
            self._lay_out(touched, address, count)

    def _lay_out(self, inside: Sequence[Field], address: int, count: int) -> None:
        layout, at = ">", address
        for first, kind, _, _ in inside:
            layout += f"{2 * (first - at)}x{FAST[kind]}"
            at = first + size(kind)
        layout += f"{2 * (address + count - at)}x"
        self._sources = tuple((source, scale, kind != "f32") for _, kind, source, scale in inside)
        self._bytes, self._words = struct.Struct(layout), struct.Struct(f">{count}H")

    def words(self, now: MeterReading) -> Words:
        """The registers of this moment."""
        values = sources(now)
        numbers = [
            round((values[source] or 0) * scale) if is_whole else (values[source] or 0) * scale
            for source, scale, is_whole in self._sources
        ]
        return self._words.unpack(self._bytes.pack(*numbers))


def size(kind: str) -> int:
    """Registers that a value of this type takes."""
    return struct.calcsize(f">{FAST[kind]}") // 2 if kind in FAST else 2


def unavailable(model: MeterModel) -> dict[int, int]:
    """All registers of a meter out of its wits: each value says that it is none."""
    placed: dict[int, int] = {}
    for address, kind, _, _ in model.fields:
        words = encoded(kind, None, 1)
        placed.update(enumerate(words[::-1] if model.is_low_first else words, address))
    return placed


def sources(now: MeterReading) -> dict[str, float | None]:
    """What the circuit carries, by the names that the fields use."""
    found: dict[str, float | None] = {
        "f": 50.0 if now.frequency_hz is None else now.frequency_hz,
        "pf": 1.0 if now.power_factor is None else now.power_factor,
        "in": now.energy_wh,
        "out": now.energy_export_wh or 0,
    }
    total_w = 0.0
    for phase in range(3):
        power_w = now.power_phase_w[phase] or 0.0
        total_w += power_w
        found[f"v{phase + 1}"] = now.voltage_v[phase] or 0.0
        found[f"i{phase + 1}"] = now.current_a[phase] or 0.0
        found[f"p{phase + 1}"] = power_w
        found[f"pf{phase + 1}"] = found["pf"]
    found["p"] = total_w if now.power_w is None else now.power_w
    return found


def encoded(kind: str, value: float | None, scale: float) -> Words:
    """One value as the meter has it in its registers, high word first; None: not available."""
    if kind in INTEGERS:
        return _integer(kind, value, scale)
    return ENCODERS[kind](None if value is None else value * scale)


def _integer(kind: str, value: float | None, scale: float) -> Words:
    size = struct.calcsize(INTEGERS[kind])
    if value is None:
        number = (1 << 8 * size - (kind[0] == "i")) - 1
    else:
        number = int(value) if scale == 1 else round(value * scale)
    return _words(struct.pack(f">{INTEGERS[kind]}", number))


def _float(value: float | None) -> Words:
    return NAN_WORDS if value is None else _words(struct.pack(">f", value))


def _scaled(value: float | None) -> Words:
    """Iskra's t5 and t6: thousandths; 0xFF everywhere for none."""
    if value is None:
        return (0xFFFF, 0xFFFF)
    exponent = -3 if abs(value) < 8_000 else -1
    mantissa = round(value * 10**-exponent) & 0xFF_FFFF
    return _words(struct.pack(">b", exponent) + mantissa.to_bytes(3, "big"))


def _factor(value: float | None) -> Words:
    """Iskra's t7: FF in the first byte for export."""
    if value is None:
        return (0xFFFF, 0xFFFF)
    return (0xFF00 if value < 0 else 0x0000, round(abs(value) * 10_000))


def _words(data: bytes) -> Words:
    return struct.unpack(f">{len(data) // 2}H", data)


ENCODERS: Mapping[str, Callable[[float | None], Words]] = {
    "f32": _float, "t5": _scaled, "t6": _scaled, "t7": _factor,
}  # fmt: skip
