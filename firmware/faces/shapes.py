"""Shapes: what every face shows of a session, a fault and a time; the same everywhere."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ampkeeper.firmware.store.rows import FaultRow, LimitChangeRow, SessionRow


def stamp(at: datetime) -> str:
    """ISO 8601 UTC with milliseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def session_shape(row: "SessionRow") -> dict[str, Any]:
    """A session of the books; ``energy_wh`` None while it runs."""
    energy_wh = None
    if row.energy_wh_end is not None:
        energy_wh = row.energy_wh_end - row.energy_wh_start
    return {
        "id": row.tx_id,
        "evse_id": row.evse_id,
        "id_tag": row.id_token,
        "user": row.user,
        "started": stamp(row.started_at),
        "ended": stamp(row.ended_at) if row.ended_at is not None else None,
        "energy_wh": energy_wh,
        "reason": row.reason,
        "csms_id": row.csms_tx_id,
    }


def limit_change_shape(row: "LimitChangeRow") -> dict[str, Any]:
    """Which limit bound from then on, until the next one of the EVSE."""
    return {
        "evse_id": row.evse_id,
        "since": stamp(row.at),
        "limit_a": row.current_a,
        "limited_by": row.source,
        "reason": row.reason,
        "changes": row.changes,
    }


def fault_shape(row: "FaultRow") -> dict[str, Any]:
    """A fault of the history."""
    return {
        "evse_id": row.evse_id,
        "fault": row.fault,
        "since": stamp(row.raised_at),
        "until": stamp(row.cleared_at) if row.cleared_at is not None else None,
    }
