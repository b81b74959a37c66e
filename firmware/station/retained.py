"""Retained plugs: the cable of a charge whose token was refused stays until its owner comes.

OCPP 1.6 3.5.4 with errata 3.5, 2.0.1 C15.FR.05 and E05.FR.11. The same token frees it, or one of
the same group; so do UnlockConnector and unplugging at the car, which ends any hold on a plug. It
is not in the books: a power cut frees it too. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ampkeeper.firmware.facts import IdToken, StopReason
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.station.effects import Effects

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may have the cable back."""

    token: IdToken
    group_id: str | None

    def is_same(self, token: IdToken, group_id: str | None) -> bool:
        """True for the token itself, and for one of its group."""
        is_of_group = group_id is not None and group_id == self.group_id
        return is_of_group or token.is_same(self.token)


def owner_of(ended: Transaction) -> Owner | None:
    """Whose cable has to stay now that the transaction is over; None: nobody's."""
    is_refused = ended.stop is not None and ended.stop.reason is StopReason.DE_AUTHORIZED
    if not is_refused or ended.token is None:
        return None
    return Owner(ended.token, ended.group_id)


def free(evses: Iterable["Evse"], token: IdToken, group_id: str | None, effects: Effects) -> bool:
    """Let go of what is kept for this token; True if anything was."""
    kept = [evse for evse in evses if evse.owner and evse.owner.is_same(token, group_id)]
    for evse in kept:
        evse.owner = None
        effects.notice("plug_released", evse_id=evse.evse_id)
    return kept != []
