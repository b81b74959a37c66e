"""Mains: what a meter between house and grid shows in this world.

Currents come without a direction, as from many meters, beside powers that have one.
"""

import math

from ampkeeper.board.emulated.world import World
from ampkeeper.hal.ports import MeterReading


def mains_reading(world: World) -> MeterReading:
    """House and chargers together, on each phase."""
    grid = world.grid
    currents_a = list(grid.house_a)
    for evse in world.evses.values():
        for phase, current_ma in enumerate(evse.current_ma):
            currents_a[phase] += current_ma / 1e3
    volts = [millivolts / 1e3 for millivolts in grid.voltages_mv()]
    first_w, second_w, third_w = (
        current_a * voltage_v for current_a, voltage_v in zip(currents_a, volts, strict=True)
    )
    first_a, second_a, third_a = (math.fabs(current_a) for current_a in currents_a)
    return MeterReading(
        taken_s=0.0,
        energy_wh=0,
        power_w=first_w + second_w + third_w,
        current_a=(first_a, second_a, third_a),
        voltage_v=(volts[0], volts[1], volts[2]),
        power_phase_w=(first_w, second_w, third_w),
        frequency_hz=grid.frequency_hz,
        power_factor=1.0,
        energy_export_wh=0,
    )
