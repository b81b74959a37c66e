"""Ring 1 of this board: a process of its own that owns pilot and contactor.

One blocking loop: measure, tick, drive, then exchange bytes with the station over a Unix socket.
It knows no policy and needs no station: when none speaks, the permit runs out and the charge
ends by the standard's sequence. However the loop ends, the coil is off when it has.
Only the standard library, gpiozero and ring 1 itself are loaded here.

    python -m ampkeeper.board.pi_peak.ring --socket PATH [--board FILE] [--watchdog DEVICE]
"""

import argparse
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ampkeeper.board.pi_peak.boot import boot_reason
from ampkeeper.board.pi_peak.facts import FILE, Facts, load_facts
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.link.messages import BITS_30
from ampkeeper.hal.linux.pwm import SysfsPwm
from ampkeeper.hal.linux.realtime import be_on_time
from ampkeeper.hal.linux.service import Service, service_of
from ampkeeper.hal.linux.unix_door import TakenError, UnixDoor
from ampkeeper.hal.linux.watchdog import KernelWatchdog

BOARD = "pi_peak"
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
BLOCK_MS = 10  # REQ-CP-02: at most
BLOCK_NS = BLOCK_MS * NS_PER_MS
JITTER_MS = 2
RESET_NS = 1_500_000  # the detectors' hold capacitors are empty after this
SETTLE_NS = 2_000_000  # two whole periods of the pilot: both levels were there
FEED_BLOCKS = 100  # a watchdog's turn: once a second
PERIOD_NS = 1_000_000  # the pilot's 1 kHz
COUNT_MAX = 1_000_000_000
EPOCH_BYTES = 4
BAD_BOARD = 2  # exit code: what is said of the circuit board cannot be
ABSENT = 69  # exit code: a part of the board is not there, or gone; EX_UNAVAILABLE
TAKEN = 75  # exit code: another ring 1 runs; EX_TEMPFAIL


class Hardware(Protocol):
    """What the loop needs; ``hardware.PeakHardware`` is the real one."""

    def open(self) -> None:
        """Coil off and +12 V first."""

    def begin(self) -> None:
        """Empty the peak detectors."""

    def release(self) -> None:
        """Let the peak detectors follow."""

    def measure(self, inputs: Inputs) -> None:
        """Fill in one block."""

    def drive(self, outputs: Outputs) -> None:
        """Carry out one tick."""

    def close(self) -> None:
        """Coil off; safe twice."""


class Watchdog(Protocol):
    """Something that has to be fed."""

    def feed(self) -> None:
        """Once a second."""


class Stop:
    """Whether somebody asked for the end; ``ask`` is a signal handler too."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, *_: object) -> None:
        """End the charge as if the permit had run out, then the loop."""
        self.is_asked = True


class Ring:
    """The loop. ``clock_ns`` is monotonic; ``sleep`` takes seconds and may last longer."""

    def __init__(
        self,
        board: PilotBoard,
        hardware: Hardware,
        door: UnixDoor,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], object] = time.sleep,
        watchdogs: Sequence[Watchdog] = (),
        stop: Stop | None = None,
    ) -> None:
        self.board = board
        self.stop = stop or Stop()
        self.missed_count = 0  # blocks that did not take place: something kept us from running
        self.inputs = Inputs()
        self._outputs = Outputs()
        self._hardware = hardware
        self._door = door
        self._clock_ns = clock_ns
        self._sleep = sleep
        self._watchdogs = tuple(watchdogs)
        self._due_ns = 0
        self._counted_ns = 0
        self._blocks_to_feed = 0

    def begin(self) -> None:
        """Time starts to count; before the first block."""
        self._counted_ns = self._due_ns = self._clock_ns()

    def run(self) -> None:
        """Run until the end was asked for and the coil is off; raise what stops it before."""
        self.begin()
        while not self.stop.is_asked or self._outputs.coil:
            self.block()

    def block(self) -> None:
        """One block: what was measured is decided and driven before anything else is done."""
        hardware = self._hardware
        hardware.begin()
        self._wait_until(self._clock_ns() + RESET_NS)
        hardware.release()
        self._wait_until(self._clock_ns() + SETTLE_NS)
        hardware.measure(self.inputs)
        if self.stop.is_asked:
            self.board.supervisor.permit.lose()
        self._outputs = self.board.tick(self._elapsed_ms(), self.inputs)
        hardware.drive(self._outputs)
        self._exchange()
        self._feed_watchdogs()
        self._wait_for_next()

    def _elapsed_ms(self) -> int:
        """Whole milliseconds since the last tick; what is left over counts for the next.

        A block that was a little early or late counts as whole: 11 ms and then 9 would be 19 of
        the 20 ms of ring 1's debounce, and cost a third block.
        """
        passed_ns = self._clock_ns() - self._counted_ns
        elapsed_ms = (passed_ns + NS_PER_MS // 2) // NS_PER_MS
        if abs(elapsed_ms - BLOCK_MS) <= JITTER_MS:
            elapsed_ms = BLOCK_MS
        self._counted_ns += elapsed_ms * NS_PER_MS
        return elapsed_ms

    def _exchange(self) -> None:
        """Take the station's orders, for the next tick, and send at most one frame."""
        data = self._door.receive()
        if data and not self.stop.is_asked:
            self.board.feed(data)
        self._door.send(self.board.to_send())

    def _feed_watchdogs(self) -> None:
        self._blocks_to_feed -= 1
        if self._blocks_to_feed <= 0:
            self._blocks_to_feed = FEED_BLOCKS
            for watchdog in self._watchdogs:
                watchdog.feed()

    def _wait_for_next(self) -> None:
        """Keep to the grid of 10 ms; blocks whose time has passed are left out, and counted."""
        self._due_ns += BLOCK_NS
        late_ns = self._clock_ns() - self._due_ns
        if late_ns >= BLOCK_NS:
            missed = late_ns // BLOCK_NS
            self._due_ns += missed * BLOCK_NS
            self.missed_count = min(self.missed_count + missed, COUNT_MAX)
        self._wait_until(self._due_ns)

    def _wait_until(self, due_ns: int) -> None:
        left_ns = due_ns - self._clock_ns()
        if left_ns > 0:
            self._sleep(left_ns / NS_PER_S)


