"""Unix door: the other end of ``UnixStream`` for a program without an event loop.

One socket that listens and at most one connection; nothing here ever blocks. Who comes while
somebody is served is sent away and counted, so a second station cannot push the first one out.
A lock beside the socket keeps two programs from standing at one door.
"""

import fcntl
import os
import socket
from pathlib import Path

READ_BYTES_MAX = 4_096
BACKLOG = 4
WAITING_BYTES = 4_096  # a station that hung shall not find minutes of old reports
MODE = 0o660  # owner and group: who may speak to ring 1


class TakenError(OSError):
    """Another program stands at this door."""


class UnixDoor:
    """Listens at ``path`` from ``open`` to ``close``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused_count = 0  # came while somebody was served
        self.dropped_count = 0  # frames that the station did not take in time
        self._lock_fd = -1
        self._listener: socket.socket | None = None
        self._guest: socket.socket | None = None
        self._rest = b""  # of a frame that was taken in part

    @property
    def is_connected(self) -> bool:
        """True while somebody is served."""
        return self._guest is not None

    def open(self) -> None:
        """Listen; raise TakenError, or another OSError where there is no place for a socket."""
        self._lock_fd = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise TakenError(f"{self.path}: another program listens here") from None
        self.path.unlink(missing_ok=True)  # of one that was killed
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.setblocking(False)
        self._listener.bind(str(self.path))
        self.path.chmod(MODE)
        self._listener.listen(BACKLOG)

    def receive(self) -> bytes:
        """Return what came, perhaps nothing."""
        data = b""
        if self._guest is not None:
            data = self._read(self._guest)
        self._welcome()  # after it: who comes in the place of one who went is let in
        return data

    def send(self, frame: bytes | memoryview) -> None:
        """Send one frame, or drop it while the last one is not through or nobody is there."""
        if self._guest is None or not frame:
            return
        if self._rest:
            self._rest = self._rest[self._push(self._rest) :]
        if self._rest:
            self.dropped_count += 1
            return
        self._rest = bytes(frame)[self._push(frame) :]

    def close(self) -> None:
        """Send everybody away; safe twice."""
        self._part()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            self.path.unlink(missing_ok=True)
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def _read(self, guest: socket.socket) -> bytes:
        try:
            data = guest.recv(READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""  # broken: as good as closed
        if not data:
            self._part()
        return data

    def _welcome(self) -> None:
        assert self._listener is not None, "not open"
        try:
            guest, _ = self._listener.accept()
        except BlockingIOError:
            return
        except ConnectionAbortedError:  # gone before it was served
            return
        if self._guest is not None:
            guest.close()
            self.refused_count += 1
            return
        guest.setblocking(False)
        guest.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES)
        self._guest = guest

    def _part(self) -> None:
        if self._guest is not None:
            self._guest.close()
        self._guest = None
        self._rest = b""

    def _push(self, data: bytes | memoryview) -> int:
        assert self._guest is not None
        try:
            return self._guest.send(data)
        except BlockingIOError:
            return 0
        except OSError:  # gone: ``receive`` notices
            return len(data)
