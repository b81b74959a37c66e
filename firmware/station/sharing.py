"""Sharing: what part of a limit for all EVSEs together one of them may take. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ampkeeper.firmware.share import equal_shares
from ampkeeper.firmware.station.ring_one import least_a

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse


def part_of(evse: "Evse", evses: Iterable["Evse"], total_a: float) -> float:
    """The part of ``evse`` in what all together may take; who does not charge could have it all.

    A share is held until the transaction is booked: until then the contactor may be closed.
    """
    running = [one for one in evses if one.session.table.is_running]
    running.sort(key=lambda one: (one.since.began_s or 0.0, one.evse_id))
    parts = equal_shares(total_a, {one.evse_id: least_a(one) for one in running})
    return parts.get(evse.evse_id, total_a)
