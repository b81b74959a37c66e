"""Ring 1's process on a simulated world with a car that waits to charge; says when the coil moves.

python -m tests.unit.pi_peak.peak_program SOCKET FOLDER
"""

import sys
from pathlib import Path

from ampkeeper.board.pi_peak import ring
from ampkeeper.hal.linux.unix_door import UnixDoor
from tools.bench.peak_twin import RealTwin


class Told(list):
    """The coil's edges, said as they come."""

    def append(self, edge):
        super().append(edge)
        print(f"coil {edge[1]}", flush=True)


class Program:
    """The twin is made only behind the door, as the hardware is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.twin: RealTwin | None = None

    def make(self) -> ring.Hardware:
        self.twin = RealTwin(self.folder)
        self.twin.edges = Told()
        self.twin.world.change_car({"plugged": True, "ready": True})
        return self.twin.hardware()


def main(socket: Path, folder: Path) -> int:
    program = Program(folder)
    code = ring.run(UnixDoor(socket), program.make, ring.load_facts())
    if program.twin is not None:
        print(f"left coil {program.twin.pin('coil')} duty {program.twin.duty_ns()}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
