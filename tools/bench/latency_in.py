"""Ring 1 in the station's process, timed: lanes as a task of the same event loop, for comparison.

python -m tools.bench.latency_in CONFIG STATE COUNT
"""

import asyncio
import sys
import time
from pathlib import Path

from ampkeeper.board.host.dial import websocket_dialer
from ampkeeper.board.pi_peak.ring import BLOCK_NS, NS_PER_S, RESET_NS, SETTLE_NS
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config import load
from ampkeeper.firmware.faces.cli.start import checkers
from ampkeeper.firmware.safety.signals import Inputs, Settings
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import ByteStream
from tools.bench.lanes import Lane, LaneBoard, LaneHardware


class AsyncRing:
    """``pi_peak``'s loop, waiting in the event loop instead of in the kernel."""

    def __init__(self, board: LaneBoard, hardware: LaneHardware, stream: ByteStream) -> None:
        self._board = board
        self._hardware = hardware
        self._stream = stream

    async def listen(self) -> None:
        """Take what the station says; ended by cancellation."""
        await self._stream.open()
        while True:
            self._board.feed(await self._stream.read())

    async def run(self) -> None:
        """Block after block; ended by cancellation."""
        inputs = Inputs()
        start_ns = due_ns = time.monotonic_ns()
        done_ms = 0
        while True:
            self._hardware.begin()
            await _wait(RESET_NS)
            self._hardware.release()
            await _wait(SETTLE_NS)
            self._hardware.measure(inputs)
            now_ms = round((time.monotonic_ns() - start_ns) / 1e6)
            outputs = self._board.tick(now_ms - done_ms, inputs)
            done_ms = now_ms
            self._hardware.drive(outputs)
            self._stream.write(bytes(self._board.to_send()))
            due_ns += BLOCK_NS
            due_ns += max(0, time.monotonic_ns() - due_ns) // BLOCK_NS * BLOCK_NS
            await _wait(due_ns - time.monotonic_ns())


async def main(config_file: Path, state: Path, count: int) -> None:
    """The station, and ring 1 beside it, until ``count`` edges were timed."""
    await asyncio.to_thread(state.mkdir)
    config = load(config_file, [], checkers())
    clock = SystemClock()
    near, far = memory_pair()
    pilot = LinkedPilot(near, clock, Settings())
    app = App(config, state, Hardware({1: pilot}, {}, {}), clock, _surroundings())
    is_done = asyncio.Event()
    lanes: list[Lane] = []
    board = LaneBoard(lanes)
    hardware = LaneHardware(lanes, count, time.monotonic_ns, is_done.set)
    ring = AsyncRing(board, hardware, far)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run()) for run in (app.run, ring.listen, ring.run)]
        await asyncio.to_thread(sys.stdin.readline)  # the station is connected, and busy or not
        hardware.open()
        await is_done.wait()  # ended by the last edge
        for task in tasks:
            task.cancel()
    hardware.say()


async def _wait(duration_ns: int) -> None:
    await asyncio.sleep(max(0, duration_ns) / NS_PER_S)


def _surroundings() -> Surroundings:
    return Surroundings(make_dialer=websocket_dialer)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
