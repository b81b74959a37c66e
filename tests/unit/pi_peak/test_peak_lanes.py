"""The latency bench's own measure, in virtual time where the truth is known."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ampkeeper.board.pi_peak.ring import BLOCK_NS, NS_PER_S, RESET_NS, SETTLE_NS, Ring, Stop
from ampkeeper.hal.linux.unix_door import UnixDoor
from tools.bench.lanes import Lane, LaneBoard, LaneHardware
from tools.bench.latency import quantile

EVENTS = 100
DEBOUNCE_US_MIN, DEBOUNCE_US_MAX = 10_000, 20_000  # one block and the way to the next reading


class Machine:
    """A clock that only sleeping moves; ``late_ns`` is added to every sleep."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_007  # no round number
        self.late_ns = 0
        self.jitter_ns = 0
        self._chance = Random(1)

    def clock_ns(self) -> int:
        return self.now_ns

    def sleep(self, duration_s: float) -> None:
        self.now_ns += round(duration_s * NS_PER_S) + self.late_ns
        if self.jitter_ns:
            self.now_ns += self._chance.randrange(self.jitter_ns)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[UnixDoor]:
    made = UnixDoor(tmp_path / "s")
    made.open()
    yield made
    made.close()


def timed(machine: Machine, door: UnixDoor) -> LaneHardware:
    stop = Stop()
    lanes: list[Lane] = []
    hardware = LaneHardware(lanes, EVENTS, machine.clock_ns, stop.ask)
    hardware.open()
    Ring(LaneBoard(lanes), hardware, door, machine.clock_ns, machine.sleep, stop=stop).run()
    return hardware


def test_an_undisturbed_loop_takes_the_debounce_and_nothing_beyond(door: UnixDoor) -> None:
    hardware = timed(Machine(), door)
    latencies = hardware.latencies_us()
    assert len(latencies) >= EVENTS
    assert min(latencies) >= DEBOUNCE_US_MIN
    assert max(latencies) <= DEBOUNCE_US_MAX
    assert set(hardware.beyond_us()) == {0}


@pytest.mark.parametrize("late_us", [100, 1_000])
def test_a_loop_that_is_late_is_found_to_be_as_late(door: UnixDoor, late_us: int) -> None:
    machine = Machine()
    machine.late_ns = late_us * 1_000
    beyond = timed(machine, door).beyond_us()
    sleeps = 3  # reset, settle, and the one before the block
    assert 2 * late_us <= min(beyond)
    assert max(beyond) <= sleeps * late_us + 1


def test_jitter_does_not_cost_a_third_block(door: UnixDoor) -> None:
    machine = Machine()
    machine.jitter_ns = 600_000
    assert max(timed(machine, door).beyond_us()) < 3 * 600


def test_the_grid_leaves_room_for_the_detectors() -> None:
    assert RESET_NS + SETTLE_NS < BLOCK_NS


@pytest.mark.parametrize(("per_mille", "value"), [(500, 500), (999, 999), (1_000, 999)])
def test_a_quantile_is_one_of_the_values(per_mille: int, value: int) -> None:
    assert quantile(list(range(1_000)), per_mille) == value
