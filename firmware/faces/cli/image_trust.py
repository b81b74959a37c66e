"""Image trust: ``ampkeeper image trust`` makes the statement by which a root changes trust.

It is tried as a station would before it is written; what no station could follow is refused.
"""

import argparse
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.image_keys import certificates, passphrase, private_key, text
from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.manifest import DIGEST
from ampkeeper.firmware.update.trust import Trust, stated, statement_of


def trust(arguments: argparse.Namespace) -> int:
    """Write the statement, and say what it says."""
    before = stated(text(arguments.after).strip()) if arguments.after else None
    signers = _signers(arguments)
    new = Trust(
        roots=tuple(pem for file in arguments.root for pem in _pems(file)),
        revoked=frozenset(before.revoked if before else ()) | _revoked(arguments.revoke),
        serial=before.serial + 1 if before else 1,
        counter_floor=arguments.counter_floor,
    )
    statement = statement_of(new, signers)
    stated(statement)
    roots = before.roots if before else (signers[0][0],)
    Trust(roots, before.revoked if before else frozenset(), new.serial - 1).after(statement)
    arguments.out.write_text(f"{statement}\n", encoding="ascii")
    print(f"{arguments.out}: statement {new.serial}")
    for line in lines_of(new):
        print(f"  {line}")
    return codes.OK


def lines_of(told: Trust) -> list[str]:
    """What a change of trust says, a line for each root and revoked certificate."""
    believed = {fingerprint(one): one for one in told.certificates()}
    lines = [f"believed {name} {one.subject.rfc4514_string()}" for name, one in believed.items()]
    lines += [f"revoked  {name}" for name in sorted(told.revoked)]
    if told.counter_floor is not None:
        lines.append(f"the security counter begins again at {told.counter_floor}")
    return lines


def _signers(arguments: argparse.Namespace) -> list[tuple[str, PrivateKeyTypes]]:
    files = arguments.passphrase_file or [None]
    if len(files) not in (1, len(arguments.sign)):
        raise RefusedError(
            f"{len(files)} passphrases for {len(arguments.sign)} keys; one for all is due, or one"
            " for each --sign in their order"
        )
    secrets = files * len(arguments.sign) if len(files) == 1 else files
    found = []
    for (cert, key_file), secret in zip(arguments.sign, secrets, strict=True):
        certificate = certificates(cert)[0]
        key = private_key(key_file, passphrase(secret))
        if key.public_key() != certificate.public_key():
            raise RefusedError(f"{key_file} is not the key of {cert}")
        found.append((_pems(cert)[0], key))
    return found


def _revoked(given: list[str]) -> frozenset[str]:
    """Fingerprints, from those and from files with certificates."""
    found = set()
    for one in given:
        name = one.lower()
        if DIGEST.fullmatch(name):
            found.add(name)
        else:
            found.add(fingerprint(certificates(Path(one))[0]))
    return frozenset(found)


def _pems(file: Path) -> list[str]:
    return [one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates(file)]
