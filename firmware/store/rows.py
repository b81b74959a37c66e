"""Rows: what the store gives back. Times are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime

from ampkeeper.firmware.facts import Fact, StampedReading


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session; see ``changes.SaveSession``. ``csms_tx_id`` is the central system's number."""

    tx_id: str
    evse_id: int
    state: str
    started_at: datetime
    id_token: str | None
    energy_wh_start: int
    is_open: bool
    ended_at: datetime | None
    energy_wh_end: int | None
    reason: str | None
    csms_tx_id: int | None
    start_discarded: bool
    user: str | None = None  # how who charged is called here


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """The oldest message owed to the central system.

    ``start_discarded``: the start of its transaction was given up, so nobody there knows it.
    """

    id: int
    fact: Fact
    message_id: str
    attempts: int
    is_offline: bool
    csms_tx_id: int | None
    start_discarded: bool
    samples: tuple[StampedReading, ...] = ()  # that go with an end


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One entry of the authorisation cache."""

    token: str
    status: str
    group_id: str | None
    expires: datetime | None
    at: datetime
    evse_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SelfTestRow:
    """One result of a self-test; see ``changes.SaveSelfTest``."""

    evse_id: int
    test: int
    at: datetime
    result: int
    value: int | None
    low: int | None
    high: int | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One trace of a flight recorder; ``rows`` empty in a list of them."""

    number: int
    evse_id: int
    at: datetime
    trace_id: int
    cause: int
    rows: bytes


@dataclass(frozen=True, slots=True)
class LimitChangeRow:
    """Which limit bound at an EVSE from ``at`` on; see ``changes.AddLimitChange``."""

    evse_id: int
    at: datetime
    source: str
    current_a: float
    reason: str
    changes: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the store is; ``problems`` is empty where the database is whole."""

    free_bytes: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One fault; active while ``cleared_at`` is None."""

    evse_id: int
    fault: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecurityEventRow:
    """One line of the security log; ``is_owed``: the central system has not heard of it yet."""

    id: int
    kind: str
    at: datetime
    tech_info: str
    is_owed: bool


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate; see ``changes.SaveCertificate``."""

    fingerprint: str
    usage: str
    pem: str
    private_key: str | None = field(default=None, repr=False)
