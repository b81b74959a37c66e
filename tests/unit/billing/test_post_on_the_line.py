"""The way out of receipts, to servers of our own on loopback: only to whom TLS proves."""

import http.server
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.host.post import NetworkPost
from ampkeeper.firmware.config.model_billing import Delivery
from ampkeeper.hal.errors import RefusedError, TransientError
from tests.support.pki import Authority
from tests.support.tls_server import server_context


class Http(http.server.BaseHTTPRequestHandler):
    """Answers as the test wants it."""

    status = 204
    heard: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012 - one test, one list

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


class Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as a message needs."""

    reply = b"250 taken"
    sender_reply = b"250 fine"
    farewell: bytes | None = b"221 bye"  # None: the line goes without a word
    heard: list[bytes] = []  # noqa: RUF012 - one test, one list

    def handle(self) -> None:
        self.say(b"220 here")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                self.say(b"250 here")
            elif word == b"RCPT":
                self.say(self.reply)
            elif word == b"DATA":
                self.say(b"354 go on")
                self.heard.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say(b"250 taken")
            elif word == b"MAIL":
                self.say(self.sender_reply)
            elif word == b"QUIT":
                if self.farewell is not None:
                    self.say(self.farewell)
                return
            else:
                self.say(b"250 fine")

    def say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


class Quiet(socketserver.ThreadingTCPServer):
    """Says nothing of handshakes that fail."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us is what a test wants."""


@contextmanager
def serving(handler: Any, context: ssl.SSLContext) -> Iterator[int]:
    server = Quiet(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(now=datetime.now(UTC))
    (tmp_path / "ca.pem").write_text(made.pem)
    (tmp_path / "token").write_text("a-token\n")
    return made


def posting(tmp_path: Path, port: int, ca: str = "ca.pem") -> NetworkPost:
    return NetworkPost(
        Delivery(
            mail_to="a@b.org", mail_from="bills@example.com", smtp_host="localhost",
            smtp_port=port, push_url=f"https://localhost:{port}/bills?x=1",
            push_token_file=str(tmp_path / "token"), ca_file=str(tmp_path / ca) if ca else "",
        )
    )  # fmt: skip


def test_a_push_is_proven_by_tls_and_by_its_token(tmp_path: Path, authority: Authority) -> None:
    Http.heard, Http.status = [], 204
    with serving(Http, server_context(authority.server("localhost"))) as port:
        posting(tmp_path, port).push("tx-1.push", b"{}")
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            posting(tmp_path, port, ca="").push("tx-1.push", b"{}")
        for status, error in ((503, TransientError), (401, TransientError), (400, RefusedError)):
            Http.status = status
            with pytest.raises(error, match=f"status {status}"):
                posting(tmp_path, port).push("tx-1.push", b"{}")
    headers, body = Http.heard[0]
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("tx-1.push", "Bearer a-token")
    assert body == b"{}"
    with pytest.raises(TransientError):
        posting(tmp_path, port).push("tx-1.push", b"{}")


def test_mail_goes_to_who_tls_proves_and_a_no_for_good_is_one(
    tmp_path: Path, authority: Authority
) -> None:
    Smtp.heard, Smtp.reply = [], b"250 taken"
    with serving(Smtp, server_context(authority.server("localhost"))) as port:
        posting(tmp_path, port).mail(b"Subject: x\r\n\r\ntext\r\n", "a@b.org")
        assert Smtp.heard == [b"Subject: x\r\n\r\ntext\r\n"]
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            posting(tmp_path, port, ca="").mail(b"x", "a@b.org")
        Smtp.reply = b"451 later"
        with pytest.raises(TransientError, match="reply 451"):
            posting(tmp_path, port).mail(b"x", "a@b.org")
        Smtp.reply = b"550 5.1.1 nobody of that name"
        with pytest.raises(RefusedError, match="reply 550"):
            posting(tmp_path, port).mail(b"x", "a@b.org")


@pytest.mark.parametrize("farewell", [b"451 busy", b"554 no", b"nonsense", None])
def test_mail_that_was_taken_is_not_sent_again_whatever_the_farewell(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, farewell: bytes | None
) -> None:
    monkeypatch.setattr(Smtp, "heard", [])
    monkeypatch.setattr(Smtp, "reply", b"250 taken")
    monkeypatch.setattr(Smtp, "farewell", farewell)
    with serving(Smtp, server_context(authority.server("localhost"))) as port:
        posting(tmp_path, port).mail(b"Subject: x\r\n\r\ntext\r\n", "a@b.org")
    assert len(Smtp.heard) == 1


def test_a_server_that_takes_nothing_from_this_sender_loses_no_receipt(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Smtp, "sender_reply", b"550 not you")
    context = server_context(authority.server("localhost"))
    with serving(Smtp, context) as port, pytest.raises(TransientError, match="reply 550"):
        posting(tmp_path, port).mail(b"x", "a@b.org")


@pytest.mark.parametrize(
    "reply",
    [
        b"554 5.7.1 <bills@example.com>: Sender address rejected: Access denied",
        b"550 5.1.8 <bills@example.com>: Sender address rejected: Domain not found",
        b"550 5.1.0 <bills@example.com>: Sender address rejected: User unknown",
        b"554 5.7.1 <a@b.org>: Relay access denied",
        b"552 5.2.2 mailbox full",
        b"550 no",
    ],
)
def test_what_is_told_after_the_receiver_but_not_of_him_loses_no_receipt(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, reply: bytes
) -> None:
    monkeypatch.setattr(Smtp, "reply", reply)
    context = server_context(authority.server("localhost"))
    with serving(Smtp, context) as port, pytest.raises(TransientError, match="reply 55"):
        posting(tmp_path, port).mail(b"x", "a@b.org")


@pytest.mark.parametrize("roots", ["", "torn while it was renewed"])
def test_roots_that_cannot_be_read_lose_no_receipt(tmp_path: Path, roots: str) -> None:
    (tmp_path / "ca.pem").write_text(roots)
    for ca in ("ca.pem", "gone.pem"):
        with pytest.raises(TransientError, match=ca):
            posting(tmp_path, 1, ca).push("tx-1.push", b"{}")
        with pytest.raises(TransientError, match=ca):
            posting(tmp_path, 1, ca).mail(b"x", "a@b.org")


def test_an_address_with_no_port_that_there_is_loses_no_receipt(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token\n")
    with pytest.raises(TransientError, match="Port out of range"):
        posting(tmp_path, 70_000, "").push("tx-1.push", b"{}")
