"""Shapes of the security log and of certificates, as people and other programs see them."""

from typing import Any

from ampkeeper.firmware.certificates.book import CertificateBook, Entry
from ampkeeper.firmware.certificates.reading import Usage, name_of
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.store.rows import SecurityEventRow


def event_shape(row: SecurityEventRow) -> dict[str, Any]:
    """One line of the log; ``told`` is False while the central system has yet to hear it."""
    return {
        "id": row.id,
        "time": stamp(row.at),
        "type": row.kind,
        "tech_info": row.tech_info,
        "told": not row.is_owed,
    }


def certificate_shapes(book: CertificateBook) -> list[dict[str, Any]]:
    """All certificates that are installed, without a key."""
    return [_certificate_shape(usage, entry) for usage in Usage for entry in book.entries(usage)]


def _certificate_shape(usage: Usage, entry: Entry) -> dict[str, Any]:
    leaf = entry.leaf
    return {
        "usage": usage.value,
        "subject": name_of(leaf),
        "valid_from": stamp(leaf.not_valid_before_utc),
        "valid_until": stamp(leaf.not_valid_after_utc),
        "sha256": entry.record.fingerprint,
    }
