"""HTTP and HTTPS, by the standard library: GET that goes on where it was cut, PUT or POST.

Redirects are followed, five at most, never from https to http, and without the password once
they lead to another machine. No proxy, no cookies, no compression. A file that changed on the
server between two attempts begins anew (RFC 9110 section 13.1.5, If-Range).
"""

import base64
import http.client
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urljoin, urlsplit

from ampkeeper.hal.carriers.place import CHUNK_BYTES, Place
from ampkeeper.hal.errors import AbsentError, RefusedError

REDIRECTS_MAX = 5
REDIRECTS = (301, 302, 303, 307, 308)
KEEPING_REDIRECTS = (307, 308)  # the only ones that an upload may follow
TRY_AGAIN = (408, 423, 425, 429)  # and all of 5xx but these
UNSUPPORTED = (405, 501, 505)
WORDS = {401: "denied", 403: "denied", 404: "missing", 407: "denied", 410: "missing"}
RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")
PORTS = {"http": 80, "https": 443}
AGENT = "Ampkeeper"

MakeContext = Callable[[], ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class _Hop:
    """Where the next request goes."""

    scheme: str
    host: str
    port: int
    target: str
    authorization: str

    @property
    def host_line(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


class _Line:
    """One HTTP connection at a time; everything that fails on it is one of our errors."""

    def __init__(self, place: Place, make_context: MakeContext, timeout_s: float) -> None:
        self._make_context = make_context
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self._response: http.client.HTTPResponse | None = None
        self.socket: socket.socket | None = None
        self.hop = _Hop(
            place.scheme, place.host, place.port, place.target, _basic(place.user, place.password)
        )

    def begin(self, method: str, headers: dict[str, str]) -> http.client.HTTPConnection:
        """Connect, and send a request up to its body."""
        self.close()
        hop = self.hop
        try:
            connection = self._connection = self._made(hop)
            connection.connect()
            self.socket = connection.sock
            connection.putrequest(method, hop.target, skip_host=True, skip_accept_encoding=True)
            shared = {"Host": hop.host_line, "User-Agent": AGENT, "Accept-Encoding": "identity"}
            if hop.authorization:
                shared["Authorization"] = hop.authorization
            for name, value in (shared | headers).items():
                connection.putheader(name, value)
            connection.endheaders()
        except ssl.SSLCertVerificationError as error:
            raise RefusedError(f"{hop.host}: {error.verify_message}", "untrusted") from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise AbsentError(f"{hop.host}: {_said(error)}") from error
        return connection

    def _made(self, hop: _Hop) -> http.client.HTTPConnection:
        if hop.scheme == "http":
            return http.client.HTTPConnection(hop.host, hop.port, timeout=self._timeout_s)
        context = self._make_context()
        return http.client.HTTPSConnection(
            hop.host, hop.port, timeout=self._timeout_s, context=context
        )

    def answer(self) -> http.client.HTTPResponse:
        """What the server says to the request."""
        assert self._connection is not None, "begin() comes first"
        try:
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AbsentError(f"{self.hop.host}: {_said(error)}") from error
        return self._response

    def follow(self, location: str | None) -> None:
        """Go to where the server points."""
        here = f"{self.hop.scheme}://{self.hop.host_line}{self.hop.target}"
        try:
            there = urlsplit(urljoin(here, location or ""))
            host, port = there.hostname or "", there.port or PORTS.get(there.scheme, 0)
        except ValueError:
            host, port = "", 0
        is_lowered = self.hop.scheme == "https" and there.scheme != "https" if port else False
        if not location or not host or there.scheme not in PORTS or is_lowered:
            raise RefusedError(f"{self.hop.host}: a redirect that is not followed", "refused")
        is_same = (host, port) == (self.hop.host, self.hop.port)
        target = (there.path or "/") + (f"?{there.query}" if there.query else "")
        login = self.hop.authorization if is_same else ""
        self.hop = _Hop(there.scheme, host, port, target, login)

    def abort(self) -> None:
        """Wake whoever waits for the server; from any thread."""
        with suppress(OSError):
            if self.socket is not None:
                self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release; safe twice."""
        if self._response is not None:
            self._response.close()
            self._response = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class HttpDownload:
    """A file that is fetched. Call from one thread at a time; ``abort`` from any."""

    def __init__(
        self, place: Place, offset: int, mark: str, make_context: MakeContext, timeout_s: float
    ) -> None:
        self.offset = offset
        self.mark = mark
        self.size_bytes: int | None = None
        self._line = _Line(place, make_context, timeout_s)
        self._response: http.client.HTTPResponse | None = None

    def open(self) -> None:
        """Ask for the file from ``offset`` on; ``offset`` is then where the server begins."""
        for _ in range(REDIRECTS_MAX + 1):
            response = self._ask()
            if response.status in REDIRECTS:
                self._line.follow(response.getheader("Location"))
            elif self._is_another(response):
                self.offset, self.mark = 0, ""
            else:
                self._begin(response)
                return
        raise RefusedError(f"{self._line.hop.host}: more than {REDIRECTS_MAX} redirects")

    def read(self) -> bytes:
        """The next bytes; empty at the end."""
        assert self._response is not None, "open() comes first"
        try:
            return self._response.read1(CHUNK_BYTES)  # what has come, not all of it
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AbsentError(f"{self._line.hop.host}: {_said(error)}") from error

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._line.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._line.close()

    def _ask(self) -> http.client.HTTPResponse:
        headers = {}
        if self.offset > 0 and self.mark:
            headers = {"Range": f"bytes={self.offset}-", "If-Range": self.mark}
        self._line.begin("GET", headers)
        return self._line.answer()

    def _is_another(self, response: http.client.HTTPResponse) -> bool:
        """True for a file that is shorter than what is here, or changed, If-Range or not."""
        if self.offset == 0:
            return False
        return response.status == 416 or (
            response.status == 206 and _mark(response) not in ("", self.mark)
        )

    def _begin(self, response: http.client.HTTPResponse) -> None:
        host = self._line.hop.host
        if response.status not in (200, 206):
            raise _refusal(host, response)
        length = response.length
        begins_at = 0
        if response.status == 206:
            found = RANGE.fullmatch(response.getheader("Content-Range") or "")
            if found is None or int(found[1]) != self.offset:
                raise RefusedError(f"{host}: another part than was asked for")
            begins_at = self.offset
        self.offset = begins_at
        self.size_bytes = None if length is None else begins_at + length
        self.mark = _mark(response)
        self._response = response


class HttpUpload:
    """A file that is sent, whole: HTTP has no way to go on. PUT, or POST where PUT is unknown."""

    def __init__(
        self, place: Place, size_bytes: int, make_context: MakeContext, timeout_s: float
    ) -> None:
        self.offset = 0
        self._size_bytes = size_bytes
        self._method = "PUT"
        self._line = _Line(place, make_context, timeout_s)
        self._hops = 0
        self._connection: http.client.HTTPConnection | None = None

    def open(self) -> None:
        """Connect, and announce the file."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(self._size_bytes),
        }
        self._connection = self._line.begin(self._method, headers)

    def write(self, data: bytes) -> None:
        """Send the next bytes."""
        assert self._connection is not None, "open() comes first"
        try:
            self._connection.send(data)
        except (OSError, http.client.HTTPException) as error:
            with suppress(AbsentError):  # a server that refuses may say so before it hangs up
                self._judge(self._line.answer())
            raise AbsentError(f"{self._line.hop.host}: {_said(error)}") from error

    def finish(self) -> bool:
        """True once the server has it; False: it wants it another way, so open again."""
        return self._judge(self._line.answer())

    def abort(self) -> None:
        """End what waits; from any thread."""
        self._line.abort()

    def close(self) -> None:
        """Release; safe twice."""
        self._line.close()

    def _judge(self, response: http.client.HTTPResponse) -> bool:
        if 200 <= response.status < 300:
            return True
        if response.status in UNSUPPORTED and self._method == "PUT":
            self._method = "POST"
            return False
        if response.status in KEEPING_REDIRECTS and self._hops < REDIRECTS_MAX:
            self._hops += 1
            self._line.follow(response.getheader("Location"))
            return False
        raise _refusal(self._line.hop.host, response)


def _refusal(host: str, response: http.client.HTTPResponse) -> AbsentError | RefusedError:
    status = response.status
    text = f"{host}: HTTP {status} {response.reason[:80]}".rstrip()
    if status in UNSUPPORTED:
        return RefusedError(text, "unsupported")
    if status >= 500 or status in TRY_AGAIN:
        return AbsentError(text)
    return RefusedError(text, WORDS.get(status, "refused"))


def _mark(response: http.client.HTTPResponse) -> str:
    """What tells this file from a later one: a strong ETag, else its date."""
    tag = response.getheader("ETag") or ""
    if tag.startswith('"'):
        return tag
    return response.getheader("Last-Modified") or ""


def _basic(user: str, password: str) -> str:
    if not user and not password:
        return ""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _said(error: Exception) -> str:
    reason = cast("str | None", getattr(error, "strerror", None)) or str(error)
    return f"{type(error).__name__}: {reason}"[:200]
