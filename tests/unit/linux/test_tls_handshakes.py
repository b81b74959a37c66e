"""Real handshakes on loopback: what is trusted, what is refused, and which reason is told."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ampkeeper.firmware.certificates.reading import fingerprint
from ampkeeper.hal.errors import (
    CERTIFICATE,
    CIPHER_SUITE,
    CREDENTIALS,
    TLS_VERSION,
    AbsentError,
    DistrustError,
)
from ampkeeper.hal.linux.tls import TlsSettings, is_name_of
from ampkeeper.hal.linux.websocket import WebSocket, WebSocketDialer, WebSocketSettings
from tests.support.pki import YEAR, Authority, Issued, root, subject
from tests.support.tls_server import (
    TlsServer,
    only_cipher,
    only_tls_1_1,
    server_context,
    show,
    tls_server,
)

NOW = datetime.now(UTC)  # OpenSSL asks the machine's clock
TOP = Authority(now=NOW)
GOOD = TOP.server("localhost")


async def dial(server: TlsServer, host: str = "localhost", **tls: Any) -> WebSocket:
    tls.setdefault("roots_pem", TOP.pem)
    settings = WebSocketSettings(tls=TlsSettings(**tls), user="AK0001", password=b"secret")
    return await WebSocketDialer(settings).connect(server.url(host), ["ocpp1.6"])


async def hang_up(socket: WebSocket) -> None:
    socket.abort()
    await socket.close()


async def reason(context: ssl.SSLContext, **tls: Any) -> tuple[str, str, TlsServer]:
    with tls_server(context) as server, pytest.raises(DistrustError) as caught:
        await dial(server, **tls)
    return caught.value.reason, str(caught.value), server


async def test_a_central_system_below_a_trusted_root_is_met() -> None:
    sub = TOP.below("Sub")
    with tls_server(server_context(sub.server("localhost"))) as server:
        socket = await dial(server)
        await hang_up(socket)
    assert socket.trust is not None
    assert fingerprint(TOP.certificate) in socket.trust
    assert fingerprint(sub.certificate) in socket.trust
    assert len(server.heard) == 1


@pytest.mark.parametrize("in_san", [True, False], ids=["SAN", "CN"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_name_may_be_in_either_place(host: str, in_san: bool) -> None:
    with tls_server(server_context(TOP.server(host, in_san=in_san))) as server:
        await hang_up(await dial(server, host))


async def test_the_name_may_be_the_cn_beside_other_names_in_the_san() -> None:
    issued = TOP.issue(subject("localhost"), sans=("apn.example.org", "10.0.0.1"))
    with tls_server(server_context(issued)) as server:
        await hang_up(await dial(server))


async def test_a_root_that_is_signed_by_another_is_trusted_alone() -> None:
    new = TOP.below("New root")
    with tls_server(server_context(new.server("localhost"))) as server:
        socket = await dial(server, roots_pem=new.pem)
        await hang_up(socket)
    assert socket.trust is not None
    assert fingerprint(new.certificate) in socket.trust


@pytest.mark.parametrize("name", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"])
async def test_the_whitepapers_suites_with_ecdsa_are_spoken(name: str) -> None:
    with tls_server(only_cipher(GOOD, name)) as server:
        await hang_up(await dial(server))


@pytest.mark.parametrize(
    "name",
    [
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384",
    ],
)
async def test_the_suites_with_rsa_are_spoken(name: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    signed = TOP.issue(subject("localhost"), key.public_key())
    with tls_server(only_cipher(Issued(signed.certificate, key), name)) as server:
        await hang_up(await dial(server))


BAD_CERTIFICATES = {
    "another host": (TOP.server("example.org"), "not for localhost"),
    "expired": (TOP.server("localhost", ends=-timedelta(days=1)), "expired"),
    "not yet valid": (TOP.server("localhost", starts=timedelta(days=1)), "not yet valid"),
    "a stranger's": (Authority("Stranger", NOW).server("localhost"), "issuer"),
    "self-signed": (root("localhost", NOW, is_ca=False), "self-signed"),
}


@pytest.mark.parametrize("case", BAD_CERTIFICATES)
async def test_a_bad_certificate_is_refused_before_a_byte_is_said(case: str) -> None:
    issued, text = BAD_CERTIFICATES[case]
    why, message, server = await reason(server_context(issued))
    assert why == CERTIFICATE
    assert text in message.replace("self signed", "self-signed")
    assert server.heard == []


async def test_an_expired_root_is_refused() -> None:
    old = Authority("Old", NOW - 2 * YEAR)
    why, message, server = await reason(
        server_context(old.server("localhost", now=NOW)), roots_pem=old.pem
    )
    assert (why, server.heard) == (CERTIFICATE, [])
    assert "expired" in message


async def test_a_weak_key_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1024)
    signed = TOP.issue(subject("localhost"), key.public_key())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    show(context, Issued(signed.certificate, key))
    why, _, server = await reason(context)
    assert (why, server.heard) == (CERTIFICATE, [])


async def test_tls_1_1_is_refused() -> None:
    why, _, server = await reason(only_tls_1_1(GOOD))
    assert (why, server.heard) == (TLS_VERSION, [])


async def test_a_cipher_suite_that_is_not_allowed_is_refused() -> None:
    why, _, server = await reason(only_cipher(GOOD, "ECDHE-ECDSA-AES128-SHA"))
    assert (why, server.heard) == (CIPHER_SUITE, [])


async def test_a_refused_password_is_told_as_such() -> None:
    with tls_server(server_context(GOOD)) as server:
        server.accepts = False
        with pytest.raises(DistrustError, match="401") as caught:
            await dial(server)
    assert caught.value.reason == CREDENTIALS
    assert len(server.heard) == 1


# the station's own certificate


async def test_the_stations_certificate_is_shown() -> None:
    own = TOP.below("Stations").issue(subject("AK-0001"))
    with tls_server(server_context(GOOD, TOP.pem)) as server:
        await hang_up(await dial(server, own_pem=own.chain_pem + own.key_pem))
    assert len(server.shown) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shows", [False, True], ids=["none", "a stranger's"])
async def test_a_certificate_that_is_not_taken_is_told_as_such(
    version: ssl.TLSVersion, shows: bool
) -> None:
    context = server_context(GOOD, TOP.pem)
    context.maximum_version = version
    own = Authority("Stranger", NOW).issue(subject("AK-0001"))
    pem = own.chain_pem + own.key_pem if shows else ""
    why, _, server = await reason(context, own_pem=pem)
    assert (why, server.heard) == (CREDENTIALS, [])


async def test_a_key_that_does_not_fit_is_no_way_to_connect() -> None:
    own = TOP.issue(subject("AK-0001"))
    other = TOP.issue(subject("AK-0001"))
    with tls_server(server_context(GOOD, TOP.pem)) as server, pytest.raises(AbsentError):
        await dial(server, own_pem=own.chain_pem + other.key_pem)
    assert server.heard == []


def test_keys_are_not_printed() -> None:
    assert "SECRET" not in repr(TlsSettings(own_pem="SECRET"))


# names


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [
        ("csms.example.org", "csms.example.org", True),
        ("CSMS.Example.org", "csms.example.ORG.", True),
        ("*.example.org", "csms.example.org", True),
        ("*.example.org", "a.csms.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.org", "example.org", False),
        ("*", "localhost", False),
        ("c*.example.org", "csms.example.org", False),
        ("example.org", "csms.example.org", False),
        ("", "", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("csms.example.org\0.evil.org", "csms.example.org", False),
    ],
)
def test_a_name_fits_a_host_or_not(name: str, host: str, fits: bool) -> None:
    assert is_name_of(name, host) is fits


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_a_wildcard_stands_for_a_name_only_where_that_is_allowed(
    is_allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", here)
    with tls_server(server_context(TOP.server("*.example.org"))) as server:
        if is_allowed:
            await hang_up(await dial(server, "csms.example.org", allows_wildcards=True))
        else:
            with pytest.raises(DistrustError) as caught:
                await dial(server, "csms.example.org")
            assert caught.value.reason == CERTIFICATE


def here(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
    """Every name is this machine's."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
