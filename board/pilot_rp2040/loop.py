"""Loop: one turn each 10 ms, from a block of pilot samples to the pins.

A turn has seven steps that must all be run, in this order; each marks the flow, and only the
right mark at the end feeds the watchdog (self-test 2). The coil is driven before anything else.
What decides is ring 1; here is only the way to it and back.

    wait -> sense -> hear -> decide -> drive -> speak -> prepare -> feed
"""

from ampkeeper.firmware.safety.signals import LOCK_DRIVE, NO, UNLOCK_DRIVE
from ampkeeper.firmware.safety.units import BLOCK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ampkeeper.board.pilot_rp2040.board import Board
    from ampkeeper.firmware.pilot import PilotBoard

TURN_US = BLOCK_MS * 1_000
LATE_US = 15_000  # a block takes 6 ms; one that is not there by now will not come
LOST_NOISE_MV = 10_000  # stands for a block that is lost: ring 1 takes it for unreadable
CHECK_FLOW = 1 << 2  # self-test 2
STEPS = 7
PILOT_B = 1  # ring 1's A and B: nobody is in a hurry, and garbage may be collected
COLLECT_MS = 1_000
CONTROL_C = 3
NO_KEY = -1


def marked(flow: int, step: int) -> int:
    """The flow after a step; another order or a missing step gives another number."""
    return (flow * 31 + step) & 0xFFFF


def right_flow() -> int:
    """What the flow is at the end of a turn that did everything in order."""
    flow = 0
    for step in range(1, STEPS + 1):
        flow = marked(flow, step)
    return flow


RIGHT_FLOW = right_flow()


class Loop:
    """Runs ring 1 on this board; ``turn`` for ever."""

    def __init__(self, board: "Board", ring: "PilotBoard", host: "Any") -> None:
        self.board = board
        self.ring = ring
        self.outputs = ring.supervisor.outputs
        self.lost_count = 0  # blocks
        self._host = host  # clock, collector and console of the interpreter
        self._feed = ring.feed  # bound once: to bind it allocates
        self._inputs = board.lines.inputs
        self._inputs.checks_known |= CHECK_FLOW
        self._flow = 0
        self._since_us = 0
        self._rest_us = 0
        self._collect_ms = 0
        self._is_coil_on = False

    def start(self) -> None:
        """Take the first block."""
        self._since_us = self._host.ticks_us()
        self.board.adc.arm()

    def turn(self) -> None:
        """One turn of about 10 ms."""
        self._flow = 0
        elapsed_ms = self._wait()
        self._sense(elapsed_ms)
        self._hear()
        self._decide(elapsed_ms)
        self._drive(elapsed_ms)
        self._speak()
        self._prepare()
        if self._flow == RIGHT_FLOW:
            self.board.watchdog.feed(elapsed_ms)
        self._tidy(elapsed_ms)

    def _wait(self) -> int:
        """Sleep until the block is complete and the turn due; return the ms since the last."""
        host = self._host
        adc = self.board.adc
        passed_us = host.ticks_diff(host.ticks_us(), self._since_us)
        while passed_us < TURN_US or (passed_us < LATE_US and not adc.is_done()):
            host.idle()
            passed_us = host.ticks_diff(host.ticks_us(), self._since_us)
        self._since_us = host.ticks_us()
        passed_us += self._rest_us
        self._rest_us = passed_us % 1_000
        self._flow = marked(self._flow, 1)
        return int(passed_us // 1_000)

    def _sense(self, elapsed_ms: int) -> None:
        board = self.board
        inputs = self._inputs
        if board.adc.is_done() and board.adc.is_whole():
            levels = board.levels
            levels.measure(board.adc.samples, board.pwm.ticks)
            inputs.cp_high_mv = levels.high_mv
            inputs.cp_low_mv = levels.low_mv
            inputs.cp_noise_mv = levels.noise_mv
        else:
            self.lost_count = min(self.lost_count + 1, 1_000_000)
            inputs.cp_noise_mv = LOST_NOISE_MV
            board.adc.halt()
        board.lines.read(elapsed_ms)
        self._flow = marked(self._flow, 2)

    def _hear(self) -> None:
        self.board.uart.receive(self._feed)
        self._flow = marked(self._flow, 3)

    def _decide(self, elapsed_ms: int) -> None:
        self.outputs = self.ring.tick(elapsed_ms, self._inputs)
        self._flow = marked(self._flow, 4)

    def _drive(self, elapsed_ms: int) -> None:
        board = self.board
        out = self.outputs
        board.coil.drive(elapsed_ms, out.coil)
        board.pwm.set(out.duty_ticks)
        board.cp_open.value(out.cp_connected == NO)
        board.phases_3.value(out.phases == 3)
        board.lock_in.value(out.lock_drive == LOCK_DRIVE)
        board.lock_out.value(out.lock_drive == UNLOCK_DRIVE)
        board.rcd_test.value(out.rcd_test)
        self._flow = marked(self._flow, 5)

    def _speak(self) -> None:
        self.board.uart.send(self.ring.to_send())
        self._flow = marked(self._flow, 6)

    def _prepare(self) -> None:
        """Convert what else is analog, then take the next block, under the duty set now."""
        self.board.lines.read_analog()
        self.board.adc.arm()
        self._flow = marked(self._flow, 7)

    def _tidy(self, elapsed_ms: int) -> None:
        """What may take its time, only without current: garbage, and the console's Ctrl-C."""
        is_on = self.board.coil.is_on
        if is_on != self._is_coil_on:
            self._is_coil_on = is_on
            self._host.kbd_intr(NO_KEY if is_on else CONTROL_C)
        self._collect_ms += elapsed_ms
        if self._collect_ms >= COLLECT_MS and not is_on and self.outputs.pilot <= PILOT_B:
            self._collect_ms = 0
            self._host.collect()
