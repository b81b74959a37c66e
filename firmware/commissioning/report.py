"""Report: what was proven and entered, as one text that is signed with the charger's key. Pure.

The text is JSON and is kept, signed and shown as it is; whoever has the public key can check it.
``cryptography`` is imported when somebody signs or checks.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ampkeeper.firmware.commissioning.checks import Check, Entered, Proof

FORMAT = "ampkeeper-commissioning 1"
TEXT_CHARS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Report:
    """A text with the signature of it, ECDSA on P-256 with SHA-256; both in hex, as DER."""

    text: str
    signature: str
    public_key: str

    def to_text(self) -> str:
        """As the books keep it, and as it is given away."""
        return json.dumps(asdict(self))

    @property
    def content(self) -> dict[str, Any]:
        """What the text says."""
        told: dict[str, Any] = json.loads(self.text)
        return told


def report_of(kept: str) -> Report:
    """The other way; ValueError if it is none."""
    try:
        told = json.loads(kept[:TEXT_CHARS_MAX])
        found = Report(told["text"], told["signature"], told["public_key"])
        if found.content["format"] != FORMAT:
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("this is no report of a commissioning") from error
    return found


def text_of(
    head: Mapping[str, Any],
    evses: Mapping[int, tuple[Entered, Sequence[Check]]],
    tests: Mapping[int, Mapping[int, Proof]],
) -> str:
    """The text: ``head`` says who, where and when; then each EVSE with all that was seen of it."""
    shown = [
        {
            "evse": evse_id,
            "entered": asdict(entered),
            "checks": [{"name": one.name, "state": one.state, "shown": one.shown} for one in found],
            "selftests": [
                {
                    "number": number,
                    "name": one.name,
                    "result": one.result,
                    "at": None if one.at is None else one.at.isoformat(),
                    "shown": one.shown,
                }
                for number, one in sorted(tests[evse_id].items())
                if one.result != "absent"
            ],
        }
        for evse_id, (entered, found) in evses.items()
    ]
    return json.dumps({"format": FORMAT, **head, "evses": shown})


def make_key() -> str:
    """A new private key, hex of DER: a secret of the charger."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex()


def signed(text: str, key: str) -> Report:
    """The report; ValueError if ``key`` is none."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = private_key_of(key)
    signature = private.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Report(text, signature.hex(), public.hex())


def is_genuine(report: Report) -> bool:
    """True if who has the private key of the one it names signed just this text."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(bytes.fromhex(report.public_key))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        mark = bytes.fromhex(report.signature)
        public.verify(mark, report.text.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def private_key_of(key: str) -> Any:
    """The key, usable; ValueError if it is none."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        found = load_der_private_key(bytes.fromhex(key), None)
    except (TypeError, ValueError) as error:
        raise ValueError("the charger's key for reports cannot be read") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise ValueError("the charger's key for reports is on no elliptic curve")
    return found
