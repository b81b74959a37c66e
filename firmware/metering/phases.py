"""Phases: are the conductors of a meter connected as its maker drew them? Pure, over one reading.

A charger's load is nearly resistive, so on each phase power is voltage times current. A factor
near -1 is a current the wrong way round; near -0.5 is the cosine of 120 degrees: the current of
one phase measured with the voltage of another. A meter that knows the order of its voltages says
so itself. Idle conductors carry 40 to 130 V by induction: that is not a phase.
"""

from ampkeeper.hal.ports import MeterReading

CURRENT_A_MIN = 2.0  # below, a car's chargers are no longer resistive
VOLTAGE_V_MIN = 180.0  # a phase; above what is induced
RIGHT, BACKWARDS, MIXED = (0.8, 1.05), (-1.05, -0.8), (-0.65, -0.35)


def findings(reading: MeterReading) -> tuple[str, ...]:
    """Return what is wrong, one sentence each; nothing if nothing is, or if it cannot be told."""
    found = []
    if reading.is_rotation_right is False:
        found.append("the voltages rotate backwards: two of L1, L2 and L3 are swapped")
    live = [volts is not None and volts >= VOLTAGE_V_MIN for volts in reading.voltage_v]
    if reading.voltage_v[0] is not None and any(live) and not live[0]:
        found.append("L1 has no voltage: one phase goes to L1")
    if live[2] and not live[1]:
        found.append("L3 has voltage and L2 has none: two phases go to L1 and L2")
    for number in range(3):
        factor = _factor(reading, number)
        if factor is None or RIGHT[0] <= factor <= RIGHT[1]:
            continue
        if BACKWARDS[0] <= factor <= BACKWARDS[1]:
            found.append(f"L{number + 1} counts backwards: its current runs the wrong way")
        elif MIXED[0] <= factor <= MIXED[1]:
            found.append(f"L{number + 1} measures its current with another phase's voltage")
    return tuple(found)


def can_tell(reading: MeterReading) -> bool:
    """Whether enough current flows to see how the conductors are connected."""
    return any(_factor(reading, number) is not None for number in range(3))


def _factor(reading: MeterReading, number: int) -> float | None:
    """Power over voltage times current of one phase, if enough flows."""
    volts, amps = reading.voltage_v[number], reading.current_a[number]
    watts = reading.power_phase_w[number]
    if volts is None or amps is None or watts is None:
        return None
    if volts < VOLTAGE_V_MIN or abs(amps) < CURRENT_A_MIN:
        return None
    return watts / (volts * abs(amps))
