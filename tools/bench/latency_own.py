"""Ring 1 in a process of its own, timed: board pi_peak's shipped loop and door, on lanes.

python -m tools.bench.latency_own SOCKET COUNT realtime|ordinary
"""

import sys
import threading
import time
from pathlib import Path

from ampkeeper.board.pi_peak.ring import Ring, Stop
from ampkeeper.hal.linux.realtime import be_on_time, lock_memory, stop_garbage
from ampkeeper.hal.linux.unix_door import UnixDoor
from tools.bench.lanes import Lane, LaneBoard, LaneHardware


def main(socket: Path, count: int, priority: str) -> int:
    """Exit code 2: this machine does not let us have the priority."""
    stop = Stop()
    lanes: list[Lane] = []
    hardware = LaneHardware(lanes, count, time.monotonic_ns, stop.ask)
    door = UnixDoor(socket)
    door.open()
    threading.Thread(target=begin_when_told, args=(hardware,), daemon=True).start()
    if priority == "realtime":
        if be_on_time()["priority"]:
            return 2
    else:
        lock_memory()
        stop_garbage()
    Ring(LaneBoard(lanes), hardware, door, stop=stop).run()
    door.close()
    hardware.say()
    return 0


def begin_when_told(hardware: LaneHardware) -> None:
    """Begin when the station is connected and, where it shall be, busy."""
    sys.stdin.readline()
    hardware.open()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
