"""Service: what a process tells the service manager that started it: ready, alive, ending.

The manager names a datagram socket and how long it waits for a sign of life. A process that it did
not start has no such socket, and then nothing is told. Nothing here blocks, and nothing fails: a
manager that does not listen is no reason to end.
systemd's sd_notify(3) and sd_watchdog_enabled(3); its library is not needed for one datagram.
"""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
WATCHDOG_US = "WATCHDOG_USEC"  # microseconds without a sign of life, after which we are killed
WATCHDOG_PID = "WATCHDOG_PID"  # whose sign is waited for; not there: whoever can send one
US_PER_S = 1_000_000
READY, ALIVE, ENDING = b"READY=1", b"WATCHDOG=1", b"STOPPING=1"


class Service:
    """This process as a service; ``watchdog_s`` is 0 where no sign of life is waited for."""

    def __init__(self, address: str = "", watchdog_s: float = 0.0) -> None:
        self.watchdog_s = watchdog_s
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    @property
    def is_one(self) -> bool:
        """Whether somebody wants to be told."""
        return bool(self._address)

    def ready(self) -> None:
        """It does now what it is there for."""
        self._tell(READY)

    def feed(self) -> None:
        """Say that it lives, as to any watchdog: three times within ``watchdog_s``."""
        self._tell(ALIVE)

    def ending(self) -> None:
        """It was asked to end, and does."""
        self._tell(ENDING)

    def _tell(self, text: bytes) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto(text, self._address)


def service_of(environment: MutableMapping[str, str]) -> Service:
    """What the manager said; it is taken out, so that no child of ours speaks for us."""
    address = environment.pop(SOCKET, "")
    told_us, pid = environment.pop(WATCHDOG_US, ""), environment.pop(WATCHDOG_PID, "")
    if not address.startswith(("/", "@")):
        return Service()
    is_ours = not pid or pid == str(os.getpid())
    watchdog_s = int(told_us) / US_PER_S if is_ours and told_us.isdecimal() else 0.0
    return Service(address, watchdog_s)
