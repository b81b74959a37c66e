"""Lanes: charges on which an edge of the pilot is timed until the contactor is commanded.

Each lane is ring 1 in mid-charge; at a random moment its car is unplugged. What is timed is real:
the loop, its sleeps, the tick and the output. A lane that has opened is put back to mid-charge,
without which 10,000 openings would take the 10 s between two closings each.
"""

import json
import sys
from array import array
from collections.abc import Callable
from copy import deepcopy
from random import Random

from ampkeeper.board.pi_peak.ring import BLOCK_NS, RESET_NS, SETTLE_NS
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.bench.charging import TICK_MS, charging

LANES = 4
SETTLED_TICKS = 100  # the mirror has followed, and no change is blanked any more
STATE_A_MV = 12_000
WAIT_NS_MIN, WAIT_NS_MAX = 5_000_000, 25_000_000  # to the next edge: more than two blocks apart
WARM_EVENTS = 8  # not counted: caches and clocks begin to run


def mid_charge() -> tuple[Supervisor, Inputs]:
    """Ring 1 with the contactor closed, and what it then measures."""
    supervisor, inputs = charging()
    for tick in range(SETTLED_TICKS):
        if tick % 50 == 0:
            supervisor.permit.grant(16_000, 3, IN_SERVICE)
        supervisor.tick(TICK_MS, inputs)
    assert supervisor.outputs.coil, "the contactor did not stay closed"
    return supervisor, inputs


class Lane:
    """One charge. ``edge_ns`` is when its car is unplugged."""

    def __init__(self, charge: Supervisor, inputs: Inputs) -> None:
        self._charge = charge
        self.charging_inputs = inputs
        self.inputs = Inputs()
        self.supervisor = deepcopy(charge)
        self.edge_ns = 0

    def begin(self, edge_ns: int) -> None:
        """Be in mid-charge again, and know when it ends."""
        self.supervisor = deepcopy(self._charge)
        vars(self.inputs).update(vars(self.charging_inputs))
        self.edge_ns = edge_ns

    def measure(self, now_ns: int) -> None:
        """Read the pilot now."""
        if now_ns >= self.edge_ns:
            self.inputs.cp_high_mv = STATE_A_MV


class LaneBoard(PilotBoard):
    """A pilot board, with its link to a station, whose tick also ticks the lanes."""

    def __init__(self, lanes: list[Lane]) -> None:
        super().__init__(Settings(), "lanes", 1)
        self._lanes = lanes

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        """Judge one block of every lane."""
        for lane in self._lanes:
            lane.supervisor.tick(elapsed_ms, lane.inputs)
        return super().tick(elapsed_ms, inputs)


class LaneHardware:
    """The hardware of all lanes; calls ``done`` when ``count`` edges were timed."""

    def __init__(
        self, lanes: list[Lane], count: int, clock_ns: Callable[[], int], done: Callable[[], None]
    ) -> None:
        self._charge, self._inputs = mid_charge()
        self.edges_ns = array("q")
        self.opened_ns = array("q")
        self._lanes = lanes
        self._count = count
        self._clock_ns = clock_ns
        self._done = done
        self._random = Random(1)
        self._skipped = 0
        self._start_ns = 0

    def open(self) -> None:
        """Every lane begins; until then the loop runs without them."""
        for _ in range(LANES):
            lane = Lane(self._charge, self._inputs)
            self._begin(lane)
            self._lanes.append(lane)

    def begin(self) -> None:
        """No detector to empty; the first time tells where the grid of blocks lies."""
        if not self._start_ns:
            self._start_ns = self._clock_ns()

    def release(self) -> None:
        """No detector to let go."""

    def measure(self, inputs: Inputs) -> None:
        """Read every lane's pilot."""
        now_ns = self._clock_ns()
        for lane in self._lanes:
            lane.measure(now_ns)

    def drive(self, outputs: Outputs) -> None:
        """Time the lanes that open; only then put them back."""
        now_ns = self._clock_ns()
        for lane in self._lanes:
            if lane.supervisor.outputs.coil:
                continue
            assert now_ns > lane.edge_ns, "opened without an edge"
            self._note(lane.edge_ns, now_ns)
            self._begin(lane)

    def close(self) -> None:
        """Nothing to release."""

    def _note(self, edge_ns: int, opened_ns: int) -> None:
        if self._skipped < WARM_EVENTS:
            self._skipped += 1
            return
        self.edges_ns.append(edge_ns)
        self.opened_ns.append(opened_ns)
        if len(self.edges_ns) >= self._count:
            self._done()

    def _begin(self, lane: Lane) -> None:
        wait_ns = self._random.randrange(WAIT_NS_MIN, WAIT_NS_MAX)
        lane.begin(self._clock_ns() + wait_ns)

    def say(self) -> None:
        """Print the result for the program that measures."""
        json.dump({"latency_us": self.latencies_us(), "beyond_us": self.beyond_us()}, sys.stdout)
        sys.stdout.flush()

    def latencies_us(self) -> list[int]:
        """From edge to command, each."""
        pairs = zip(self.edges_ns, self.opened_ns, strict=True)
        return [(opened - edge) // 1_000 for edge, opened in pairs]

    def beyond_us(self) -> list[int]:
        """The same without the debounce: what an undisturbed loop would have waited anyway.

        That is until the first reading of its grid after the edge, and one block more. An edge
        that came while a late reading was due was seen by it, one block before its time.
        """
        phase_ns = self._start_ns + RESET_NS + SETTLE_NS
        beyond = []
        for edge, opened in zip(self.edges_ns, self.opened_ns, strict=True):
            late_ns = opened - edge - ((phase_ns - edge) % BLOCK_NS + BLOCK_NS)
            beyond.append((late_ns if late_ns >= 0 else late_ns + BLOCK_NS) // 1_000)
        return beyond
