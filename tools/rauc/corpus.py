"""Corpus: bundles and the images that carry them, both wrong in the same way.

What bytes do to a signature is tried with one bundle of each format and the image around it, cut
and changed where chance falls. What a maker can do wrong is made once for both.
"""

import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ampkeeper.firmware.update.ceremony import DAY, KeyPair, new_root
from ampkeeper.firmware.update.envelope import payload_of, sealed
from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.manifest import RAUC, Manifest
from ampkeeper.firmware.update.trust import Trust
from ampkeeper.firmware.update.verdict import Target
from tools.rauc.bundles import Content, write_bundle

BOARD = "emulated"
COUNTER = 5  # of what runs
SIZE_BYTES = 8  # at the end of a bundle: how long its signature is
SYSTEM = bytes(range(256)) * 64
FORMS = ("plain", "verity")


@dataclass(frozen=True, slots=True)
class Whole:
    """One bundle that is as it should be, and the head of the image around it."""

    form: str
    bundle: bytes
    head: bytes

    @property
    def signature_at(self) -> int:
        """Where the bundle's signature begins."""
        return len(self.bundle) - SIZE_BYTES - int.from_bytes(self.bundle[-SIZE_BYTES:], "big")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a maker did: the bundle, the image, and the station as it is then."""

    name: str
    bundle: bytes
    image: bytes
    target: Target
    keyring: str = ""  # lines for rauc's section of that name
    crl_pem: str = ""  # for its keyring


Change = Callable[[Whole, random.Random], bytes]


def _flip(raw: bytes, at: int, chance: random.Random) -> bytes:
    changed = bytearray(raw)
    changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _payload(whole: Whole, chance: random.Random) -> bytes:
    return _flip(whole.bundle, chance.randrange(whole.signature_at), chance)


def _signature(whole: Whole, chance: random.Random) -> bytes:
    last = len(whole.bundle) - SIZE_BYTES
    return _flip(whole.bundle, chance.randrange(whole.signature_at, last), chance)


def _size(whole: Whole, chance: random.Random) -> bytes:
    last = len(whole.bundle)
    return _flip(whole.bundle, chance.randrange(last - SIZE_BYTES, last), chance)


def _cut(whole: Whole, chance: random.Random) -> bytes:
    return whole.bundle[: chance.randrange(len(whole.bundle))]


def _appended(whole: Whole, chance: random.Random) -> bytes:
    more = chance.choice((whole.bundle[whole.signature_at :], whole.bundle[-SIZE_BYTES:], b""))
    return whole.bundle + chance.randbytes(chance.choice((1, 8, 512)) if not more else 0) + more


def _removed(whole: Whole, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(whole.bundle) - 64), chance.choice((1, 8, 64))
    return whole.bundle[:at] + whole.bundle[at + size :]


def _doubled(whole: Whole, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(whole.bundle) - 64), chance.choice((1, 8, 64))
    return whole.bundle[: at + size] + whole.bundle[at:]


def _replaced(whole: Whole, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(whole.bundle) - 64), chance.choice((4, 64))
    return whole.bundle[:at] + chance.randbytes(size) + whole.bundle[at + size :]


CHANGES: dict[str, Change] = {
    "one bit of the file system": _payload,
    "one bit of the signature": _signature,
    "one bit of the signature's length": _size,
    "cut off": _cut,
    "something appended": _appended,
    "bytes missing": _removed,
    "bytes twice": _doubled,
    "other bytes": _replaced,
}


def mutants(whole: Whole, number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """``number`` bundles that are not the whole one, each with what was done to it."""
    chance = random.Random(seed)
    names = list(CHANGES)
    done = 0
    while done < number:
        name = names[done % len(names)]
        raw = CHANGES[name](whole, chance)
        if raw != whole.bundle:
            done += 1
            yield name, raw


class Workshop:
    """A maker with root and release key, who makes bundles and the images around them."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.root = new_root("Maker Root", self.now - 100 * DAY)
        self.target = Target(BOARD, COUNTER, Trust((self.root.pem,)))
        self._folder = folder
        self._count = 0

    def whole(self, form: str) -> Whole:
        """As it should be."""
        signer = self.signer()
        bundle = self.bundle(Content(SYSTEM, form=form), signer)
        return Whole(form, bundle, self.head(bundle, signer))

    def mistakes(self) -> Iterator[Mistake]:
        """One after another; the first is none."""
        good, now = self.signer(), self.now
        yield self._one("nothing: as it should be", good)
        other = new_root("Other Root", now - 100 * DAY)
        yield self._one("signed by another maker's key", self.signer(other))
        yield self._one("signed by the root itself", self.root)
        yield self._one("the signer's certificate expired", self.signer(until=now - DAY))
        yield self._one("the signer's certificate is not yet valid", self.signer(since=now + DAY))
        mail = self.signer(purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION)
        yield self._one("the signer may not sign code", mail)
        middle = self.signer(is_authority=True, name="Maker Releases")
        below = self.signer(middle)
        yield self._one("behind an intermediate CA that is sent along", below, (middle,))
        yield self._one("behind an intermediate CA that is not sent along", below)
        yield from self._revoked(good)
        wrong = Content(SYSTEM, compatible="another machine")
        yield self._one("for other hardware", good, content=wrong, boards=("other",))
        older = Content(SYSTEM, version="0.1.0")
        yield self._one("older than what runs", good, content=older, counter=COUNTER - 1)
        name = "to be installed until yesterday"
        yield self._one(name, good, created=now - 9 * DAY, not_after=now - DAY)
        whole = self.whole("plain")
        damaged = _flip(whole.bundle, len(whole.bundle) // 2, random.Random(0))
        image = self.head(damaged, good) + damaged
        yield Mistake("damaged before the image was signed", damaged, image, self.target)
        yield replace(self._one("signed by nobody", good), bundle=SYSTEM, image=SYSTEM)
        yield replace(self._one("empty", good), bundle=b"", image=b"")

    def signer(
        self,
        issuer: KeyPair | None = None,
        *,
        name: str = "Maker Release",
        since: datetime | None = None,
        until: datetime | None = None,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
        is_authority: bool = False,
    ) -> KeyPair:
        """A key below the root or another issuer, right but for what is asked."""
        issuer, key = issuer or self.root, ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since or self.now - 20 * DAY)
            .not_valid_after(until or self.now + 20 * DAY)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(_usage(is_authority=is_authority), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        return KeyPair(builder.sign(issuer.key, hashes.SHA256()), key)

    def bundle(self, content: Content, signer: KeyPair, chain: Sequence[KeyPair] = ()) -> bytes:
        """Packed by rauc."""
        self._count += 1
        file = self._folder / f"{self._count}.raucb"
        write_bundle(file, content, signer, [one.pem for one in chain])
        return file.read_bytes()

    def head(
        self,
        payload: bytes,
        signer: KeyPair,
        chain: Sequence[KeyPair] = (),
        kind: str = RAUC,
        **changes: Any,
    ) -> bytes:
        """Of the image around a bundle, or another payload."""
        manifest = Manifest(
            version="1.5.0",
            counter=COUNTER,
            boards=(BOARD,),
            created=self.now - DAY,
            not_after=self.now + DAY,
            payloads=(payload_of(kind, "1.5.0", io.BytesIO(payload)),),
        )
        certificates = [one.certificate for one in (signer, *chain)]
        return sealed(replace(manifest, **changes), certificates, signer.key)

    def _one(
        self,
        name: str,
        signer: KeyPair,
        chain: Sequence[KeyPair] = (),
        content: Content | None = None,
        **changes: Any,
    ) -> Mistake:
        bundle = self.bundle(content or Content(SYSTEM), signer, chain)
        image = self.head(bundle, signer, chain, RAUC, **changes) + bundle
        return Mistake(name, bundle, image, self.target)

    def _revoked(self, signer: KeyPair) -> Iterator[Mistake]:
        one = self._one("the signer was revoked; rauc has no list", signer)
        trust = replace(self.target.trust, revoked=frozenset({fingerprint(signer.certificate)}))
        revoked = replace(one, target=replace(self.target, trust=trust))
        yield revoked
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(signer.certificate.serial_number)
            .revocation_date(self.now - DAY)
            .build()
        )
        crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(self.now - DAY)
            .next_update(self.now + DAY)
            .add_revoked_certificate(entry)
            .sign(self.root.key, hashes.SHA256())
        )
        yield replace(
            revoked,
            name="the signer was revoked; rauc has the list and check-crl",
            keyring="check-crl=true",
            crl_pem=crl.public_bytes(Encoding.PEM).decode("ascii"),
        )


def image_of(whole: Whole, bundle: bytes) -> bytes:
    """The image around ``whole``, with another bundle in it."""
    return whole.head + bundle


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
