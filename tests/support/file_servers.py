"""Servers that give and take files on loopback, real ones, and break when they are told to.

Each runs in a thread of its own, so that what calls it may block. ``files`` is what it holds.
"""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOLD_S = 60.0  # at most: nobody waits for a thread that a failed test left


class Faults:
    """What goes wrong next; each is used up when it happened."""

    def __init__(self) -> None:
        self.cut_after: list[int] = []  # bytes of the next bodies
        self.statuses: list[int] = []  # of the next HTTP answers
        self.trickles = False  # one byte, then silence until the other side hangs up
        self.holds_after: int | None = None  # bytes of each body, until the server is released

    def take_cut(self) -> int | None:
        return self.cut_after.pop(0) if self.cut_after else None


class WebServer(ThreadingHTTPServer):
    """HTTP with ranges, strong ETags, PUT and POST; ``log`` is each request with its headers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Web)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, tuple[int, str]] = {}
        self.faults = Faults()
        self.log: list[tuple[str, str, dict[str, str]]] = []
        self.login = ""  # "user:password" that is wanted
        self.takes_put = True
        self.has_ranges = True
        self.heeds_if_range = True  # False: gives a part of whatever is there now
        self.release = threading.Event()
        self.tls = context

    def get_request(self) -> tuple[Any, Any]:
        raw, address = super().get_request()
        if self.tls is not None:
            raw = self.tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        return raw, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken lines are what these tests are about."""

    def url(self, path: str, login: str = "", scheme: str = "") -> str:
        """Where a file of this server is."""
        kind = scheme or ("http" if self.tls is None else "https")
        host = "127.0.0.1" if self.tls is None else "localhost"
        return f"{kind}://{login + '@' if login else ''}{host}:{self.server_port}{path}"


