"""Limits as everybody sees them: one shape of the ledger, for the command line, web and MQTT.

JSON-ready; times are ISO 8601 UTC with milliseconds. ``expires`` is when an entry ends unless its
source says it again; ``falls_to_a`` what it becomes then, None: it vanishes.
"""

from datetime import datetime, timedelta
from typing import Any

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.station.evse import Evse


def limits_view(evse: Evse, now: datetime, now_s: float) -> dict[str, Any]:
    """What binds at one EVSE, why and since when, and all that was considered."""
    binding = evse.ledger.binding()
    limit_a, limited_by = evse.limit()
    return {
        "id": evse.evse_id,
        "limit_a": limit_a,
        "limited_by": limited_by,
        "reason": _words(binding) if binding is not None else "nothing is known yet",
        "since": stamp(binding.since) if binding is not None else None,
        "entries": [_entry(one, one is binding, now, now_s) for one in evse.ledger.entries()],
    }


def _entry(entry: Entry, binds: bool, now: datetime, now_s: float) -> dict[str, Any]:
    ends, falls_to_a = entry.expires, entry.fallback_a
    if entry.stale is not None and not entry.is_stale and entry.heard_s is not None:
        left_s = entry.heard_s + entry.stale.hold_s - now_s
        silent = now + timedelta(seconds=left_s)
        if ends is None or silent < ends:
            ends, falls_to_a = silent, entry.stale.fallback_a
    return {
        "source": entry.source,
        "current_a": entry.current_a,
        "phase_a": list(entry.phase_a) or None,
        "phases": entry.phases,
        "reason": _words(entry),
        "since": stamp(entry.since),
        "expires": stamp(ends) if ends is not None else None,
        "falls_to_a": falls_to_a,
        "is_stale": entry.is_stale,
        "binds": binds,
    }


def _words(entry: Entry) -> str:
    return f"{entry.reason}: {entry.detail}" if entry.detail else entry.reason
