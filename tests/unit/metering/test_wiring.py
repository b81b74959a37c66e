"""Wiring: a fault of the conductors is told once, when it is sure."""

from dataclasses import replace

from ampkeeper.firmware.metering.wiring import SEEN, WiringWatch
from ampkeeper.hal.ports import MeterReading

GOOD = MeterReading(
    0.0,
    1,
    current_a=(16.0, 16.0, 16.0),
    voltage_v=(230.0, 230.0, 230.0),
    power_phase_w=(3_680.0, 3_680.0, 3_680.0),
    is_rotation_right=True,
)
ROTATED = replace(GOOD, is_rotation_right=False)
REVERSED = replace(GOOD, power_phase_w=(3_680.0, -3_680.0, 3_680.0))
IDLE = replace(GOOD, current_a=(0.0, 0.0, 0.0), is_rotation_right=None)
ROTATION = "the voltages rotate backwards: two of L1, L2 and L3 are swapped"
BACKWARDS = "L2 counts backwards: its current runs the wrong way"


def fed(watch: WiringWatch, reading: MeterReading, times: int) -> list[str]:
    return [news for _ in range(times) for news in watch.feed(reading)]


def test_good_wiring_is_nothing_to_tell() -> None:
    assert fed(WiringWatch(), GOOD, 100) == []


def test_a_rotation_that_becomes_wrong_is_told_once() -> None:
    watch = WiringWatch()
    fed(watch, GOOD, 5)
    assert fed(watch, ROTATED, SEEN - 1) == []
    assert fed(watch, ROTATED, 1_000) == [ROTATION]


def test_a_reading_while_the_current_changes_is_no_proof() -> None:
    watch = WiringWatch()
    for _ in range(20):
        assert fed(watch, REVERSED, SEEN - 1) == []
        assert fed(watch, GOOD, 1) == []


def test_each_finding_is_told_by_itself_and_only_once() -> None:
    watch = WiringWatch()
    assert fed(watch, REVERSED, 100) == [BACKWARDS]
    assert fed(watch, IDLE, 100) == []
    assert fed(watch, replace(REVERSED, is_rotation_right=False), 100) == [ROTATION]
    assert fed(watch, GOOD, 100) == []
    assert fed(watch, REVERSED, 100) == []