class _Web(BaseHTTPRequestHandler):
    server: WebServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self._is_refused():
            return
        body = self.server.files.get(self.path)
        if body is None:
            self._say(404)
            return
        tag = f'"{hash(body) & 0xFFFFFF:x}"'
        first = self._first_wanted(tag, len(body))
        part = body[first:]
        self.send_response(206 if first else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(part)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        self._give(part)

    def do_PUT(self) -> None:
        if self._is_refused():
            return
        if not self.server.takes_put and self.command == "PUT":
            self._read_body()
            self._say(405)
            return
        body = self._read_body()
        if body is not None:
            self.server.files[self.path] = body
            self._say(201)

    do_POST = do_PUT

    def _first_wanted(self, tag: str, size: int) -> int:
        wanted = self.headers.get("Range", "")
        is_same = self.headers.get("If-Range") == tag or not self.server.heeds_if_range
        if not wanted or not self.server.has_ranges or not is_same:
            return 0
        return min(int(wanted.removeprefix("bytes=").rstrip("-")), size)

    def _give(self, part: bytes) -> None:
        cut = self.server.faults.take_cut()
        if self.server.faults.trickles:
            self.wfile.write(part[:1])
            self.wfile.flush()
            self.server.release.wait(HOLD_S)
        elif cut is None:
            held = self.server.faults.holds_after
            if held is not None:
                self.wfile.write(part[:held])
                self.wfile.flush()
                self.server.release.wait(HOLD_S)
            self.wfile.write(part[held or 0 :])
        else:
            self.wfile.write(part[:cut])
            self._hang_up()

    def _read_body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length", "0"))
        cut = self.server.faults.take_cut()
        if cut is not None:
            self.rfile.read(min(cut, length))
            self._hang_up()
            return None
        return self.rfile.read(length)

    def _is_refused(self) -> bool:
        self.server.log.append((self.command, self.path, dict(self.headers.items())))
        wanted = base64.b64encode(self.server.login.encode()).decode()
        if self.path in self.server.redirects:
            status, location = self.server.redirects[self.path]
            self._say(status, location)
        elif self.server.login and self.headers.get("Authorization") != f"Basic {wanted}":
            self._say(401)
        elif self.server.faults.statuses:
            self._say(self.server.faults.statuses.pop(0))
        else:
            return False
        return True

    def _say(self, status: int, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if location:
            self.send_header("Location", location)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def _hang_up(self) -> None:
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class FtpServer:
    """Passive FTP, in the clear, with AUTH TLS, or under TLS from the start; one client a thread.

    Its files are in memory; ``lines`` is all that it was told.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.faults = Faults()
        self.login = ("me", "secret")
        self.has_rest = True
        self.room_bytes = 1 << 30
        self.tls = context
        self.is_implicit = False  # TLS begins before the first word
        self.lines: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def serve(self) -> None:
        """Serve until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                control, _ = self.listener.accept()
                control.settimeout(30)
                talk = _FtpTalk(self, control)
                threading.Thread(target=talk.run, daemon=True).start()

    def url(self, path: str, login: str = "me:secret@") -> str:
        """Where a file of this server is."""
        scheme, host = ("ftp", "127.0.0.1") if self.tls is None else ("ftps", "localhost")
        return f"{scheme}://{login}{host}:{self.port}{path}"


class _FtpTalk:
    def __init__(self, server: FtpServer, control: socket.socket) -> None:
        self._server = server
        self._control = control
        self._pasv_socket = socket.socket()
        self._offset = 0
        self._user = ""
        self._is_private = False

    def run(self) -> None:
        with contextlib.closing(self), contextlib.suppress(OSError, ValueError):
            if self._server.is_implicit:
                assert self._server.tls is not None
                self._control = self._server.tls.wrap_socket(self._control, server_side=True)
            self._say("220 ready")
            buffer = b""
            while data := self._control.recv(1024):
                buffer += data
                while b"\r\n" in buffer:
                    line, _, buffer = buffer.partition(b"\r\n")
                    self._do(line.decode())

    def close(self) -> None:
        self._control.close()
        self._pasv_socket.close()

    def _say(self, text: str) -> None:
        self._control.sendall(text.encode() + b"\r\n")

    def _do(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        self._server.lines.append(line if verb != "PASS" else "PASS")
        handler = getattr(self, "on_" + verb.lower(), None)
        if handler is None:
            self._say("502 not here")
        else:
            handler(rest)

    def on_auth(self, rest: str) -> None:
        if self._server.tls is None:
            self._say("502 no TLS")
            return
        self._say("234 go on")
        self._control = self._server.tls.wrap_socket(self._control, server_side=True)

    def on_user(self, rest: str) -> None:
        self._user = rest
        self._say("331 password")

    def on_pass(self, rest: str) -> None:
        self._say("230 in" if (self._user, rest) == self._server.login else "530 no")

    def on_pbsz(self, rest: str) -> None:
        self._say("200 0")

    def on_prot(self, rest: str) -> None:
        self._is_private = rest == "P"
        self._say("200 so")

    def on_type(self, rest: str) -> None:
        self._say("200 so")

    def on_size(self, rest: str) -> None:
        body = self._server.files.get(rest)
        self._say("550 none" if body is None else f"213 {len(body)}")

    def on_mdtm(self, rest: str) -> None:
        self._say("213 20261122120000" if rest in self._server.files else "550 none")

    def on_rest(self, rest: str) -> None:
        if self._server.has_rest:
            self._offset = int(rest)
        self._say("350 from there" if self._server.has_rest else "502 no")

    def on_epsv(self, rest: str) -> None:
        self._say("502 no")

    def on_pasv(self, rest: str) -> None:
        self._pasv_socket.close()
        self._pasv_socket = socket.create_server(("127.0.0.1", 0))
        port = self._pasv_socket.getsockname()[1]
        self._say(f"227 (127,0,0,1,{port >> 8},{port & 255})")

    def _data(self) -> socket.socket:
        self._say("150 now")
        data, _ = self._pasv_socket.accept()
        self._pasv_socket.close()
        data.settimeout(30)
        if self._is_private:
            assert self._server.tls is not None
            data = self._server.tls.wrap_socket(data, server_side=True)
        return data

    def on_retr(self, rest: str) -> None:
        body = self._server.files.get(rest)
        if body is None:
            self._say("550 none")
            return
        offset, self._offset = self._offset, 0
        cut = self._server.faults.take_cut()
        data = self._data()
        data.sendall(body[offset:] if cut is None else body[offset : offset + cut])
        self._close(data)
        if cut is not None:
            self._control.shutdown(socket.SHUT_RDWR)
        else:
            self._say("226 done")

    def on_stor(self, rest: str) -> None:
        offset, self._offset = self._offset, 0
        kept = bytearray(self._server.files.get(rest, b"")[:offset])
        cut = self._server.faults.take_cut()
        data = self._data()
        while got := data.recv(4096):
            kept += got
            if cut is not None and len(kept) - offset >= cut:
                self._server.files[rest] = bytes(kept[: offset + cut])
                data.close()
                self._control.shutdown(socket.SHUT_RDWR)
                return
            if len(kept) > self._server.room_bytes:
                data.close()
                self._say("552 full")
                return
        self._server.files[rest] = bytes(kept)
        self._close(data)
        self._say("226 done")

    def _close(self, data: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if isinstance(data, ssl.SSLSocket):
                data.unwrap()
        data.close()


@contextlib.contextmanager
def web_server(context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """An HTTP server, for as long as the block lasts."""
    server = WebServer(context)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def ftp_server(context: ssl.SSLContext | None = None) -> Iterator[FtpServer]:
    """An FTP server, for as long as the block lasts."""
    server = FtpServer(context)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()
