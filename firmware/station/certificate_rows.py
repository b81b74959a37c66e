"""Certificates as the store keeps them, and as the dialects name them."""

from ampkeeper.firmware.certificates.values import Change, HashData
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.store.changes import Change as StoreChange
from ampkeeper.firmware.store.changes import DropCertificate, SaveCertificate


def rows_of(change: Change) -> list[StoreChange]:
    """What is written down of a change."""
    rows: list[StoreChange] = [DropCertificate(name) for name in change.drop]
    rows += [
        SaveCertificate(each.fingerprint, each.usage.value, each.pem, each.private_key)
        for each in change.keep
    ]
    return rows


def asked_of(wanted: CertificateHash) -> HashData:
    """An installed certificate as somebody names it."""
    return HashData(
        wanted.algorithm, wanted.issuer_name_hash, wanted.issuer_key_hash, wanted.serial
    )


def named(found: HashData) -> CertificateHash:
    """How an installed certificate is told."""
    return CertificateHash(
        found.algorithm, found.issuer_name_hash, found.issuer_key_hash, found.serial
    )
