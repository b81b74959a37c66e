"""FTP and FTPS, by the standard library's ftplib: passive, binary, REST to go on where it was cut.

FTPS is explicit TLS (RFC 4217) on both channels, or implicit where the port is 990. The address
that the server names for data is not believed: data goes to the machine that was asked for.
"""

import ftplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ampkeeper.hal.carriers.place import CHUNK_BYTES, Place
from ampkeeper.hal.errors import AbsentError, RefusedError

IMPLICIT_PORT = 990
ANONYMOUS = ("anonymous", "anonymous@")  # RFC 1635
UNKNOWN = ("500", "501", "502", "504")  # the command, or what came with it, is not known
WORDS = {"530": "denied", "532": "denied", "534": "untrusted", "550": "missing", "553": "denied"}
FAILURES = (OSError, EOFError, ftplib.Error)

MakeContext = Callable[[], ssl.SSLContext]
T = TypeVar("T")


class PlainFtp(ftplib.FTP):
    """FTP in the clear."""


class SecureFtp(ftplib.FTP_TLS):
    """FTP_TLS that also speaks implicit TLS, and shows the data channel the session it knows.

    Servers may refuse data without the session of the control channel (vsftpd: require_ssl_reuse).
    """

    is_implicit = False

    def connect(self, *args: Any, **kwargs: Any) -> str:
        """Connect; where TLS is implicit, it begins before the server's first word."""
        if not self.is_implicit:
            return super().connect(*args, **kwargs)
        host, port, timeout_s = args
        self.host, self.port, self.timeout = host, port, timeout_s
        raw = socket.create_connection((host, port), timeout_s)
        self.af = raw.family
        self.sock = self.context.wrap_socket(raw, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[Any, int | None]:
        """Open a data channel under TLS, with the session of the control channel."""
        plain, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        try:
            session = getattr(self.sock, "session", None)
            secure = self.context.wrap_socket(plain, server_hostname=self.host, session=session)
        except (OSError, ValueError):
            plain.close()
            raise
        return secure, size


class _Session:
    """A login and one data channel; everything that fails on it is one of our errors."""

    def __init__(self, place: Place, make_context: MakeContext, timeout_s: float) -> None:
        self._place = place
        self._make_context = make_context
        self._timeout_s = timeout_s
        self._ftp: ftplib.FTP | None = None
        self.data: socket.socket | None = None

    @property
    def ftp(self) -> ftplib.FTP:
        assert self._ftp is not None, "open() comes first"
        return self._ftp

    def open(self) -> None:
        """Connect and log in."""
        self.close()
        self.tried(self._log_in)

    def _log_in(self) -> None:
        place = self._place
        user, password = (place.user, place.password) if place.user else ANONYMOUS
        if place.scheme == "ftps":
            self._log_in_securely(user, password)
        else:
            self._ftp = PlainFtp()
            self._ftp.connect(place.host, place.port, self._timeout_s)
            self._ftp.login(user, password)
        self.ftp.voidcmd("TYPE I")

    def _log_in_securely(self, user: str, password: str) -> None:
        place = self._place
        ftp = self._ftp = SecureFtp(context=self._make_context())
        ftp.is_implicit = place.port == IMPLICIT_PORT
        ftp.connect(place.host, place.port, self._timeout_s)
        if not ftp.is_implicit:
            ftp.auth()
        ftp.login(user, password, secure=False)  # under TLS already
        ftp.prot_p()

    def size_bytes(self) -> int | None:
        """How long the file is there; None: it is not, or the server does not tell."""
        try:
            return self.tried(lambda: self.ftp.size(self._place.path))
        except RefusedError:
            return None

    def time(self) -> str:
        """When the file was changed there; empty: the server does not tell."""
        try:
            return self.tried(lambda: self.ftp.voidcmd(f"MDTM {self._place.path}"))
        except RefusedError:
            return ""

    def begin(self, command: str, offset: int) -> int:
        """Open the data channel; return where it begins: 0 if the server cannot go on."""
        line = f"{command} {self._place.path}"
        if offset > 0:
            try:
                self.data = self.tried(lambda: self.ftp.ntransfercmd(line, offset)[0])
                return offset
            except RefusedError as error:
                if error.word != "unsupported":
                    raise
        self.data = self.tried(lambda: self.ftp.ntransfercmd(line)[0])
        return 0

    def end(self) -> None:
        """Close the data channel, and hear whether all of it arrived."""
        data, self.data = self.data, None
        if data is not None:
            with suppress(OSError, ValueError):
                if isinstance(data, ssl.SSLSocket):
                    data.unwrap()
            data.close()
        self.tried(self.ftp.voidresp)

    def tried(self, step: Callable[[], T]) -> T:
        """Do ``step``; what the server or the network says against it is one of our errors."""
        host = self._place.host
        try:
            return step()
        except ssl.SSLCertVerificationError as error:
            raise RefusedError(f"{host}: {error.verify_message}", "untrusted") from error
        except ftplib.error_perm as error:
            text = str(error)[:200]
            word = "unsupported" if text[:3] in UNKNOWN else WORDS.get(text[:3], "refused")
            raise RefusedError(f"{host}: FTP {text}", word) from error
        except FAILURES as error:
            raise AbsentError(f"{host}: {type(error).__name__}: {error}"[:200]) from error
        except (ValueError, UnicodeError) as error:
            raise RefusedError(f"{host}: {error}"[:200]) from error

    def abort(self) -> None:
        """Wake whoever waits for the server; from any thread."""
        control = self._ftp.sock if self._ftp is not None else None
        for each in (self.data, control):
            with suppress(OSError):
                if each is not None:
                    each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release; safe twice."""
        if self.data is not None:
            self.data.close()
            self.data = None
        if self._ftp is not None:
            self._ftp.close()
            self._ftp = None


class FtpDownload:
    """A file that is fetched. Call from one thread at a time; ``abort`` from any."""

    def __init__(
        self, place: Place, offset: int, mark: str, make_context: MakeContext, timeout_s: float
    ) -> None:
        self.offset = offset
        self.mark = mark
        self.size_bytes: int | None = None
        self._session = _Session(place, make_context, timeout_s)

    def open(self) -> None:
        """Ask for the file from ``offset`` on; ``offset`` is then where the server begins."""
        session = self._session
        session.open()
        self.size_bytes = session.size_bytes()
        mark = f"{self.size_bytes} {session.time()}"
        wanted = self.offset if mark == self.mark else 0
        self.mark = mark
        self.offset = session.begin("RETR", wanted)

    def read(self) -> bytes:
        """The next bytes; empty at the end."""
        data = self._session.data
        if data is None:
            return b""
        got = self._session.tried(lambda: data.recv(CHUNK_BYTES))
        if not got:
            self._session.end()
        return got

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._session.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._session.close()


class FtpUpload:
    """A file that is sent; ``sent_bytes`` of it may be there from an attempt before."""

    def __init__(
        self, place: Place, sent_bytes: int, make_context: MakeContext, timeout_s: float
    ) -> None:
        self.offset = 0
        self._sent_bytes = sent_bytes
        self._session = _Session(place, make_context, timeout_s)

    def open(self) -> None:
        """Connect; ``offset`` is then how much of the file the server has already."""
        session = self._session
        session.open()
        there = session.size_bytes() if self._sent_bytes else None
        wanted = there if there is not None and there <= self._sent_bytes else 0
        self.offset = session.begin("STOR", wanted)

    def write(self, data: bytes) -> None:
        """Send the next bytes."""
        channel = self._session.data
        assert channel is not None, "open() comes first"
        self._session.tried(lambda: channel.sendall(data))

    def finish(self) -> bool:
        """True once the server has said that it has all of it."""
        self._session.end()
        return True

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._session.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._session.close()
