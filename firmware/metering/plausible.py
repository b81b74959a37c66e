"""Plausibility: could a meter have shown this reading after that one?

Pure rules over two readings; what follows from a doubt is ``watch.py``'s. The rules of openWB,
evcc and WARP, gathered in the specification sheet's section on metering sanity.
"""

import math
from dataclasses import dataclass

from ampkeeper.hal.ports import MeterReading

VOLTAGE_V_MAX = 253.0  # EN 50160: 230 V + 10 %
MARGIN = 1.2  # for tolerances of meter and fuse
SPREAD_S = 3.0  # how far apart in time the parts of one reading may be (hal/meters)
STEP_WH = 10  # coarsest energy register, 0.01 kWh
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """What can flow through the meter at most."""

    current_a_max: float
    phases: int

    @property
    def power_w_max(self) -> float:
        """The most that can flow, with a margin for meter and fuse."""
        return MARGIN * self.current_a_max * VOLTAGE_V_MAX * self.phases

    def energy_wh_max(self, elapsed_s: float) -> float:
        """Return the most that can flow in this time, as far as a register can tell."""
        return self.power_w_max * (elapsed_s + SPREAD_S) / SECONDS_PER_HOUR + STEP_WH


def doubt(circuit: Circuit, before: MeterReading, after: MeterReading, owed_wh: float = 0.0) -> str:
    """Say why ``after`` cannot follow ``before``; empty if it can.

    ``owed_wh`` flowed while the register stood still, so it may catch up by that much.
    """
    delta_wh = after.energy_wh - before.energy_wh
    elapsed_s = after.taken_s - before.taken_s
    if delta_wh < 0:
        return f"energy went back from {before.energy_wh} to {after.energy_wh} Wh"
    if delta_wh > (most_wh := circuit.energy_wh_max(elapsed_s) + MARGIN * owed_wh):
        return f"energy rose by {delta_wh} Wh in {elapsed_s:.1f} s, possible are {most_wh:.0f} Wh"
    return ""


def is_finite(reading: MeterReading) -> bool:
    """Tell whether every value that is there is a number."""
    values = (
        reading.energy_wh,
        reading.power_w,
        reading.frequency_hz,
        reading.power_factor,
        reading.energy_export_wh,
        *reading.current_a,
        *reading.voltage_v,
        *reading.power_phase_w,
    )
    return all(value is None or math.isfinite(value) for value in values)


def power_w(reading: MeterReading) -> float:
    """Return the power drawn: as measured, else from current and voltage, else 0."""
    if reading.power_w is not None:
        return max(0.0, reading.power_w)
    total_w = 0.0
    for current_a, voltage_v in zip(reading.current_a, reading.voltage_v, strict=True):
        total_w += (current_a or 0.0) * (230.0 if voltage_v is None else voltage_v)
    return max(0.0, total_w)
