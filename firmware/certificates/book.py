"""Certificate book: the installed roots, the station's own certificates, and the rules for both.

Pure: methods say what is to be kept and what is not any more (``Change``); whoever writes that
down applies it here afterwards. A root that came with the configuration is trusted like an
installed one, but nobody can delete it through OCPP.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from ampkeeper.firmware.certificates import checks
from ampkeeper.firmware.certificates.hash_data import ALGORITHMS, hash_data
from ampkeeper.firmware.certificates.keys import is_key_of, read_private_key
from ampkeeper.firmware.certificates.reading import (
    fingerprint,
    name_of,
    read_bundle,
    read_chain,
    to_pem,
)
from ampkeeper.firmware.certificates.values import (
    OWN,
    ROOTS,
    CertificateInUse,
    CertificateRefused,
    Change,
    HashData,
    Record,
    StoreFull,
    Usage,
)

RECORD_CHARS_MAX = 65_536
ROOT_CHARS_MAX = 5_500  # InstallCertificate.req
ROOTS_MAX = 20  # CertificateStoreMaxLength
CHAIN_CHARS_MAX = 10_000  # CertificateSignedMaxChainSize
OWN_MAX = 4  # certificates of the station; the oldest goes


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and what it says."""

    record: Record
    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself; what follows it in the chain are CAs."""
        return self.chain[0]


class CertificateBook:
    """All that is installed. ``replaces_root``: AdditionalRootCertificateCheck."""

    def __init__(self, replaces_root: bool = False, given_roots: str = "") -> None:
        self.replaces_root = replaces_root
        self._entries: dict[str, Entry] = {}
        self._given = read_bundle(given_roots)

    def load(self, records: Iterable[Record]) -> list[str]:
        """Take up what was kept; return what of it cannot be used, in words."""
        wrong = []
        for record in records:
            try:
                self.apply(Change((record,)))
            except CertificateRefused as error:
                wrong.append(f"{record!r}: {error}")
        return wrong

    def apply(self, change: Change) -> None:
        """What was decided is written down."""
        for name in change.drop:
            self._entries.pop(name, None)
        for record in change.keep:
            chain = read_chain(record.pem, RECORD_CHARS_MAX)
            self._entries[record.fingerprint] = Entry(record, chain)

    def name(self, record: Record) -> str:
        """Whom a record that this book made is for, in words."""
        return name_of(read_chain(record.pem, RECORD_CHARS_MAX)[0])

    # roots

    def roots(self, usage: Usage) -> tuple[x509.Certificate, ...]:
        """The trusted roots of a kind, those of the configuration included."""
        installed = tuple(entry.leaf for entry in self.entries(usage))
        return installed + (self._given if usage is Usage.CENTRAL_SYSTEM_ROOT else ())

    def has_valid_root(self, now: datetime) -> bool:
        """True if a root for the central system is there and valid (A05.FR.03)."""
        return any(_is_valid(one, now) for one in self.roots(Usage.CENTRAL_SYSTEM_ROOT))

    def trusted_pem(self, has_fallback: bool = True) -> str:
        """The installed roots for the central system, as PEM; empty if there are none.

        Without ``has_fallback`` a root that was replaced is left out.
        """
        old = () if has_fallback else self.replaced_roots()
        entries = self.entries(Usage.CENTRAL_SYSTEM_ROOT)
        return to_pem(tuple(each.leaf for each in entries if each not in old))

    def replaced_roots(self) -> tuple[Entry, ...]:
        """The roots that another one replaced and that wait as its fallback (M05.FR.12)."""
        roots = self.entries(Usage.CENTRAL_SYSTEM_ROOT) if self.replaces_root else ()
        return tuple(old for old in roots if any(_is_replaced(old, new) for new in roots))

    def install(self, usage: Usage, pem: str, now: datetime) -> Change:
        """What installing a root changes; raises CertificateRefused, or StoreFull."""
        assert usage in ROOTS, usage
        chain = read_chain(pem, ROOT_CHARS_MAX)
        if len(chain) != 1:
            raise CertificateRefused(f"{len(chain)} certificates; allowed: one root")
        root = chain[0]
        checks.check_root(root, now)
        record = Record(fingerprint(root), usage, to_pem(chain))
        known = self._entries.get(record.fingerprint)
        if known is not None and known.record.usage is not usage:
            raise CertificateRefused(f"it is installed as {known.record.usage}")
        if known is not None:
            return Change()
        drop = self._replaced_by(root) if usage is Usage.CENTRAL_SYSTEM_ROOT else ()
        if sum(len(self.entries(each)) for each in ROOTS) - len(drop) >= ROOTS_MAX:
            raise StoreFull(f"{ROOTS_MAX} roots are installed: at most that many")
        return Change((record,), drop)

    def _replaced_by(self, root: x509.Certificate) -> tuple[str, ...]:
        """M05.FR.09 to 11: the old root has signed the new one, and stays as the fallback."""
        if not self.replaces_root:
            return ()
        old = self.entries(Usage.CENTRAL_SYSTEM_ROOT)
        signers = [entry for entry in old if checks.is_issued_by(root, entry.leaf)]
        is_signed = signers or any(checks.is_issued_by(root, each) for each in self._given)
        if (old or self._given) and not is_signed:
            raise CertificateRefused("the root that it replaces did not sign it")
        kept = signers[-1].record.fingerprint if signers else ""
        return tuple(e.record.fingerprint for e in old if e.record.fingerprint != kept)

    def after_connecting(self, path: Iterable[str]) -> Change:
        """What goes once the central system was reached over these certificates.

        ``path``: fingerprints of the server's verified chain. M05.FR.12: a fallback root goes
        when the root that replaced it has verified the central system.
        """
        if not self.replaces_root:
            return Change()
        roots = self.entries(Usage.CENTRAL_SYSTEM_ROOT)
        used = set(path)
        drop = tuple(
            old.record.fingerprint
            for new in roots
            for old in roots
            if new.record.fingerprint in used and _is_replaced(old, new)
        )
        return Change(drop=drop)

    # what OCPP sees

    def entries(self, usage: Usage) -> tuple[Entry, ...]:
        """What is installed for a use, in the order of installation."""
        return tuple(each for each in self._entries.values() if each.record.usage is usage)

    def hashes(self, usage: Usage, algorithm: str) -> dict[HashData, str]:
        """Fingerprints of what is installed for a use, by hash data."""
        return {
            hash_data(entry.leaf, self._issuer(entry.chain), algorithm): entry.record.fingerprint
            for entry in self.entries(usage)
        }

    def chain_hashes(self, entry: Entry) -> tuple[HashData, ...]:
        """The hash data of a certificate, and of the CAs below its root (M03.FR.05)."""
        below = [one for one in entry.chain if one.issuer != one.subject]
        rests = (entry.chain[place:] for place in range(len(below)))
        return tuple(hash_data(rest[0], self._issuer(rest)) for rest in rests)

    def delete(self, wanted: HashData, in_use: Iterable[str] | None) -> Change | None:
        """What deleting a root changes; None: there is no such certificate.

        ``in_use``: fingerprints of the certificates that the present connection rests on; None:
        not known, so all roots for the central system may be. Raises CertificateInUse (M04.FR.05,
        FR.06).
        """
        if wanted.algorithm not in ALGORITHMS:
            return None
        name = self._find(wanted)
        if name is None:
            return None
        usage = self._entries[name].record.usage
        if usage in OWN:
            raise CertificateInUse("the station's own certificate cannot be deleted")
        is_used = usage is Usage.CENTRAL_SYSTEM_ROOT and (in_use is None or name in set(in_use))
        if is_used:
            raise CertificateInUse("the connection to the central system rests on it")
        return Change(drop=(name,))

    def _find(self, wanted: HashData) -> str | None:
        for usage in Usage:
            for found, name in self.hashes(usage, wanted.algorithm).items():
                if found.folded() == wanted.folded():
                    return name
        return None

    def _issuer(self, chain: Sequence[x509.Certificate]) -> x509.Certificate:
        """Who signed the first, as far as that is installed; a root stands for itself."""
        one = chain[0]
        others = [*chain[1:], *(each.leaf for each in self._entries.values()), *self._given]
        for other in others:
            if other.subject == one.issuer and checks.is_issued_by(one, other):
                return other
        return one

    # the station's own

    def own(self, now: datetime, usage: Usage = Usage.STATION) -> tuple[Entry, ...]:
        """The station's certificates that are valid now, the newest first (A02.FR.09, FR.15).

        Of two that begin at the same time that is the one that came later.
        """
        came = reversed(self.entries(usage))
        found = [each for each in came if _is_valid(each.leaf, now)]
        return tuple(sorted(found, key=lambda each: each.leaf.not_valid_before_utc, reverse=True))

    def take_signed(
        self,
        pem: str,
        private_key: str,
        serial: str,
        organization: str,
        now: datetime,
        allows_later: bool = True,
        usage: Usage = Usage.STATION,
    ) -> Change:
        """What a signed certificate for ``private_key`` changes; raises CertificateRefused.

        A02.FR.06: the key, the period, the owner and the path to a root are checked. One that is
        valid only later is kept until then, where that is allowed: OCPP 2.x does not. ``serial``
        is the SECC's name where the certificate is for cars.
        """
        assert usage in OWN, usage
        chain = read_chain(pem, CHAIN_CHARS_MAX)
        key = read_private_key(private_key)
        own = [one for one in chain if is_key_of(one, key)]
        if len(own) != 1:
            raise CertificateRefused("none of it is for the key that was to be signed")
        others = tuple(one for one in chain if one is not own[0])
        checks.check_owner(own[0], serial, organization)
        judged_at = max(now, own[0].not_valid_before_utc) if allows_later else now
        root = Usage.CENTRAL_SYSTEM_ROOT if usage is Usage.STATION else Usage.V2G_ROOT
        checks.check_path((own[0], *others), self.roots(root), judged_at)
        record = Record(fingerprint(own[0]), usage, to_pem((own[0], *others)), private_key)
        stale = self.entries(usage)[: -(OWN_MAX - 1)]
        return Change((record,), tuple(each.record.fingerprint for each in stale))

    def showable(self, now: datetime) -> tuple[Entry, ...]:
        """What may be shown, the newest first; an expired one if there is no other (A00.FR.430)."""
        over = (each for each in self.entries(Usage.STATION) if each.leaf.not_valid_after_utc < now)
        return self.own(now) or tuple(sorted(over, key=_end_of, reverse=True))

    def after_showing(self, name: str, now: datetime) -> Change:
        """What goes once the central system accepted this certificate (A02.FR.10).

        All others, but those that are valid only later: the central system knows this one.
        """
        if name not in self._entries:
            return Change()
        others = (each for each in self.entries(Usage.STATION) if each.record.fingerprint != name)
        return Change(
            drop=tuple(
                each.record.fingerprint for each in others if each.leaf.not_valid_before_utc <= now
            )
        )

    # firmware

    def check_signing(self, pem: str, now: datetime, revoked: Container[str] = frozenset()) -> str:
        """Whether a firmware signing certificate leads to a manufacturer's root (L01.FR.12).

        "", "InvalidCertificate" or "RevokedCertificate"; ``revoked`` are fingerprints of
        certificates, at any place of the path. No issuer is asked.
        """
        roots = self.roots(Usage.MANUFACTURER_ROOT)
        try:
            chain = read_chain(pem, CHAIN_CHARS_MAX)
            checks.check_path(chain, roots, now)
        except CertificateRefused:
            return "InvalidCertificate"
        try:
            if any(fingerprint(one) in revoked for one in chain):
                return "RevokedCertificate"
            kept = tuple(one for one in roots if fingerprint(one) not in revoked)
            checks.check_path(chain, kept, now)
        except CertificateRefused:
            return "RevokedCertificate"
        return ""


def _is_replaced(old: Entry, new: Entry) -> bool:
    return new is not old and checks.is_issued_by(new.leaf, old.leaf)


def _end_of(entry: Entry) -> datetime:
    return entry.leaf.not_valid_after_utc


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
