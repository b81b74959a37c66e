"""Journals: changes that only add a row to what is kept for later. ``changes.py`` has the rest.

Times are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AddGridEvent:
    """Something happened to an order of the grid operator; see ``energy/grid_evidence.py``."""

    at: datetime
    kind: str
    commanded_w: int
    measured_w: int | None
    source: str
    reason: str
    previous: str
    digest: str
    now_s: float = field(default=0.0, compare=False)  # monotonic, for how long it is kept


@dataclass(frozen=True, slots=True)
class AddAudit:
    """Somebody asked for a change: who, as what, by which way, and what came of it.

    Each text is cut to ``audit.CHARS_MAX``. As it is read, it stands for so many ``times``, the
    last one at ``last``, where there was more than one.
    """

    at: datetime
    who: str
    role: str
    way: str
    action: str
    detail: str
    result: str
    times: int = 1
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddSignedRecord:
    """The begin or the end of a session, signed; ``page`` None: by a meter, which counts itself.

    ``public_key`` in hex of DER; empty: not told.
    """

    tx_id: str
    context: str
    format: str
    text: str
    public_key: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class AddLimitChange:
    """Another limit binds at an EVSE, in A per phase, from ``at`` on.

    ``source`` is cut to 40 characters, ``reason`` to 255; it stands for so many ``changes``.
    """

    evse_id: int
    at: datetime
    source: str
    current_a: float
    reason: str
    changes: int = 1
    now_s: float = 0.0  # monotonic, for how long it is kept


@dataclass(frozen=True, slots=True)
class AddDelivery:
    """The receipt of a session is owed by a way; the same ``message_id`` twice is one."""

    message_id: str
    tx_id: str
    way: str


@dataclass(frozen=True, slots=True)
class DeliveryDone:
    """It arrived, or whoever was to get it said that he never will take it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class SavePayment:
    """What a terminal was asked to hold, as it now is; the row of ``reference`` is replaced.

    ``held`` and ``claimed`` in the smallest coins of ``currency``; ``state`` is a name of
    ``billing/payments.py``; ``note`` is cut to 200 characters.
    """

    reference: str
    state: str
    is_open: bool
    evse_id: int
    card: str
    held: int
    currency: str
    asked_at: datetime
    changed_at: datetime
    tx_id: str | None = None
    claimed: int | None = None
    note: str = ""
