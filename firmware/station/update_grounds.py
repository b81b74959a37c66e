"""Grounds: what OCPP is told where an image is refused: a status and a security event.

In 1.6 without signatures each of the statuses is InstallationFailed.
"""

from dataclasses import dataclass

from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.update_steps import NoteSecurity
from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.refused import Ground, ImageRefused

# fmt: off
TABLE = (
    # ground           of an update      security event
    (Ground.FORMAT,    table.REFUSED,    None),
    (Ground.SIGNATURE, table.BAD,        SecurityEventKind.INVALID_FIRMWARE_SIGNATURE),
    (Ground.SIGNER,    table.BAD,        SecurityEventKind.INVALID_SIGNING_CERTIFICATE),
    (Ground.CONTENT,   table.REFUSED,    SecurityEventKind.INVALID_FIRMWARE_SIGNATURE),
    (Ground.BOARD,     table.REFUSED,    None),
    (Ground.OLDER,     table.REFUSED,    SecurityEventKind.REPLAY_ATTEMPTED),  # good once
    (Ground.EXPIRED,   table.REFUSED,    None),
    (Ground.CLOCK,     table.REFUSED,    None),
    (Ground.SPACE,     table.FAILED,     None),
    (Ground.DISK,      table.FAILED,     None),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Refusal:
    """``event`` is of ``update/table.py``; ``noted`` None: nothing for the security log."""

    event: int
    reason: str
    noted: SecurityEventKind | None = None

    @property
    def is_late(self) -> bool:
        """True if it is told after SignatureVerified, which is about another signature."""
        return self.event != table.BAD

    def written(self, note: NoteSecurity) -> str:
        """The reason, once what looks like an attack is in the security log."""
        if self.noted is not None:
            note(self.noted, self.reason)
        return self.reason

    def afterwards(self) -> "Refusal":
        """The same, once the signature counted as good: a signer may expire meanwhile."""
        return self if self.is_late else Refusal(table.REFUSED, self.reason, self.noted)


def refusal_of(error: Exception) -> Refusal:
    """What an installer's exception means."""
    if isinstance(error, ImageRefused):
        for ground, event, noted in TABLE:
            if ground is error.ground:
                return Refusal(event, str(error), noted)
    if isinstance(error, OSError):
        return Refusal(table.FAILED, f"the disk: {error.strerror}")
    return Refusal(table.FAILED, str(error))
