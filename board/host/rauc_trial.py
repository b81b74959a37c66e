"""Rauc trial: ends a system on trial that runs, and never says that it works.

No launcher watches it, and a boot loader counts starts alone. A thread does, which needs nothing of
the station but its process; the service manager's watchdog ends a process that stands.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Protocol

TRIES = 3  # to send it back; then the process goes, and its next start is counted
AGAIN_S = 60.0

log = logging.getLogger(__name__)


class OnTrial(Protocol):
    """The part of ``RaucInstaller`` that ends a trial."""

    def give_up(self, reason: str) -> bool:
        """Reject what is on trial; False: nothing is. Raises OSError."""

    def reboot(self) -> None:
        """Restart the machine; raises OSError."""


def watch(installer: OnTrial, trial_s: float) -> None:
    """From now on, in a thread of its own, as long as this process lives."""
    words = (installer, trial_s, time.sleep, _end_process)
    threading.Thread(target=end_when_over, args=words, name="rauc trial", daemon=True).start()


def end_when_over(
    installer: OnTrial,
    trial_s: float,
    wait: Callable[[float], object],
    end_process: Callable[[], None],
) -> None:
    """Wait for the end of the trial, and send back what is still on trial then."""
    wait(trial_s)
    is_given_up = False
    for _ in range(TRIES):
        try:
            reason = f"it ran for {trial_s:g} s and never said that it works"
            is_given_up = is_given_up or installer.give_up(reason)
            if is_given_up:
                installer.reboot()
            return
        except OSError as error:
            log.error("the system on trial cannot be sent back: %s", error)
            wait(AGAIN_S)
    end_process()


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
