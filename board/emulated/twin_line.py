"""Twin line: the far end of a serial line, as a pty, and what can be put between the two ends.

The driver opens ``path`` like any serial port; the twin writes and hears at the other end.
The pty's own end stays open here too, so a driver may come and go without ending the line.
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable

CHUNK = 4096  # bytes per read
WAITING_MAX = 65536  # bytes; beyond this a line nobody reads drops what is written


class PtyLine:
    """A raw pty. ``heard`` is called with every chunk that the other end wrote."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.path = ""
        self._heard = heard
        self._near = -1
        self._far = -1
        self._waiting = bytearray()

    def open(self) -> str:
        """Make the pty and return the path for the driver; needs a running loop."""
        before = self._far  # not before there is a new one, which shall have another number
        self._near, self._far = os.openpty()
        if before >= 0:
            os.close(before)
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self.path = os.ttyname(self._far)
        asyncio.get_running_loop().add_reader(self._near, self._read)
        return self.path

    def write(self, data: bytes) -> None:
        """Send ``data`` to the driver; drop it when the line is closed or full."""
        if self._near < 0 or len(self._waiting) + len(data) > WAITING_MAX:
            return
        self._waiting += data
        self._flush()

    def close(self) -> None:
        """End the line; safe twice.

        The path is gone then. Its number is given to nobody else for as long as this object
        lives: whoever still tries the path shall not find another one's line, and take it.
        """
        if self._near < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._near)
        loop.remove_writer(self._near)
        os.close(self._near)
        self._near = -1
        self._waiting.clear()

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._far)

    def _read(self) -> None:
        try:
            data = os.read(self._near, CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        self._heard(data)

    def _flush(self) -> None:
        """Write what the pty takes now; the rest when it has room again."""
        loop = asyncio.get_running_loop()
        try:
            sent_count = os.write(self._near, self._waiting)
        except (BlockingIOError, InterruptedError):
            sent_count = 0
        del self._waiting[:sent_count]
        if self._waiting:
            loop.add_writer(self._near, self._flush)
        else:
            loop.remove_writer(self._near)
