"""A public key infrastructure of our own: roots, CAs and certificates, good and bad.

Everything is made when it is asked for; keys are EC P-256 unless a test wants a weak one.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


def subject(common_name: str, organization: str = "Operator") -> x509.Name:
    """O and CN, as the whitepaper wants them."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(names)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key as the station makes them."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Issued:
    """A certificate and its key; ``issuers`` are the CAs between it and its root."""

    certificate: x509.Certificate
    key: Any
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def chain_pem(self) -> str:
        """The certificate and the CAs after it, without the root."""
        others = (one.public_bytes(Encoding.PEM).decode() for one in self.issuers)
        return self.pem + "".join(others)

    @property
    def key_pem(self) -> str:
        """The private key."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return bytes(self.key.private_bytes(*form)).decode()


@dataclass
class Authority:
    """A CA. ``path`` are the certificates that go with what it issues: itself, if it is no root."""

    name: str = "Root"
    now: datetime = NOON
    key: Any = field(default_factory=new_key)
    issued: Issued = field(init=False)
    path: tuple[x509.Certificate, ...] = ()

    def __post_init__(self) -> None:
        self.issued = Issued(
            _make(subject(self.name), self.key, None, self.now, is_ca=True), self.key
        )

    @property
    def pem(self) -> str:
        """The CA's own certificate."""
        return self.issued.pem

    @property
    def certificate(self) -> x509.Certificate:
        """The same, read."""
        return self.issued.certificate

    def issue(self, name: x509.Name, public_key: Any = None, **options: Any) -> Issued:
        """A certificate signed by this CA; ``options`` as in ``_make``."""
        key = new_key() if public_key is None else None
        made_for = key.public_key() if key is not None else public_key
        now = options.pop("now", self.now)
        made = _make(name, made_for, self, now, **options)
        return Issued(made, key, self.path)

    def sign(self, csr_pem: str, **options: Any) -> Issued:
        """What a central system's CA makes of a request."""
        csr = x509.load_pem_x509_csr(csr_pem.encode())
        assert csr.is_signature_valid
        name = options.pop("name", csr.subject)
        return self.issue(name, csr.public_key(), **options)

    def server(self, host: str, in_san: bool = True, **options: Any) -> Issued:
        """A central system's certificate: CN, and SAN unless it shall have none."""
        return self.issue(subject(host), sans=(host,) if in_san else (), **options)

    def below(self, name: str, **options: Any) -> "Authority":
        """A CA signed by this one."""
        made = Authority(name, self.now)
        signed = self.issue(subject(name), made.key.public_key(), is_ca=True, **options)
        made.issued = Issued(signed.certificate, made.key, self.path)
        made.path = (signed.certificate, *self.path)
        return made


def ocsp_response(
    certificate: x509.Certificate,
    issuer: Authority,
    now: datetime = NOON,
    lasts: timedelta | None = timedelta(days=3),
    is_good: bool = True,
    hashed_with: Any = None,
) -> str:
    """What a responder says of a certificate, in base64."""
    good, revoked = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer.certificate,
        algorithm=hashed_with or hashes.SHA256(),
        cert_status=good if is_good else revoked,
        this_update=now,
        next_update=None if lasts is None else now + lasts,
        revocation_time=None if is_good else now,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    der = builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return base64.b64encode(der).decode()


def root(name: str = "Root", now: datetime = NOON, **options: Any) -> Issued:
    """A self-signed certificate, as wrong as ``options`` say."""
    key = options.pop("key", None) or new_key()
    options.setdefault("is_ca", True)
    return Issued(_make(subject(name), key, None, now, **options), key)


def _make(
    name: x509.Name,
    key: Any,
    issuer: Authority | None,
    now: datetime,
    *,
    starts: timedelta = -YEAR,
    ends: timedelta = YEAR,
    is_ca: bool = False,
    sans: tuple[str, ...] = (),
    made_with: Any = None,
    signed_by: Any = None,
    responder: str = "",
    list_at: str = "",
) -> x509.Certificate:
    """One certificate. ``key`` is private for a self-signed one, else public."""
    public = key.public_key() if issuer is None else key
    signer = signed_by or (key if issuer is None else issuer.key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.certificate.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if sans:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(each) for each in sans]), critical=False
        )
    if responder:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, _uri(responder))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    if list_at:
        point = x509.DistributionPoint([_uri(list_at)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(signer, made_with or hashes.SHA256())


def _uri(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
