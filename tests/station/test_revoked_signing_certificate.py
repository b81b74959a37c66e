"""A certificate for OCPP's signature that the maker has taken back: told as revoked."""

import asyncio
from pathlib import Path

import pytest
from cryptography import x509

from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.trust import Trust, statement_of
from tests.station.test_hostile_updates import (
    COUNTER,
    NO_SIGNER,
    Ordered,
    charger,
    image,
    installed,
    run,
)
from tests.support.file_servers import web_server
from tests.support.images import make_maker, release_keys


def taken_back(pem: str) -> str:
    """The maker's root says that this certificate is believed no more."""
    root = release_keys()[0]
    name = fingerprint(x509.load_pem_x509_certificate(pem.encode()))
    return statement_of(Trust((root.pem,), frozenset((name,)), serial=1), [(root.pem, root.key)])


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_order_signed_with_it_is_refused_as_revoked(tmp_path: Path, version: str) -> None:
    stolen, made = make_maker("Maker"), charger(tmp_path, version)

    async def script(ordered: Ordered) -> None:
        statement = taken_back(stolen.certificate_pem)
        assert await ordered.order(image(trust=statement, counter=COUNTER)) == "Accepted"
        await ordered.until("Installed")
        ordered.server.log.clear()
        assert await ordered.order(image(counter=COUNTER)) == "RevokedCertificate"
        await asyncio.sleep(30)
        assert ordered.noted()[-1] == NO_SIGNER
        assert ordered.told() == []
        assert ordered.server.log == []
        assert len(installed(made)) == 1
        ordered.maker = make_maker("Nobody")
        assert await ordered.order(image(counter=COUNTER)) == "InvalidCertificate"

    with web_server() as server:
        run(made, stolen, server, script)
