"""TLS: a client's context as OCPP security profiles 2 and 3 want it, and what a failure meant.

TLS 1.2 or newer, the whitepaper's cipher suites and their forward-secret kin, no compression, no
renegotiation; chain and host name verified before a byte of ours is sent (A00.FR.307 to 322). The
host name may be in the SAN or, as the whitepaper has it, in the CN; a wildcard stands for it only
where that is allowed (2.0.1 errata 2.62). Paths are judged by OpenSSL.
"""

import hashlib
import os
import ssl
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.hal.errors import CERTIFICATE, CIPHER_SUITE, CREDENTIALS, TLS_VERSION

# A00.FR.318; ECDHE-RSA besides, for servers with an RSA certificate and no static RSA.
# Level 2: RSA and DH from 2048 bits, EC from 224, no SHA-1 (A00.FR.501 to 504).
CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:@SECLEVEL=2"
)
WORDS_OF_VERSION = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION")
WORDS_OF_CIPHER = ("HANDSHAKE_FAILURE", "INSUFFICIENT_SECURITY", "NO_CIPHERS", "WRONG_CIPHER")
WORDS_OF_WEAKNESS = ("KEY_TOO_SMALL", "MD_TOO_WEAK", "DH_KEY_TOO_SMALL")
OUR_CERTIFICATE = ("ALERT_", "CERTIFICATE_REQUIRED")  # the server's word on it
DER = 2  # of CPython's certificates before 3.13


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Whom to trust, and what to show. No roots: those of the system.

    ``roots_pem`` beside the file; ``own_pem`` is the station's chain, with its key, as PEM, and
    wins over the files.
    """

    roots_pem: str = ""
    ca_file: str | None = None
    own_pem: str = field(default="", repr=False)
    certificate_file: str | None = None
    key_file: str | None = None
    allows_wildcards: bool = False  # whether "*.example.org" is a name of "csms.example.org"


class StationContext(ssl.SSLContext):
    """A context that remembers why its connection failed, or whom it rests on."""

    failure: ssl.SSLError | None
    had_cipher: bool  # when it failed: suite and version were agreed on
    path: tuple[str, ...] | None  # SHA-256 of the verified chain; None: not known
    allows_wildcards: bool


class CheckedObject(ssl.SSLObject):
    """A TLS connection that knows its host's name from the SAN or the CN."""

    def do_handshake(self) -> None:
        """Shake hands, then look at the name."""
        try:
            super().do_handshake()
            self._check_host()
        except ssl.SSLError as error:
            self._note(error)
            raise
        context = self.context
        assert isinstance(context, StationContext), "it was made by station_context"
        context.path = _path(self)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """Read; with TLS 1.3 the server's word on our certificate arrives here."""
        try:
            return super().read(len, buffer)
        except ssl.SSLError as error:
            self._note(error)
            raise

    def _note(self, error: ssl.SSLError) -> None:
        context = self.context
        is_waiting = isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError)
        if isinstance(context, StationContext) and not is_waiting:
            context.failure = error
            context.had_cipher = self.cipher() is not None

    def _check_host(self) -> None:
        host = self.server_hostname or ""
        found = self.getpeercert(binary_form=True)
        names = names_of(found) if found else ()
        context = self.context
        assert isinstance(context, StationContext), "it was made by station_context"
        allowed = [name for name in names if context.allows_wildcards or "*" not in name]
        if not any(is_name_of(name, host) for name in allowed):
            shown = ", ".join(names)[:120] or "nobody"
            raise ssl.SSLCertVerificationError(1, f"certificate is for {shown}, not for {host}")


def station_context(settings: TlsSettings) -> StationContext:
    """A context for one connection; raises OSError when a file or a certificate is unusable."""
    context = StationContext(ssl.PROTOCOL_TLS_CLIENT)
    context.failure = None
    context.had_cipher = False
    context.path = None
    context.allows_wildcards = settings.allows_wildcards
    context.check_hostname = False  # CheckedObject does, CN included
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a root need not be self-signed
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.sslobject_class = CheckedObject
    if settings.ca_file is not None:
        context.load_verify_locations(cafile=settings.ca_file)
    if settings.roots_pem:
        context.load_verify_locations(cadata=settings.roots_pem)
    if settings.ca_file is None and not settings.roots_pem:
        context.load_default_certs()
    if settings.own_pem:
        _load_own(context, settings.own_pem)
    elif settings.certificate_file is not None:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context


def reason_of(context: StationContext, error: BaseException) -> str | None:
    """Why there is no trust, as in ``hal.errors``; None: it failed for another cause."""
    failure = error if isinstance(error, ssl.SSLError) else context.failure
    if failure is None:
        return None
    if isinstance(failure, ssl.SSLCertVerificationError):
        return CERTIFICATE
    word = failure.reason or ""
    if any(each in word for each in WORDS_OF_VERSION):
        return TLS_VERSION
    if any(each in word for each in WORDS_OF_WEAKNESS):
        return CERTIFICATE
    if any(each in word for each in WORDS_OF_CIPHER) and not context.had_cipher:
        return CIPHER_SUITE
    return CREDENTIALS if any(each in word for each in OUR_CERTIFICATE) else None


def names_of(der: bytes) -> tuple[str, ...]:
    """Whom a certificate is for: its SAN, then its CN (A00.FR.308, FR.510)."""
    from cryptography import x509  # 9 MB, where there is TLS
    from cryptography.x509.oid import NameOID

    certificate = x509.load_der_x509_certificate(der)
    names: list[str] = []
    try:
        sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += sans.get_values_for_type(x509.DNSName)
        names += (str(address) for address in sans.get_values_for_type(x509.IPAddress))
    except (x509.ExtensionNotFound, ValueError):
        pass
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    names += (str(each.value) for each in common)
    return tuple(dict.fromkeys(names))


def is_name_of(name: str, host: str) -> bool:
    """True if a certificate's ``name`` is ``host``'s; "*." stands for one label (RFC 6125)."""
    name, host = name.casefold().rstrip("."), host.casefold().rstrip(".")
    if not name or not host:
        return False
    if not name.startswith("*."):
        return name == host
    label, _, rest = host.partition(".")
    return bool(label) and rest == name[2:] and "." in rest


def _path(connection: ssl.SSLObject) -> tuple[str, ...] | None:
    """Fingerprints of the chain as verified, the root included; public only since 3.13."""
    public = getattr(connection, "get_verified_chain", None)
    if public is not None:
        return tuple(hashlib.sha256(one).hexdigest() for one in public())
    private = getattr(getattr(connection, "_sslobj", None), "get_verified_chain", None)
    if private is None:
        return None
    return tuple(hashlib.sha256(one.public_bytes(DER)).hexdigest() for one in private() or ())


def _load_own(context: ssl.SSLContext, own_pem: str) -> None:
    """Load chain and key by way of memory: OpenSSL wants a path, and the disk no secret."""
    memory = os.memfd_create("own")
    try:
        with os.fdopen(os.dup(memory), "wb") as file:
            file.write(own_pem.encode("ascii", "replace"))
        context.load_cert_chain(f"/proc/self/fd/{memory}")
    finally:
        os.close(memory)
