"""Boot lock: held by what the launcher started, and by whoever else changes the slots meanwhile.

It goes with the last process that has the handle, however that ended.
"""

import fcntl
import os
import time
from pathlib import Path

LOCK_FILE = "boot.lock"  # in the state folder
LOCK_LOOK_S = 0.2
LOCK_MODE = 0o644


def held(state: Path, wait_s: float = 0.0) -> int:
    """The lock, as a handle to close; BlockingIOError for one that another has after ``wait_s``."""
    state.mkdir(parents=True, exist_ok=True)
    file = state / LOCK_FILE
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, LOCK_MODE)
    deadline_s = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline_s:
                time.sleep(LOCK_LOOK_S)
                continue
            os.close(handle)
            raise
        except OSError:
            os.close(handle)
            raise
        return handle
