"""Hash data: how OCPP names an installed certificate (whitepaper ed. 3, 6.1; RFC 6960).

The issuer's name as DER, the bits of the issuer's public key without tag and length, the serial
number in hex without leading zeroes. Hashes leave in lower case and are compared without case.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from ampkeeper.firmware.certificates.values import SHA256, HashData

ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}


def hash_data(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = SHA256
) -> HashData:
    """The hash data of ``certificate``; a self-signed root is its own issuer."""
    builder = ocsp.OCSPRequestBuilder()
    request = builder.add_certificate(certificate, issuer, ALGORITHMS[algorithm]).build()
    return HashData(
        algorithm,
        request.issuer_name_hash.hex(),
        request.issuer_key_hash.hex(),
        format(request.serial_number, "x"),
    )
