"""Shapes of the security log and of certificates, as people and other programs see them."""

from collections.abc import Sequence
from typing import Any

from ampkeeper.firmware.certificates.book import CertificateBook, Entry
from ampkeeper.firmware.certificates.reading import Usage, name_of
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.store.rows import SecurityEventRow

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


def certificate_shapes(book: CertificateBook) -> dict[str, Any]:
    """All certificates that are installed, without a key."""
    found = [_certificate_shape(usage, entry) for usage in Usage for entry in book.entries(usage)]
    return {"certificates": found}


def _certificate_shape(usage: Usage, entry: Entry) -> dict[str, Any]:
    leaf = entry.leaf
    return {
        "usage": usage.value,
        "subject": name_of(leaf),
        "valid_from": stamp(leaf.not_valid_before_utc),
        "valid_until": stamp(leaf.not_valid_after_utc),
        "sha256": entry.record.fingerprint,
    }
