"""Security events: what they are called, which are told, and what one of them is.

The names are those of the security whitepaper for OCPP 1.6 (ed. 3, section 8); OCPP 2.x calls four
of them otherwise, which its dialect knows. Every event is in the security log (A04.FR.04). Those
in TOLD also go to the central system: the critical ones as the standard asks (A04.FR.01), and of
the others those that a person has to act on. A peer cannot cause the rest to be sent to it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TECH_INFO_CHARS_MAX = 255  # SecurityEventNotification.req


class SecurityEventKind(StrEnum):
    """The events of the whitepaper."""

    FIRMWARE_UPDATED = "FirmwareUpdated"
    NOT_AUTHENTICATED = "FailedToAuthenticateAtCentralSystem"
    CENTRAL_SYSTEM_NOT_AUTHENTICATED = "CentralSystemFailedToAuthenticate"
    TIME_SET = "SettingSystemTime"
    STARTUP = "StartupOfTheDevice"
    RESET = "ResetOrReboot"
    LOG_CLEARED = "SecurityLogWasCleared"
    RECONFIGURED = "ReconfigurationOfSecurityParameters"
    MEMORY_EXHAUSTED = "MemoryExhaustion"
    INVALID_MESSAGES = "InvalidMessages"
    REPLAY_ATTEMPTED = "AttemptedReplayAttacks"
    TAMPERED = "TamperDetectionActivated"
    INVALID_FIRMWARE_SIGNATURE = "InvalidFirmwareSignature"
    INVALID_SIGNING_CERTIFICATE = "InvalidFirmwareSigningCertificate"
    INVALID_CENTRAL_SYSTEM_CERTIFICATE = "InvalidCentralSystemCertificate"
    INVALID_STATION_CERTIFICATE = "InvalidChargePointCertificate"
    INVALID_TLS_VERSION = "InvalidTLSVersion"
    INVALID_TLS_CIPHER_SUITE = "InvalidTLSCipherSuite"
    RENEWED_DISCARDED = "DiscardedRenewedClientCertificate"  # 2.0.1 errata, A02.FR.29


CRITICAL = frozenset(
    (
        SecurityEventKind.FIRMWARE_UPDATED,
        SecurityEventKind.TIME_SET,
        SecurityEventKind.STARTUP,
        SecurityEventKind.RESET,
        SecurityEventKind.LOG_CLEARED,
        SecurityEventKind.MEMORY_EXHAUSTED,
        SecurityEventKind.TAMPERED,
    )
)
ONLY_LOGGED = frozenset(
    (
        SecurityEventKind.INVALID_MESSAGES,
        SecurityEventKind.REPLAY_ATTEMPTED,
        SecurityEventKind.CENTRAL_SYSTEM_NOT_AUTHENTICATED,
    )
)
TOLD = frozenset(SecurityEventKind) - ONLY_LOGGED


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event. ``at`` is aware UTC; ``tech_info`` says what happened, never a secret."""

    kind: SecurityEventKind
    at: datetime
    tech_info: str = ""

    @property
    def is_told(self) -> bool:
        """True if the central system hears of it."""
        return self.kind in TOLD
