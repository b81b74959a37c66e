"""Log file: the newest lines of the log in the state folder, for the diagnostics.

Four files of half a mebibyte, of which the oldest goes first; a disk that fails or is full loses
lines and nothing else. Times are UTC, so that diagnostics can be cut by time.
"""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

FOLDER, FILE = "log", "ampkeeper.log"
FILE_BYTES_MAX = 512 * 1024
FILES_KEPT = 3  # beside the one that is written
LINE_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"


class LogFile(RotatingFileHandler):
    """Keeps the newest lines; what cannot be written is not worth a word more."""

    def __init__(self, state_dir: Path) -> None:
        folder = state_dir / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            folder / FILE, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8"
        )
        formatter = logging.Formatter(LINE_FORMAT, TIME_FORMAT)
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk is told by what needs the disk, not by the log of it."""


def keep_log(state_dir: Path) -> None:
    """Keep what is logged from now on; without a place for it, go on without."""
    try:
        logging.getLogger().addHandler(LogFile(state_dir))
    except OSError as error:
        logging.getLogger(__name__).warning("no log is kept: %s", error)
