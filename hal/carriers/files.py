"""Carriers of a station: which one takes a file from or to an address.

It implements the ``Carriers`` port of ``firmware/transfers/port.py``. Each library is imported when
it is first needed: no start waits for it, and most stations never need all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ampkeeper.hal.carriers.place import Place
from ampkeeper.hal.carriers.trust import context_of

if TYPE_CHECKING:
    from ampkeeper.hal.carriers.sftp import KnownHosts

TIMEOUT_S = 30.0  # of one step: to connect, or to hear anything at all


class Download(Protocol):
    """What fetches; see ``firmware/transfers/port.py``."""

    offset: int
    mark: str
    size_bytes: int | None

    def open(self) -> None: ...

    def read(self) -> bytes: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Upload(Protocol):
    """What sends; see ``firmware/transfers/port.py``."""

    offset: int

    def open(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def finish(self) -> bool: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FileCarriers:
    """Makes carriers; nothing is touched before their ``open``."""

    known_hosts: Path
    learns_hosts: bool = False
    ca_file: str = ""
    timeout_s: float = TIMEOUT_S
    roots_pem: Callable[[], str] = str  # believed besides; "" is none

    def download(self, place: Place, offset: int, mark: str) -> Download:
        """What fetches ``place`` from ``offset`` on, if it is still the file of that ``mark``."""
        context = partial(context_of, self.ca_file, self.roots_pem)
        if place.scheme in ("http", "https"):
            from ampkeeper.hal.carriers.http import HttpDownload

            return HttpDownload(place, offset, mark, context, self.timeout_s)
        if place.scheme in ("ftp", "ftps"):
            from ampkeeper.hal.carriers.ftp import FtpDownload

            return FtpDownload(place, offset, mark, context, self.timeout_s)
        from ampkeeper.hal.carriers.sftp import SftpDownload

        return SftpDownload(place, offset, mark, self._hosts(), self.timeout_s)

    def upload(self, place: Place, size_bytes: int, sent_bytes: int) -> Upload:
        """What sends a file of ``size_bytes``; ``sent_bytes`` went out in attempts before."""
        context = partial(context_of, self.ca_file, self.roots_pem)
        if place.scheme in ("http", "https"):
            from ampkeeper.hal.carriers.http import HttpUpload

            return HttpUpload(place, size_bytes, context, self.timeout_s)
        if place.scheme in ("ftp", "ftps"):
            from ampkeeper.hal.carriers.ftp import FtpUpload

            return FtpUpload(place, sent_bytes, context, self.timeout_s)
        from ampkeeper.hal.carriers.sftp import SftpUpload

        return SftpUpload(place, sent_bytes, self._hosts(), self.timeout_s)

    def _hosts(self) -> "KnownHosts":
        from ampkeeper.hal.carriers.sftp import KnownHosts

        return KnownHosts(self.known_hosts, self.learns_hosts)
