"""Envelope: the file of an image, from its first byte to its last.

A header of fixed size, the manifest, the seal (the signer's certificates and his signature over
the manifest), then the payloads one after another in the manifest's order, and nothing behind.
Every length is bounded before anything is read. Only its reading and writing is here; what is
believed is for ``verdict.py`` to say. Files are handed in open; reading blocks.
"""

import hashlib
import struct
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from ampkeeper.firmware.update.keys import sign
from ampkeeper.firmware.update.manifest import (
    MANIFEST_BYTES_MAX,
    Manifest,
    Payload,
    canonical,
    manifest_of,
    read_object,
    refused,
)
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.trust import one_pem, raw_of

MAGIC = b"\x89AKI\r\n\x1a\n"  # damaged by whatever takes a file for text, as PNG's is
HEADER = struct.Struct(">8sHHII")  # magic, format, 0, bytes of the manifest, bytes of the seal
ENVELOPE = 1
SEAL_BYTES_MAX = 32_768
CHAIN_MAX = 4
SIGNATURE_BYTES_MAX = 1_024
CHUNK_BYTES = 1 << 20
NO_IMAGE = "this is no image: it does not begin like one"
PREFIX = b"ampkeeper image 1\n"  # so that what signs something else never signs an image


@dataclass(frozen=True, slots=True)
class Head:
    """All that stands before the payloads. ``chain`` is the signer's certificate and its CAs."""

    manifest: Manifest
    digest: bytes  # what the signature is over
    chain: tuple[x509.Certificate, ...]
    signature: bytes
    bytes: int  # of the head

    @property
    def bytes_total(self) -> int:
        """Of the whole file."""
        return self.bytes + sum(one.bytes for one in self.manifest.payloads)


def read_head(file: BinaryIO, *, may_be_unsigned: bool = False) -> Head:
    """The head of an image, from where ``file`` stands; raises ImageRefused, OSError.

    Of one that is still to be signed, where that may be: without chain and signature.
    """
    raw, seal_bytes = _read_manifest(file)
    if may_be_unsigned and seal_bytes == 0:
        return Head(manifest_of(raw), digest_of(raw), (), b"", HEADER.size + len(raw))
    if seal_bytes == 0:
        raise ImageRefused(Ground.SIGNATURE, "nobody has signed it")
    manifest = manifest_of(raw)
    told = read_object(_exactly(file, seal_bytes, "seal"), "seal", {"chain", "signature"})
    chain = told["chain"]
    if not isinstance(chain, list) or not 1 <= len(chain) <= CHAIN_MAX:
        raise refused(f"seal: 1 to {CHAIN_MAX} certificates are due")
    signature = raw_of(told["signature"], "seal")
    if len(signature) > SIGNATURE_BYTES_MAX:
        raise refused(f"seal: a signature of {len(signature)} bytes; at most {SIGNATURE_BYTES_MAX}")
    certificates = tuple(one_pem(text, "seal") for text in chain)
    head_bytes = HEADER.size + len(raw) + seal_bytes
    return Head(manifest, digest_of(raw), certificates, signature, head_bytes)


def head_bytes(beginning: bytes) -> int | None:
    """How many bytes the head of a file has that begins so; None: more of it is needed.

    Raises ImageRefused for what begins like no image, as soon as that shows.
    """
    if not MAGIC.startswith(beginning[: len(MAGIC)]):
        raise refused(NO_IMAGE)
    if len(beginning) < HEADER.size:
        return None
    manifest_bytes, seal_bytes = _lengths(beginning[: HEADER.size])
    return HEADER.size + manifest_bytes + seal_bytes


