"""Deliveries: the receipt of each session that ended is owed by each way that is configured.

It is owed in the commit that ends the session, so none is forgotten. Pure.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo

from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.station.charge_log import charge_of
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveSession
from ampkeeper.firmware.store.journals import AddDelivery
from ampkeeper.firmware.store.store import Reads
from ampkeeper.hal.ports import Clock

LAST_WORD = "session_cost"  # the notice of what a central system says of a session's cost
PRICE_WAIT = timedelta(minutes=15)  # for that, from the end on


class Deliveries:
    """Follows the station; ``tell`` hears that something is owed, once it is written down."""

    def __init__(self, ways: Sequence[str], tell: Callable[[], None]) -> None:
        self._ways = ways
        self._tell = tell

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """Owe what ended just now; whether there is anything to tell is seen with its price."""
        ended = [one for one in effects.changes if isinstance(one, SaveSession) and not one.is_open]
        for session in ended:
            for way in self._ways:
                message_id = f"{session.tx_id}.{way}"
                effects.changes.append(AddDelivery(message_id, session.tx_id, way))
        if ended or any(kind == LAST_WORD for kind, _ in effects.notices):
            effects.acts.append(self._tell)


def charge_in(books: Reads, tx_id: str, zone: tzinfo | None, currency: str) -> Charge | None:
    """What the books have of one session now; None: nothing, or it is not over."""
    row = books.session(tx_id)
    if row is None or row.ended_at is None or row.energy_wh_end is None:
        return None
    return charge_of(row, books.costs([tx_id]).get(tx_id), zone, currency)


def price_wait_s(charge: Charge, now: datetime) -> float:
    """How long it is waited for the last word of a central system that tells prices."""
    passed = now - charge.ended
    if charge.is_settled or not timedelta(0) <= passed < PRICE_WAIT:
        return 0.0
    return (PRICE_WAIT - passed).total_seconds()


def price_waits(config: Config, clock: Clock) -> Callable[[Charge], float]:
    """How long a charge waits for the price that a central system may yet tell."""
    if not config.ocpp.url:
        return lambda charge: 0.0
    return lambda charge: price_wait_s(charge, clock.now())
