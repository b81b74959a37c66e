"""Receipts by e-mail and push: none is lost, none is made twice, and only to whom TLS proves."""

import asyncio
import email
import email.policy
import http.server
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.board.host.post import NetworkPost
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.billing.receipt import Letterhead
from ampkeeper.firmware.config import ConfigError, parse
from ampkeeper.firmware.config.model_billing import Delivery
from ampkeeper.firmware.faces.delivery.letters import MAIL, PUSH, mail, push, wait_s
from ampkeeper.firmware.faces.delivery.task import DeliveryFace, Source
from ampkeeper.firmware.station.deliveries import Deliveries, charge_in
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.errors import RefusedError, TransientError
from tests.support.pki import Authority
from tests.support.tls_server import server_context
from tests.unit.billing.test_charge_log import charge
from tests.unit.config.files import SMALLEST
from tests.unit.store.examples import closed_session, open_session

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    yield opened
    opened.close()


def end(store: Store, tx_id: str) -> None:
    """A session ends, as the station's follower sees it."""
    effects = Effects(changes=[replace(closed_session(), tx_id=tx_id)])
    Deliveries((MAIL, PUSH), lambda: None).follow(effects, NOW, 0.0)
    store.commit(effects.changes)


def test_what_ended_is_owed_once_by_each_way_and_what_runs_is_not(store: Store) -> None:
    effects = Effects(changes=[open_session("tx-9")])
    Deliveries((MAIL,), lambda: None).follow(effects, NOW, 0.0)
    assert len(effects.changes) == 1
    end(store, "tx-1")
    end(store, "tx-1")
    for way in (MAIL, PUSH):
        owed = store.delivery(way)
        assert owed is not None
        assert (owed.message_id, owed.tx_id) == (f"tx-1.{way}", "tx-1")


class Far:
    """Whoever gets it: says no so many times, and then takes it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    def take(self, message_id: str, told: Charge) -> None:
        self.heard.append(message_id)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def delivered(store: Store, far: Far, for_s: float) -> None:
    async def play() -> None:
        source = Source(store, StoreWorker(store), partial(charge_in, zone=UTC, currency="EUR"))
        face = DeliveryFace(PUSH, source, far.take)
        async with asyncio.TaskGroup() as group:
            (task,) = face.start(group)
            await asyncio.sleep(for_s)
            task.cancel()

    run_virtual(play())


def test_all_arrive_in_order_and_none_again_after_a_restart(store: Store) -> None:
    for tx_id in ("tx-1", "tx-2", "tx-3"):
        end(store, tx_id)
    far = Far()
    delivered(store, far, 1.0)
    delivered(store, far, 200.0)
    assert far.heard == ["tx-1.push", "tx-2.push", "tx-3.push"]


def test_who_is_away_is_asked_again_with_the_same_id_and_ever_more_seldom(store: Store) -> None:
    end(store, "tx-1")
    end(store, "tx-2")
    far = Far(TransientError("away"), TransientError("away"), TransientError("away"))
    delivered(store, far, 29.0)
    assert far.heard == ["tx-1.push"]
    delivered(store, far, 30.0 + 60.0 + 1.0)
    assert far.heard == ["tx-1.push"] * 4 + ["tx-2.push"]


def test_a_message_that_is_refused_for_good_holds_up_no_other(store: Store) -> None:
    end(store, "tx-1")
    end(store, "tx-2")
    far = Far(RefusedError("no such person"))
    delivered(store, far, 5.0)
    assert far.heard == ["tx-1.push", "tx-2.push"]


def test_waits_grow_up_to_an_hour() -> None:
    assert [wait_s(tries) for tries in (1, 2, 3, 8, 9, 10_000)] == [30, 60, 120, 3600, 3600, 3600]


def test_a_letter_has_the_receipt_twice_and_an_id_that_stays() -> None:
    told = ("tx-1.mail", charge(), Letterhead("Shop"), "AK-0001", "bills@example.com", "a@b.org")
    letter = email.message_from_bytes(mail(*told), policy=email.policy.SMTP)
    assert letter["Message-ID"] == "<tx-1.mail@example.com>"
    assert letter["To"] == "a@b.org"
    kinds = [part.get_content_type() for part in letter.walk()]
    assert [kind for kind in kinds if not kind.startswith("multipart")] == [
        "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    told_again = json.loads(push("tx-1.push", charge(), "AK-0001"))
    assert (told_again["message_id"], told_again["charge"]["total"]) == ("tx-1.push", "6.60")


# the real way out, to servers of our own on loopback


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
        posting(tmp_path, port).mail(b"Subject: x\r\n\r\ntext\r\n")
        assert Smtp.heard == [b"Subject: x\r\n\r\ntext\r\n"]
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            posting(tmp_path, port, ca="").mail(b"x")
        Smtp.reply = b"451 later"
        with pytest.raises(TransientError, match="reply 451"):
            posting(tmp_path, port).mail(b"x")
        Smtp.reply = b"550 nobody of that name"
        with pytest.raises(RefusedError, match="reply 550"):
            posting(tmp_path, port).mail(b"x")


@pytest.mark.parametrize("farewell", [b"451 busy", b"554 no", b"nonsense", None])
def test_mail_that_was_taken_is_not_sent_again_whatever_the_farewell(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch, farewell: bytes | None
) -> None:
    monkeypatch.setattr(Smtp, "heard", [])
    monkeypatch.setattr(Smtp, "reply", b"250 taken")
    monkeypatch.setattr(Smtp, "farewell", farewell)
    with serving(Smtp, server_context(authority.server("localhost"))) as port:
        posting(tmp_path, port).mail(b"Subject: x\r\n\r\ntext\r\n")
    assert len(Smtp.heard) == 1


def test_a_server_that_takes_nothing_from_this_sender_loses_no_receipt(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Smtp, "sender_reply", b"550 not you")
    context = server_context(authority.server("localhost"))
    with serving(Smtp, context) as port, pytest.raises(TransientError, match="reply 550"):
        posting(tmp_path, port).mail(b"x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mail_to = "a@b.org"\n', "delivery.mail_to needs it"),
        ('mail_to = "a@b.org\\r\\nBcc: c@d.org"\n', "an e-mail address"),
        ('push_url = "http://example.com/"\n', "begins with https://"),
        ('push_url = "https://me:secret@example.com/"\n', "without user and password"),
        ('smtp_user = "me"\n', "delivery.smtp_user needs it"),
        ('smtp_tls = "none"\n', "tls"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_the_file(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(SMALLEST + "[delivery]\n" + text)
