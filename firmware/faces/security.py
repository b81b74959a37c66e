"""Shapes of the security log and of certificates, as people and other programs see them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.certificates.values import Usage
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.store.rows import SecurityEventRow

if TYPE_CHECKING:
    from ampkeeper.firmware.certificates.book import CertificateBook, Entry

USAGES = {"central-system": Usage.CENTRAL_SYSTEM_ROOT, "maker": Usage.MANUFACTURER_ROOT}


def event_shapes(rows: Sequence[SecurityEventRow]) -> dict[str, Any]:
    """The log; ``waits``: the central system has yet to hear of it."""
    return {
        "events": [
            {
                "id": row.id,
                "time": stamp(row.at),
                "type": row.kind,
                "tech_info": row.tech_info,
                "waits": row.is_owed,
            }
            for row in rows
        ]
    }


def certificate_shapes(book: "CertificateBook") -> dict[str, Any]:
    """All certificates that are installed, without a key."""
    found = [
        _certificate_shape(book, usage, entry) for usage in Usage for entry in book.entries(usage)
    ]
    return {"certificates": found}


def _certificate_shape(book: "CertificateBook", usage: Usage, entry: "Entry") -> dict[str, Any]:
    leaf = entry.leaf
    return {
        "usage": usage.value,
        "subject": book.name(entry.record),
        "valid_from": stamp(leaf.not_valid_before_utc),
        "valid_until": stamp(leaf.not_valid_after_utc),
        "sha256": entry.record.fingerprint,
    }
