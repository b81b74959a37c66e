"""Which EVSE a card means that names none. Pure."""

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.reservations import Reservations, own_first


def rank(evse: Evse, token: IdToken, reservations: Reservations) -> tuple[int, int, float, int]:
    """The car that waits and came last; then the one this token charged; then a free socket."""
    own = own_first(reservations, evse, token)
    state, last = evse.session.table.state, evse.last_token
    if state == table.PLUGGED:
        return 0, own, -evse.plugged_s, evse.evse_id
    if state == table.FINISHED:
        is_own = last is not None and last.is_same(token)
        return (1 if is_own else 3), own, -evse.plugged_s, evse.evse_id
    return 2, own, 0.0, evse.evse_id
