"""A TLS server of our own on loopback, as good or as bad as a test wants it.

One thread, one handshake after another, alerts included, which a server in asyncio swallows.
After the handshake it answers the WebSocket's request, or refuses it.
"""

import base64
import hashlib
import socket
import ssl
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.pki import Issued

WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


@dataclass
class TlsServer:
    """``heard`` are the requests that came through, ``shown`` the certificates of stations."""

    port: int
    heard: list[dict[str, str]] = field(default_factory=list)
    shown: list[bytes | None] = field(default_factory=list)
    accepts: bool = True
    subprotocol: str = "ocpp1.6"

    def url(self, host: str = "localhost") -> str:
        """Where a station would connect to."""
        return f"wss://{host}:{self.port}/ocpp/AK0001"


def server_context(issued: Issued, station_roots: str = "") -> ssl.SSLContext:
    """A server's context; with ``station_roots`` a station must show a certificate of theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, issued)
    if station_roots:
        context.load_verify_locations(cadata=station_roots)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def show(context: ssl.SSLContext, issued: Issued) -> None:
    """Let a server show this certificate."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "own.pem"
        file.write_text(issued.chain_pem + issued.key_pem)
        context.load_cert_chain(file)


def only_tls_1_1(issued: Issued) -> ssl.SSLContext:
    """A server from before 2008."""
    context = server_context(issued)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def only_cipher(issued: Issued, name: str) -> ssl.SSLContext:
    """A server of TLS 1.2 that knows one cipher suite."""
    context = server_context(issued)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(name)
    return context


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[TlsServer]:
    """A server that runs for the length of the block."""
    door = socket.create_server(("127.0.0.1", 0))
    made = TlsServer(door.getsockname()[1])
    thread = threading.Thread(target=_serve, args=(door, context, made), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(10)
        assert not thread.is_alive()


def _serve(door: socket.socket, context: ssl.SSLContext, made: TlsServer) -> None:
    while True:
        try:
            plain, _ = door.accept()
        except OSError:
            return
        plain.settimeout(5)
        with plain, suppress(OSError):
            _meet(plain, context, made)


def _meet(plain: socket.socket, context: ssl.SSLContext, made: TlsServer) -> None:
    with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as secure:
        try:
            secure.do_handshake()
        except ssl.SSLError:
            _let_alert_arrive(secure)
            return
        request = _read_head(secure)
        if not request:
            return
        made.shown.append(secure.getpeercert(binary_form=True))
        made.heard.append(request)
        secure.sendall(_accepted(request, made.subprotocol) if made.accepts else REFUSED)
        while made.accepts and secure.recv(4096):
            """Whatever the station says, until it hangs up."""


def _let_alert_arrive(secure: ssl.SSLSocket) -> None:
    """Closing with bytes unread would reset the connection and lose the alert."""
    socket.socket.shutdown(secure, socket.SHUT_WR)
    while socket.socket.recv(secure, 4096):
        """Unread."""


def _read_head(secure: Any) -> dict[str, str]:
    text = b""
    while b"\r\n\r\n" not in text:
        more = secure.recv(4096)
        if not more:
            return {}
        text += more
    lines = text.decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def _accepted(request: dict[str, str], subprotocol: str) -> bytes:
    key = request["sec-websocket-key"].encode() + WEBSOCKET
    accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
    ).encode()
