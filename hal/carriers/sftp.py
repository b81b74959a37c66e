"""SFTP, by asyncssh, in the thread that calls: host keys are verified, always.

A host is believed if its key is in the file of known hosts (OpenSSH's format). One that is in no
line there is refused, or learned if the station was configured to: then its key is written down
before anything else is said, and another key is refused from then on.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncssh

from ampkeeper.hal.carriers.place import CHUNK_BYTES, Place
from ampkeeper.hal.errors import AbsentError, RefusedError

KNOWN_BYTES_MAX = 1 << 20  # of the file of known hosts
WORDS = {
    asyncssh.SFTPNoSuchFile: "missing",
    asyncssh.SFTPPermissionDenied: "denied",
    asyncssh.SFTPOpUnsupported: "unsupported",
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """Which hosts are believed; ``learns``: also one that was never met."""

    file: Path
    learns: bool = False

    def text(self) -> str:
        """The file; empty where there is none."""
        try:
            if self.file.stat().st_size > KNOWN_BYTES_MAX:
                raise RefusedError(f"{self.file}: more than {KNOWN_BYTES_MAX} bytes", "untrusted")
            return self.file.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeError) as error:
            raise RefusedError(f"{self.file}: {error}", "untrusted") from error

    def learn(self, host: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Write down the key of a host that was never met; False: it stays a stranger."""
        if not self.learns:
            return False
        name = host if port == 22 else f"[{host}]:{port}"
        line = f"{name} {key.export_public_key('openssh').decode('ascii').strip()}\n"
        try:
            text = self.text()
            with self.file.open("a", encoding="utf-8") as file:
                file.write("\n" + line if text and not text.endswith("\n") else line)
        except OSError:
            return False
        return True


class _Guard(asyncssh.SSHClient):
    """Asked by asyncssh about a host key that no line of the file vouches for."""

    def __init__(self, known: KnownHosts, has_met: bool) -> None:
        self._known = known
        self._has_met = has_met

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        return not self._has_met and self._known.learn(host, port, key)


class _Session:
    """An SFTP session on a loop of its own; what fails on it is one of our errors."""

    def __init__(self, place: Place, known: KnownHosts, timeout_s: float) -> None:
        self.place = place
        self._known = known
        self._timeout_s = timeout_s
        self._runner: asyncio.Runner | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None
        self._waiting: asyncio.Task[Any] | None = None

    @property
    def sftp(self) -> asyncssh.SFTPClient:
        assert self._sftp is not None, "open() comes first"
        return self._sftp

    def open(self) -> None:
        """Connect, verify the host, log in."""
        self.close()
        self._runner = asyncio.Runner()
        self.run(self._connect())

    async def _connect(self) -> None:
        place, text = self.place, self._known.text()
        try:
            known = asyncssh.import_known_hosts(text)
        except ValueError as error:
            raise RefusedError(f"{self._known.file}: {error}", "untrusted") from error
        has_met = any(known.match(place.host, "", place.port)[:2])
        self._connection, _ = await asyncssh.create_connection(
            lambda: _Guard(self._known, has_met),
            place.host,
            place.port,
            username=place.user or "anonymous",
            password=place.password,
            known_hosts=known,
            client_keys=None,
            agent_path=None,
            config=None,
            connect_timeout=self._timeout_s,
            login_timeout=self._timeout_s,
        )
        self._sftp = await self._connection.start_sftp_client()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it within the time-out."""
        assert self._runner is not None, "open() comes first"
        host = self.place.host
        try:
            return self._runner.run(self._bounded(work))
        except asyncssh.HostKeyNotVerifiable as error:
            raise RefusedError(f"{host}: its host key is not known", "untrusted") from error
        except asyncssh.PermissionDenied as error:
            raise RefusedError(f"{host}: {error.reason}"[:200], "denied") from error
        except tuple(WORDS) as error:
            raise RefusedError(f"{host}: {error.reason}"[:200], WORDS[type(error)]) from error
        except (OSError, ValueError, asyncssh.Error, asyncio.CancelledError) as error:
            raise AbsentError(f"{host}: {type(error).__name__}: {error}"[:200]) from error

    async def _bounded(self, work: Coroutine[Any, Any, T]) -> T:
        self._waiting = asyncio.current_task()
        async with asyncio.timeout(self._timeout_s):
            return await work

    def abort(self) -> None:
        """Wake whoever waits for the server; from any thread."""
        waiting = self._waiting
        if waiting is not None:
            with suppress(RuntimeError):  # its loop is closed already
                waiting.get_loop().call_soon_threadsafe(waiting.cancel)

    def close(self) -> None:
        """Release; safe twice. In the thread of the session."""
        runner, self._runner = self._runner, None
        connection, self._connection = self._connection, None
        self._sftp = None
        if runner is None:
            return
        if connection is not None:
            connection.abort()
            with suppress(OSError, asyncssh.Error, TimeoutError):
                runner.run(connection.wait_closed())
        runner.close()


class SftpDownload:
    """A file that is fetched. Call from one thread at a time; ``abort`` from any."""

    def __init__(
        self, place: Place, offset: int, mark: str, known: KnownHosts, timeout_s: float
    ) -> None:
        self.offset = offset
        self.mark = mark
        self.size_bytes: int | None = None
        self._session = _Session(place, known, timeout_s)
        self._file: asyncssh.SFTPClientFile | None = None

    def open(self) -> None:
        """Find the file; ``offset`` is then where the reading begins."""
        self._session.open()
        self._session.run(self._find())

    async def _find(self) -> None:
        sftp, path = self._session.sftp, self._session.place.path
        found = await sftp.stat(path)
        self.size_bytes = found.size
        mark = f"{found.size} {found.mtime}"
        if mark != self.mark:
            self.offset, self.mark = 0, mark
        self._file = await sftp.open(path, "rb")
        await self._file.seek(self.offset)

    def read(self) -> bytes:
        """The next bytes; empty at the end."""
        return self._session.run(self._read())

    async def _read(self) -> bytes:
        assert self._file is not None, "open() comes first"
        return cast("bytes", await self._file.read(CHUNK_BYTES))  # it was opened as binary

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._session.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._session.close()


class SftpUpload:
    """A file that is sent; ``sent_bytes`` of it may be there from an attempt before."""

    def __init__(self, place: Place, sent_bytes: int, known: KnownHosts, timeout_s: float) -> None:
        self.offset = 0
        self._sent_bytes = sent_bytes
        self._session = _Session(place, known, timeout_s)
        self._file: asyncssh.SFTPClientFile | None = None

    def open(self) -> None:
        """Connect; ``offset`` is then how much of the file the server has already."""
        self._session.open()
        self._session.run(self._begin())

    async def _begin(self) -> None:
        sftp, path = self._session.sftp, self._session.place.path
        there = 0
        if self._sent_bytes:
            with suppress(asyncssh.SFTPNoSuchFile):
                there = (await sftp.stat(path)).size or 0
        self.offset = there if there <= self._sent_bytes else 0
        self._file = await sftp.open(path, "r+b" if self.offset else "wb")
        await self._file.seek(self.offset)

    def write(self, data: bytes) -> None:
        """Send the next bytes."""
        assert self._file is not None, "open() comes first"
        self._session.run(self._file.write(data))

    def finish(self) -> bool:
        """True once the server has closed the file, so has all of it."""
        assert self._file is not None, "open() comes first"
        self._session.run(self._file.close())
        return True

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._session.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._session.close()
