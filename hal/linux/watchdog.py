"""Watchdog: the kernel's, which restarts the machine when nobody feeds it.

It is armed by ``open``. Only ``close`` disarms it, by the "magic close" of the kernel's API; a
process that ends in any other way leaves it armed, and the machine restarts. A driver built
with ``nowayout`` cannot be disarmed at all.
Kernel documentation: Documentation/watchdog/watchdog-api.rst.
"""

import array
import fcntl
import os
from pathlib import Path

from ampkeeper.hal.errors import AbsentError

WDIOC_GETBOOTSTATUS = 0x80045702
WDIOC_SETTIMEOUT = 0xC0045706
WDIOF_CARDRESET = 0x0020  # the machine was last restarted by the watchdog
MAGIC = b"V"  # closing after it disarms
TIMEOUT_S = 10  # the Pi's counts at most 15 s


class KernelWatchdog:
    """The watchdog at ``path``; feed it well within ``timeout_s``."""

    def __init__(self, path: Path = Path("/dev/watchdog"), timeout_s: int = TIMEOUT_S) -> None:
        self.timeout_s = timeout_s  # as granted
        self.has_restarted_us = False
        self._path = path
        self._fd = -1

    def open(self) -> None:
        """Arm it; raise AbsentError."""
        if self._fd >= 0:
            return
        try:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"{self._path}: {error.strerror}") from error
        try:
            self.timeout_s = self._ask(WDIOC_SETTIMEOUT, self.timeout_s)
            status = self._ask(WDIOC_GETBOOTSTATUS, 0)
        except OSError as error:
            self.close()
            raise AbsentError(f"{self._path} is no watchdog: {error.strerror}") from error
        self.has_restarted_us = bool(status & WDIOF_CARDRESET)

    def feed(self) -> None:
        """Start its time anew; raise AbsentError."""
        try:
            os.write(self._fd, b"\0")
        except OSError as error:
            raise AbsentError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Disarm it; safe twice. Not to be called on the way out of a failure."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        try:
            os.write(fd, MAGIC)
        finally:
            os.close(fd)

    def _ask(self, request: int, value: int) -> int:
        answer = array.array("i", [value])
        fcntl.ioctl(self._fd, request, answer)
        return answer[0]
