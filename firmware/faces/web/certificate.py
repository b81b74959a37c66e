"""Certificate: one that the charger makes for itself, so that the page is never without TLS.

Nobody vouches for it: a browser asks once, and shows its fingerprint, which `ampkeeper web show`
tells too. It is kept in the state folder and made anew before it runs out, or for other names.
"""

import os
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "web"
CERT_FILE, KEY_FILE = "cert.pem", "key.pem"
VALID = timedelta(days=397)  # browsers refuse longer ones
RENEW = timedelta(days=30)  # before it runs out
EARLY = timedelta(days=1)  # the browser's clock may be behind
PEM_BYTES_MAX = 65_536


def own_certificate(
    state_dir: Path, serial: str, names: tuple[str, ...], now: datetime
) -> tuple[Path, Path]:
    """The files of certificate and key, made where they are missing or old; raise OSError."""
    folder = state_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    cert, key = folder / CERT_FILE, folder / KEY_FILE
    if not (key.is_file() and _is_good(cert, names, now)):
        made_key = ec.generate_private_key(ec.SECP256R1())
        made = _make(made_key, serial, names, now)
        _write(key, made_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(cert, made.public_bytes(Encoding.PEM))
    return cert, key


def fingerprint_of(cert: Path) -> str:
    """As browsers show it: SHA-256, in pairs."""
    loaded = x509.load_pem_x509_certificate(cert.read_bytes()[:PEM_BYTES_MAX])
    return loaded.fingerprint(hashes.SHA256()).hex(":").upper()


def _make(
    key: ec.EllipticCurvePrivateKey, serial: str, names: tuple[str, ...], now: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Ampkeeper {serial}"[:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLY)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(usage, False)
        .sign(key, hashes.SHA256())
    )


def _is_good(file: Path, names: tuple[str, ...], now: datetime) -> bool:
    try:
        cert = x509.load_pem_x509_certificate(file.read_bytes()[:PEM_BYTES_MAX])
        known = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    is_valid = cert.not_valid_before_utc <= now <= cert.not_valid_after_utc - RENEW
    return is_valid and list(known) == [_general(one) for one in names]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    part.replace(file)
