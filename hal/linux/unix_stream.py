"""Unix stream: a Unix socket as a ``ByteStream``; the station's end of a link on one machine."""

import os
import socket

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.stream import FileStream


class UnixStream(FileStream):
    """A connection to the socket at ``path``, anew at each ``open``."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(os.fspath(path))

    def _open(self) -> int:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            end.setblocking(False)
            end.connect(self.name)  # at once, or not at all
        except OSError as error:
            end.close()
            raise AbsentError(f"{self.name}: {error.strerror or error}") from error
        return end.detach()