def read_payloads(
    file: BinaryIO, head: Head, take: Callable[[Payload, bytes], None]
) -> Iterator[int]:
    """Hand each payload's bytes to ``take`` as they come; yields how many were read so far.

    Raises ImageRefused at the end of a payload that is not what was signed, at the end of a file
    that is too short, and for one that goes on. What ``take`` was given of it is to be thrown away.
    """
    done = 0
    for payload in head.manifest.payloads:
        digest = hashlib.sha256()
        left = payload.bytes
        while left:
            chunk = file.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise _content(f"{payload.kind}: the file ends {left} bytes too early")
            digest.update(chunk)
            take(payload, chunk)
            left -= len(chunk)
            done += len(chunk)
            yield done
        if digest.hexdigest() != payload.sha256:
            raise _content(f"{payload.kind}: its bytes are not those that the manifest names")
    if file.read(1):
        raise _content(f"the file is longer than the {head.bytes_total} bytes that it declares")


def sealed(manifest: Manifest, chain: Sequence[x509.Certificate], key: PrivateKeyTypes) -> bytes:
    """The head of an image, signed; the payloads follow it. Raises ValueError for a key's kind."""
    raw = manifest.to_bytes()
    manifest_of(raw)  # what nobody will read is not written
    signature = b64encode(sign(key, digest_of(raw))).decode("ascii")
    certificates = [one.public_bytes(Encoding.PEM).decode("ascii") for one in chain]
    seal = canonical({"chain": certificates, "signature": signature})
    if len(seal) > SEAL_BYTES_MAX:
        raise refused(f"seal of {len(seal)} bytes; at most {SEAL_BYTES_MAX}")
    return HEADER.pack(MAGIC, ENVELOPE, 0, len(raw), len(seal)) + raw + seal


def drafted(manifest: Manifest) -> bytes:
    """The head of an image that is still to be signed: no station takes it."""
    raw = manifest.to_bytes()
    manifest_of(raw)  # what nobody will read is not written
    return HEADER.pack(MAGIC, ENVELOPE, 0, len(raw), 0) + raw


def digest_of(manifest: bytes) -> bytes:
    """What a signature over a manifest is over."""
    return hashlib.sha256(PREFIX + manifest).digest()


def payload_of(kind: str, version: str, file: BinaryIO) -> Payload:
    """What a manifest says of the file of a payload; reads it to its end."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return Payload(kind, version, size, digest.hexdigest())


def write_image(file: BinaryIO, head: bytes, payloads: Iterable[BinaryIO]) -> Iterator[int]:
    """Write ``head`` and the payloads behind it; yields how many payload bytes are written."""
    file.write(head)
    done = 0
    for payload in payloads:
        while chunk := payload.read(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            yield done


def _read_manifest(file: BinaryIO) -> tuple[bytes, int]:
    manifest_bytes, seal_bytes = _lengths(_exactly(file, HEADER.size, "header"))
    return _exactly(file, manifest_bytes, "manifest"), seal_bytes


def _lengths(header: bytes) -> tuple[int, int]:
    """Of manifest and seal, both bounded."""
    magic, form, zero, manifest_bytes, seal_bytes = HEADER.unpack(header)
    if magic != MAGIC:
        raise refused(NO_IMAGE)
    if (form, zero) != (ENVELOPE, 0):
        raise refused(f"envelope {form}.{zero}; this software knows {ENVELOPE}.0")
    if not 1 <= manifest_bytes <= MANIFEST_BYTES_MAX:
        raise refused(f"manifest of {manifest_bytes} bytes; at most {MANIFEST_BYTES_MAX}")
    if seal_bytes > SEAL_BYTES_MAX:
        raise refused(f"seal of {seal_bytes} bytes; at most {SEAL_BYTES_MAX}")
    return manifest_bytes, seal_bytes


def _exactly(file: BinaryIO, size: int, what: str) -> bytes:
    raw = file.read(size)
    if len(raw) != size:
        raise refused(f"{what}: the file ends after {len(raw)} of {size} bytes")
    return raw


def _content(text: str) -> ImageRefused:
    return ImageRefused(Ground.CONTENT, text)
