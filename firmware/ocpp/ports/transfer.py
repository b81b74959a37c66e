"""Transfer: what a dialect asks about files: updates of the software, and logs to be sent.

``request_id`` is None where the message has none (1.6 UpdateFirmware and GetDiagnostics); what is
told of such a request goes out as the status message that belongs to it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

UPDATE, LOG = "update", "log"
RESERVATION = "reservation"
DIAGNOSTICS, SECURITY = "diagnostics", "security"
IDLE = "Idle"


@dataclass(frozen=True, slots=True)
class TransferStatus:
    """A status to tell; ``area`` is UPDATE, LOG or RESERVATION, ``status`` the 2.0.1 name.

    ``request_id`` of a reservation is its own id.
    """

    area: str
    status: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateOrder:
    """An update. Times are aware UTC; ``certificate`` and ``signature`` empty: unsigned."""

    location: str
    retries: int | None
    interval_s: int | None
    fetch_at: datetime
    install_at: datetime | None = None
    request_id: int | None = None
    certificate: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class LogOrder:
    """A log to be sent; ``kind`` is DIAGNOSTICS or SECURITY, times bound what is in it."""

    kind: str
    location: str
    retries: int | None
    interval_s: int | None
    oldest: datetime | None = None
    latest: datetime | None = None
    request_id: int | None = None


class TransferPort(Protocol):
    """Part of ``StationPort``. What is accepted is written down before the answer leaves."""

    def takes_unsigned(self) -> bool:
        """True if an update without a signature may be ordered."""

    def order_update(self, order: UpdateOrder) -> str:
        """ "accepted", "canceled" (accepted, and one that ran is over), "rejected",
        "invalid_certificate" or "revoked_certificate"."""

    def update_status(self) -> TransferStatus:
        """What a trigger tells of updates: the last status, IDLE after Installed (L01.FR.28)."""

    def is_updating(self) -> bool:
        """True while something is still to come of an order."""

    def order_log(self, order: LogOrder) -> tuple[str, str]:
        """("accepted", "canceled" or "rejected", the name of the file that will come)."""

    def log_status(self) -> TransferStatus:
        """What a trigger tells of logs: "Uploading" with its request, or IDLE."""
