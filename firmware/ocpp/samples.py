"""From a meter reading to the sampled values that both OCPP versions send.

Which quantities, for which phase, in which unit and with how many decimals is decided here once;
a dialect only spells the result. What the meter cannot tell is left out, never sent as zero.
Registers go out as the meter shows them, never re-based (OCPP 1.6 errata 3.9, 2.0.1 J02.FR.17).
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ampkeeper.firmware.facts import StampedReading
from ampkeeper.hal.ports import SignedValue

ENERGY = "Energy.Active.Import.Register"
PHASES = ("L1", "L2", "L3")
NEUTRAL_PHASES = ("L1-N", "L2-N", "L3-N")

# Decimals that the wire gets; finer digits are noise of binary fractions, not of the meter.
DECIMALS = {"A": 3, "V": 2, "W": 1, "Hz": 3, "Percent": 1, "Celsius": 1, "": 4}

BY_PHASE = ("Current.Import", "Power.Active.Import", "Voltage")
MEASURANDS = (
    ENERGY,
    "Energy.Active.Export.Register",
    "Power.Active.Import",
    "Power.Factor",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "Frequency",
    "SoC",
)
MEASURANDS_ALLOWED = MEASURANDS + tuple(f"{name}.{phase}" for name in BY_PHASE for phase in PHASES)
"""What a list of measurands may name: each, and one phase of those that have phases."""

USED_A_MIN = 0.5  # of a phase that a car charges with; a meter may show less where none flows
ASKED = "Other"  # the context of a sample that a price wants (California pricing whitepaper)
ASKED_MEASURANDS = (ENERGY, "Power.Active.Import")  # with them, whatever else is listed
BEGUN = "Transaction.Begin"  # the context of one that comes after its transaction's begin
PERIODIC_LIST = "SampledDataCtrlr.TxUpdatedMeasurands"
ALIGNED_LIST = "AlignedDataCtrlr.Measurands"
STARTED_LIST = "SampledDataCtrlr.TxStartedMeasurands"
ENDED_LISTS = ("SampledDataCtrlr.TxEndedMeasurands", "AlignedDataCtrlr.TxEndedMeasurands")
ENDED_INTERVALS = ("SampledDataCtrlr.TxEndedInterval", "AlignedDataCtrlr.TxEndedInterval")


@dataclass(frozen=True, slots=True)
class SampledValue:
    """One value. ``value`` is exact decimal text; ``unit`` a 2.x unit, "" for none."""

    measurand: str
    value: str
    unit: str
    context: str
    phase: str | None = None
    location: str = "Outlet"
    signed: SignedValue | None = None  # what the meter signed of it


def phases_used(stamped: StampedReading, phases: int) -> int | None:
    """How many of an outlet's ``phases`` carry current; None if not all of them are known."""
    amps = stamped.reading.current_a[:phases]
    known = [each for each in amps if each is not None and math.isfinite(each)]
    return sum(each >= USED_A_MIN for each in known) if len(known) == phases else None


def sampled_values(stamped: StampedReading, measurands: Iterable[str]) -> tuple[SampledValue, ...]:
    """The values of ``measurands`` that the reading has, each once, in the order asked for."""
    found: dict[tuple[str, str | None], SampledValue] = {}
    for asked in measurands:
        for value in _values(stamped, asked):
            found.setdefault((value.measurand, value.phase), value)
    return tuple(found.values())


def list_for(context: str) -> str:
    """The setting that lists the measurands of a sample taken during a transaction."""
    return ALIGNED_LIST if context == "Sample.Clock" else PERIODIC_LIST


def measurands_for(context: str, variable: Callable[[str], Any]) -> tuple[str, ...]:
    """The measurands of a sample taken during a transaction."""
    listed = variable(STARTED_LIST if context == BEGUN else list_for(context))
    return tuple(dict.fromkeys((*ASKED_MEASURANDS, *listed))) if context == ASKED else listed


def ended_measurands(variable: Callable[[str], Any]) -> tuple[str, ...]:
    """What goes with the end of a transaction: every measurand configured for it, begin and end.

    Empty lists: no meter values at all (1.6 errata 3.14.5, 3.16.6).
    """
    return tuple(dict.fromkeys(name for listed in ENDED_LISTS for name in variable(listed)))


def ended_list_for(context: str) -> str:
    """The setting that lists what of a sample goes with the end of its transaction."""
    return ENDED_LISTS[context == "Sample.Clock"]


def ended_interval_for(context: str) -> str:
    """The setting that says how often such a sample is taken for the end; 0: never in 2.x."""
    return ENDED_INTERVALS[context == "Sample.Clock"]


def exact_text(quantity: float, unit: str) -> str | None:
    """Decimal text without exponent, trailing zeros or "-0"; None for what is no number."""
    if not math.isfinite(quantity):
        return None
    text = f"{quantity:.{DECIMALS[unit]}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _values(stamped: StampedReading, asked: str) -> list[SampledValue]:
    name, only = _split_phase(asked)
    reading = stamped.reading
    match name:
        case "Energy.Active.Import.Register":
            return [replace(_energy(stamped, name, reading.energy_wh), signed=reading.signed)]
        case "Energy.Active.Export.Register":
            exported = reading.energy_export_wh
            return [] if exported is None else [_energy(stamped, name, exported)]
        case "Power.Active.Import":
            by_phase = _by_phase(stamped, name, "W", reading.power_phase_w, only)
            return by_phase if only else _single(stamped, name, "W", reading.power_w) + by_phase
        case "Current.Import":
            return _by_phase(stamped, name, "A", reading.current_a, only)
        case "Voltage":
            return _by_phase(stamped, name, "V", reading.voltage_v, only)
        case "Current.Offered":
            return _single(stamped, name, "A", stamped.offered_a)
        case "Frequency":
            return _single(stamped, name, "Hz", reading.frequency_hz)
        case "Power.Factor":
            return _single(stamped, name, "", reading.power_factor)
        case "SoC":
            return _single(stamped, name, "Percent", stamped.soc_percent, location="EV")
        case _:
            return []


def _split_phase(asked: str) -> tuple[str, str]:
    """("Voltage", "L1") for "Voltage.L1"; an empty phase means all."""
    name, _, phase = asked.rpartition(".")
    return (name, phase) if phase in PHASES else (asked, "")


def _energy(stamped: StampedReading, name: str, energy_wh: int) -> SampledValue:
    return SampledValue(name, str(energy_wh), "Wh", stamped.context)


def _single(
    stamped: StampedReading,
    name: str,
    unit: str,
    quantity: float | None,
    phase: str | None = None,
    location: str = "Outlet",
) -> list[SampledValue]:
    text = None if quantity is None else exact_text(quantity, unit)
    if text is None:
        return []
    return [SampledValue(name, text, unit, stamped.context, phase, location)]


def _by_phase(
    stamped: StampedReading, name: str, unit: str, quantities: Iterable[float | None], only: str
) -> list[SampledValue]:
    spelled = NEUTRAL_PHASES if name == "Voltage" else PHASES
    values: list[SampledValue] = []
    for phase, wire_phase, quantity in zip(PHASES, spelled, quantities, strict=False):
        if only in ("", phase):
            values += _single(stamped, name, unit, quantity, wire_phase)
    return values
