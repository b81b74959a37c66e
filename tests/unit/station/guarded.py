"""Security of a station in a test: nothing installed, nobody to tell, unless a test says so."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ampkeeper.firmware.certificates.book import CertificateBook
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.station.security import Given, Security
from ampkeeper.firmware.station.security_log import SecurityLog
from ampkeeper.firmware.station.signature import Signature

SERIAL = "AK-0001"


def nobody(word: Any, heard: Any) -> None:
    """There is no central system."""
    heard(None, False)


def security_of(
    settings: Settings,
    now: Callable[[], datetime],
    post: Callable[[Any], bool],
    tell: Any = nobody,
    book: CertificateBook | None = None,
    password: bytes = b"",
) -> Security:
    """A station's security."""
    return Security(
        lambda: book or CertificateBook(),
        SecurityLog(post, tell),
        Signature(SERIAL, settings, tell),
        settings,
        Given(lambda: password),
        now,
        post,
    )
