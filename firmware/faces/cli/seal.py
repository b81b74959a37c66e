"""Seal at the command line: the installer's limit, signed here with his key, which stays here."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.limits.seal import EACH, Seal

KEY_BYTES_MAX = 65_536


def show(arguments: argparse.Namespace) -> dict[str, Any]:
    """What is sealed, and with whose key."""
    return ask(arguments.state, "seal", action="show")


def put(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seal an EVSE, or each."""
    key = _key(arguments.key)
    known = ask(arguments.state, "seal", action="show")
    number = int(known["counter"]) + 1
    seal = Seal(str(known["serial"]), arguments.evse or EACH, arguments.max_a, number)
    if problem := seal.problem():
        raise RefusedError(problem)
    signed = replace(seal, signature=key.sign(seal.statement()).hex())
    return ask(arguments.state, "seal", action="set", seal=signed.to_text())


def _key(file: Path) -> Ed25519PrivateKey:
    try:
        with file.open("rb") as source:
            pem = source.read(KEY_BYTES_MAX)
        key = load_pem_private_key(pem, password=None)
    except OSError as error:
        raise RefusedError(f"{file}: {error.strerror}") from error
    except TypeError as error:  # it has a passphrase
        raise RefusedError(f"{file}: take its passphrase off for the time of sealing") from error
    except ValueError as error:
        raise RefusedError(f"{file}: no private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RefusedError(f"{file}: must be a key of Ed25519")
    return key
