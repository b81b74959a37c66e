"""Image keys: ``ampkeeper image keygen``, and keys and certificates as files."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.manifest import TIME_FORM

SECRET_MODE = 0o600
TEXT_BYTES_MAX = 65_536


def keygen(arguments: argparse.Namespace) -> int:
    """Make a root, where the folder has none, and a release key under it."""
    folder, name, now = arguments.folder, arguments.name, datetime.now(UTC)
    secret = passphrase(arguments.passphrase_file)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    root_file, root_key = folder / "root.pem", folder / "root.key"
    if root_file.exists():
        root = KeyPair(certificates(root_file)[0], _root_key(root_key, secret))
    else:
        root = new_root(f"{name} Root", now)
        _write_new(root_key, root.key_pem(secret))
        _write_new(root_file, root.pem)
    signer = new_signer(root, f"{name} Release", now)
    _write_new(folder / "release.key", signer.key_pem(secret))
    _write_new(folder / "release.pem", signer.pem)
    print(f"{folder}: root until {_day(root)}, release key until {_day(signer)}")
    for what, pair in (("root", root), ("release", signer)):
        print(f"  {what}.pem  sha256 {fingerprint(pair.certificate)}")
    print("keep root.key away from every machine that has a network; a station needs root.pem only")
    return codes.OK


def certificates(file: Path) -> list[x509.Certificate]:
    """Those in a file in PEM; raises RefusedError."""
    try:
        return x509.load_pem_x509_certificates(raw(file))
    except ValueError as error:
        raise RefusedError(f"{file}: no certificate in PEM") from error


def private_key(file: Path, secret: str) -> PrivateKeyTypes:
    """The key in a file, ``secret`` its passphrase or empty; raises RefusedError."""
    try:
        return load_pem_private_key(raw(file), secret.encode() or None)
    except (ValueError, TypeError) as error:
        raise RefusedError(f"{file}: no private key, or another passphrase") from error


def passphrase(file: Path | None) -> str:
    """What a file holds for a passphrase; empty without one."""
    return text(file).strip("\r\n")


def text(file: Path | None) -> str:
    """A small file's text; empty without one."""
    return "" if file is None else raw(file).decode("utf-8")


def raw(file: Path) -> bytes:
    """A small file; raises RefusedError for one of more than 64 KiB."""
    with file.open("rb") as opened:
        found = opened.read(TEXT_BYTES_MAX + 1)
    if len(found) > TEXT_BYTES_MAX:
        raise RefusedError(f"{file}: more than {TEXT_BYTES_MAX} bytes")
    return found


def _root_key(file: Path, secret: str) -> ec.EllipticCurvePrivateKey:
    key = private_key(file, secret)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise RefusedError(f"{file}: a root that was not made here; no EC key")
    return key


def _write_new(file: Path, told: str) -> None:
    """A key is never written over another."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(told)


def _day(pair: KeyPair) -> str:
    return f"{pair.certificate.not_valid_after_utc:{TIME_FORM[:8]}}"
