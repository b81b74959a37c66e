"""The model's sections on what a session costs, and what is written down for its bill."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import boolean, text

ALGORITHMS = (
    "ECDSA-secp192r1-SHA256",
    "ECDSA-secp256k1-SHA256",
    "ECDSA-secp256r1-SHA256",
    "ECDSA-brainpool256r1-SHA256",
    "ECDSA-secp384r1-SHA256",
    "ECDSA-brainpool384r1-SHA256",
)  # those of OCMF that can be signed with


@dataclass(frozen=True, slots=True, kw_only=True)
class Ocmf:
    """Signed records of sessions, in the Open Charge Metering Format."""

    sign: bool = boolean(
        "true: what the meter does not sign is signed by the charger, with a key that it makes "
        "for itself; such records are declared as not legally relevant.",
        default=False,
    )
    algorithm: str = text(
        "What it signs with; another one means another key.",
        default="ECDSA-secp256r1-SHA256",
        choices=ALGORITHMS,
    )
