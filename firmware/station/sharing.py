"""Sharing: what operator, board and central system allow, entered into each EVSE's ledger. Pure."""

from collections.abc import Iterable
from datetime import datetime

from ampkeeper.firmware.limits.share import equal_shares
from ampkeeper.firmware.station.evse import Evse


def limit_all(evses: Iterable[Evse], total_a: float | None, told_a: float, now: datetime) -> None:
    """Enter the limits; ``total_a`` is for all EVSEs together, ``told_a`` for each.

    A share is held until the transaction is booked: until then the contactor may be closed.
    """
    running = [evse for evse in evses if evse.session.table.is_running]
    running.sort(key=lambda evse: (evse.since.began_s or 0.0, evse.evse_id))
    wanting = [evse.evse_id for evse in running]
    parts = equal_shares(total_a, wanting) if total_a is not None else {}
    for evse in evses:
        rated_a = evse.rules.current_a_max
        evse.limit_by("board", rated_a, "rating of the board and its wiring", now)
        asked_a = told_a if told_a < rated_a else None
        evse.limit_by("ocpp", asked_a, "MaxCurrent, set by the central system", now)
        part_a = parts.get(evse.evse_id, total_a)
        evse.limit_by("config", part_a, "max_a of [limits], shared by who charges", now)
