"""Main: the station on a Pi in front of this board; see ``board/host/fronted.py``."""

from ampkeeper.board.host import fronted
from ampkeeper.board.openevse.board import BOARD
from ampkeeper.firmware.config import Config
from ampkeeper.firmware.faces.cli.start import Start


def main(start: Start) -> int:
    """Run the charger as the configuration asks; the return value is the exit code."""
    return fronted.run(BOARD, start)


def check(config: Config) -> None:
    """Refuse a configuration that this board cannot carry; raise ConfigError."""
    fronted.check(BOARD, config)
