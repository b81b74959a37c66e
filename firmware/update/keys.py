"""Keys: the two kinds of signature that are believed, RSA-PSS and ECDSA, both with SHA-256."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

RSA_BITS_MIN = 2048  # whitepaper, Keys used in OCPP
EC_BITS_MIN = 224
HASH = Prehashed(hashes.SHA256())


def sign(key: PrivateKeyTypes, digest: bytes) -> bytes:
    """A signature over a SHA-256 ``digest``; raises ValueError for a key of another kind.

    Of an EC key always the same: what was signed from the same input has the same bytes. Of an RSA
    key another each time, for PSS draws a salt: only the draft of such an image is reproducible.
    """
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS_MIN:
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return key.sign(digest, scheme, HASH)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size >= EC_BITS_MIN:
        return key.sign(digest, ec.ECDSA(HASH, deterministic_signing=True))  # RFC 6979
    raise ValueError(f"a key for RSA from {RSA_BITS_MIN} or EC from {EC_BITS_MIN} bits is due")


def why_not_by(key: PublicKeyTypes, raw: bytes, digest: bytes) -> str:
    """Empty if ``raw`` is a signature over ``digest`` by ``key``; else why it is not."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < RSA_BITS_MIN:
                return f"an RSA key of {key.key_size} bits; at least {RSA_BITS_MIN}"
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(raw, digest, scheme, HASH)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, digest, ec.ECDSA(HASH))
        else:
            return f"a key of another kind: {type(key).__name__}"
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        return f"not signed with this key: {type(error).__name__}"
    return ""


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, in lower-case hex: how roots and revoked ones are named."""
    return certificate.fingerprint(hashes.SHA256()).hex()