def run(
    door: UnixDoor,
    make_hardware: Callable[[], Hardware],
    facts: Facts,
    watchdog: KernelWatchdog | None = None,
    service: Service | None = None,
) -> int:
    """Run ring 1 until SIGTERM or SIGINT; return the exit code.

    ``ABSENT`` and ``TAKEN`` say why in one line; any other end raises, and the coil is off then
    too. The hardware is touched only by who has the door: a second ring 1 would take the pilot
    from under the first.
    """
    hardware: Hardware | None = None
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    try:
        door.open()
        hardware = make_hardware()
        hardware.open()
        if watchdog is not None:
            watchdog.open()
        was_watchdog = watchdog is not None and watchdog.has_restarted_us
        board = _pilot_board(facts, boot_reason(Path(f"{door.path}.boot"), was_watchdog))
        watchdogs = [each for each in (watchdog, service) if each is not None]
        ring = Ring(board, hardware, door, watchdogs=watchdogs, stop=stop)
        _say_granted(be_on_time())
        if service is not None:
            service.ready()
        ring.run()
    except TakenError as error:
        _say(str(error))
        return TAKEN
    except AbsentError as error:
        _say(f"ended: {error}")
        return ABSENT
    finally:
        if hardware is not None:
            hardware.close()
        door.close()
    if watchdog is not None:
        watchdog.close()  # after an orderly end only: after any other the machine restarts
    _say(f"ended; {ring.missed_count} blocks missed")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; the return value is its exit code."""
    options = _parser().parse_args(arguments)
    try:
        facts = load_facts(options.board)
    except OSError as error:
        _say(f"{options.board}: {error.strerror}")
        return BAD_BOARD
    except ValueError as error:
        _say(str(error))
        return BAD_BOARD
    watchdog = KernelWatchdog(options.watchdog) if options.watchdog else None
    door, service = UnixDoor(options.socket), service_of(os.environ)
    return run(door, lambda: _peak_hardware(facts), facts, watchdog, service)


def _peak_hardware(facts: Facts) -> Hardware:
    """The real one. The pilot is at +12 V before the slow import of gpiozero begins."""
    pwm = SysfsPwm(facts.pwm_chip, facts.pwm_channel, PERIOD_NS)
    pwm.open()
    from gpiozero.exc import SPISoftwareFallback
    from gpiozero.pins.lgpio import LGPIOFactory

    from ampkeeper.board.pi_peak.hardware import PeakHardware

    # SPI by hand would take longer than a block: better no ring 1 than a late one.
    warnings.simplefilter("error", SPISoftwareFallback)
    return PeakHardware(facts, LGPIOFactory(), pwm)


def _pilot_board(facts: Facts, reason: int) -> PilotBoard:
    """Ring 1 with what the board is rated for; the station's settings follow."""
    settings = Settings()
    settings.max_ma = facts.lines.max_ma
    settings.phases = facts.lines.phases
    settings.is_socket = int("lock_in" in facts.lines.outputs)
    settings.has_phase_relay = int("phase_relay" in facts.lines.outputs)
    epoch = int.from_bytes(os.urandom(EPOCH_BYTES)) % BITS_30 + 1
    return PilotBoard(settings, BOARD, epoch, boot_reason=reason)


def _say_granted(granted: dict[str, str]) -> None:
    """Tell once how much on time this process can be."""
    _say("; ".join(f"{what}: {why or 'granted'}" for what, why in granted.items()))


def _say(text: str) -> None:
    print(f"ring 1: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ring 1", description="Ring 1 of the board pi_peak.")
    parser.add_argument("--socket", type=Path, required=True, help="where the station finds us")
    parser.add_argument("--board", type=Path, default=FILE, help="facts of the circuit board")
    parser.add_argument("--watchdog", type=Path, help="the kernel's watchdog, to be fed by us")
    return parser


if __name__ == "__main__":
    sys.exit(main())
