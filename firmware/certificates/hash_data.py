"""Hash data: how OCPP names an installed certificate (whitepaper ed. 3, 6.1; RFC 6960).

The issuer's name as DER, the bits of the issuer's public key without tag and length, the serial
number in hex without leading zeroes. Hashes leave in lower case and are compared without case.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

SHA256 = "SHA256"
ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class HashData:
    """CertificateHashDataType."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial: str

    def folded(self) -> "HashData":
        """As it is compared: no case, no leading zeroes in the serial number."""
        return HashData(
            self.algorithm,
            self.issuer_name_hash.casefold(),
            self.issuer_key_hash.casefold(),
            self.serial.casefold().lstrip("0") or "0",
        )


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
