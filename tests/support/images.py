"""Images for the emulated board, and the two who sign: the maker's release key, and OCPP's.

``image_of`` makes whole images that the stations of these tests believe; ``Maker`` has what an
order over OCPP needs besides.
"""

import base64
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.envelope import payload_of, sealed, write_image
from ampkeeper.firmware.update.factory import to_text
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.manifest import PILOT, STATION, Manifest
from ampkeeper.firmware.update.pilot_image import PilotImage
from ampkeeper.firmware.update.trust import Trust

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=3650)
BOARD = "emulated"
YEARS = 20


@cache
def release_keys() -> tuple[KeyPair, KeyPair]:
    """The root of these tests, and the key that signs releases under it."""
    root = new_root("Tests Root", SINCE, YEARS)
    return root, new_signer(root, "Tests Release", SINCE, YEARS)


def factory_file(folder: Path, counter: int = 1, board: str = BOARD) -> Path:
    """What a station of these tests came with, as a file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "factory.json"
    file.write_text(to_text(Machine(board, counter, Trust((release_keys()[0].pem,)))))
    return file


def image_of(
    version: str,
    filling: bytes = b"",
    counter: int = 1,
    application: bytes = b"",
    pilot: bytes = b"",
    board: str = BOARD,
    pilot_board: str = BOARD,
) -> bytes:
    """An image of that version; its application is one file, unless it is given.

    ``pilot`` is a program for the pilot board, if there shall be one.
    """
    parts = {STATION: application or archive_of({"filling": filling})}
    if pilot:
        parts[PILOT] = PilotImage(pilot_board, version, pilot).to_bytes()
    told = tuple(payload_of(kind, version, io.BytesIO(raw)) for kind, raw in parts.items())
    manifest = Manifest(version, counter, (board,), SINCE, UNTIL, told)
    signer = release_keys()[1]
    file = io.BytesIO()
    head = sealed(manifest, (signer.certificate,), signer.key)
    for _ in write_image(file, head, (io.BytesIO(raw) for raw in parts.values())):
        pass
    return file.getvalue()


def archive_of(files: dict[str, bytes]) -> bytes:
    """An application, packed; not compressed, so that it has the size that was asked for."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in files.items():
            opened.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


@dataclass(frozen=True)
class Maker:
    """A manufacturer: its root, and a key that signs software under it."""

    root_pem: str
    certificate_pem: str
    key: ec.EllipticCurvePrivateKey

    def sign(self, image: bytes) -> str:
        """The signature of an image, as an order carries it."""
        return base64.b64encode(self.key.sign(image, ec.ECDSA(hashes.SHA256()))).decode()


def make_maker(name: str = "Maker") -> Maker:
    """A manufacturer that was not there before."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, leaf_name = _named(f"{name} Root"), _named(f"{name} Signer")
    root = _certificate(root_name, root_name, root_key, root_key, is_root=True)
    leaf = _certificate(leaf_name, root_name, key, root_key, is_root=False)
    return Maker(_pem(root), _pem(leaf), key)


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ampkeeper"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    is_root: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(own, critical=False)
        .add_extension(above, critical=False)
        .sign(signer, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
