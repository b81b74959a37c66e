"""Main: the station on a Pi in front of this board; see ``board/host/fronted.py``."""

from ampkeeper.board.heidelberg.board import BOARD
from ampkeeper.board.host.fronted import run
from ampkeeper.firmware.faces.cli.start import Start


def main(start: Start) -> int:
    """Run the charger as the configuration asks; the return value is the exit code."""
    return run(BOARD, start)
