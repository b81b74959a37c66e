"""Phases: conductors that are swapped or reversed are named; where nothing flows, nothing is."""

import math

import pytest

from ampkeeper.firmware.metering.phases import can_tell, findings
from ampkeeper.hal.ports import MeterReading, PerPhase

THREE = (230.0, 230.0, 230.0)


def reading(
    current_a: PerPhase, angles: tuple[float, float, float], voltage_v: PerPhase = THREE
) -> MeterReading:
    power_w = [
        None if volts is None or amps is None else volts * amps * math.cos(math.radians(angle))
        for volts, amps, angle in zip(voltage_v, current_a, angles, strict=True)
    ]
    return MeterReading(0.0, 1, None, current_a, voltage_v, (power_w[0], power_w[1], power_w[2]))


def test_a_meter_connected_as_drawn_has_no_findings() -> None:
    right = reading((16.0, 16.0, 16.0), (0.0, 10.0, 20.0))
    assert findings(right) == ()
    assert can_tell(right)


def test_rotated_currents_are_seen_on_each_phase() -> None:
    """The current of L2 is measured with the voltage of L1, and so on round."""
    found = findings(reading((16.0, 16.0, 16.0), (120.0, 120.0, 120.0)))
    assert found == tuple(
        f"L{number} measures its current with another phase's voltage" for number in (1, 2, 3)
    )


def test_two_swapped_currents_are_those_two() -> None:
    found = findings(reading((16.0, 16.0, 16.0), (0.0, 120.0, -120.0)))
    assert [text[:2] for text in found] == ["L2", "L3"]


def test_a_current_the_wrong_way_round_counts_backwards() -> None:
    found = findings(reading((16.0, 16.0, 16.0), (0.0, 180.0, 0.0)))
    assert found == ("L2 counts backwards: its current runs the wrong way",)


@pytest.mark.parametrize("current_a", [(0.0, 0.0, 0.0), (1.9, 1.9, 1.9), (None, None, None)])
def test_without_current_nothing_can_be_told(current_a: PerPhase) -> None:
    idle = reading(current_a, (120.0, 120.0, 120.0))
    assert findings(idle) == ()
    assert not can_tell(idle)


def test_one_phase_belongs_on_l1() -> None:
    assert findings(reading((16.0, 0.0, 0.0), (0.0,) * 3, (230.0, 60.0, 85.0))) == ()
    wrong = reading((0.0, 16.0, 0.0), (0.0,) * 3, (0.0, 230.0, 0.0))
    assert findings(wrong) == ("L1 has no voltage: one phase goes to L1",)
    wrong = reading((16.0, 0.0, 16.0), (0.0,) * 3, (230.0, 0.0, 230.0))
    assert findings(wrong) == ("L3 has voltage and L2 has none: two phases go to L1 and L2",)


def test_where_no_phase_is_live_nothing_is_wrong() -> None:
    assert findings(reading((0.0, 0.0, 0.0), (0.0,) * 3, (0.0, 0.0, 0.0))) == ()


def test_a_meter_that_says_so_is_believed() -> None:
    told = MeterReading(0.0, 1, is_rotation_right=False)
    assert findings(told)[0].startswith("the voltages rotate backwards")
    assert findings(MeterReading(0.0, 1, is_rotation_right=True)) == ()
