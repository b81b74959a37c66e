"""Sharing: what operator, board and central system allow, entered into each EVSE's ledger. Pure."""

from collections.abc import Iterable
from datetime import datetime

from ampkeeper.firmware.limits.share import equal_shares
from ampkeeper.firmware.station.evse import Evse


def limit_each(evses: Iterable[Evse], told_a: float, now: datetime) -> None:
    """Enter what holds for each EVSE alone; ``told_a`` is the central system's MaxCurrent."""
    for evse in evses:
        rated_a = evse.rules.current_a_max
        evse.limit_by("board", rated_a, "rating of the board and its wiring", now)
        asked_a = told_a if told_a < rated_a else None
        evse.limit_by("ocpp", asked_a, "MaxCurrent, set by the central system", now)


def share(
    evses: Iterable[Evse], total_a: float | None, source: str, reason: str, now: datetime
) -> None:
    """Enter each EVSE's part of what all together may take; None: there is no such limit.

    A share is held until the transaction is booked: until then the contactor may be closed.
    """
    running = [evse for evse in evses if evse.session.table.is_running]
    running.sort(key=lambda evse: (evse.since.began_s or 0.0, evse.evse_id))
    wanting = [evse.evse_id for evse in running]
    parts = equal_shares(total_a, wanting) if total_a is not None else {}
    for evse in evses:
        evse.limit_by(source, parts.get(evse.evse_id, total_a), reason, now)
