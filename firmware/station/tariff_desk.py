"""Tariff desk: where the central system's tariffs arrive, and are asked for (2.1 I07 to I11)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.tariffs import TEXT_CHARS_MAX
from ampkeeper.firmware.tariff import Tariff

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

Event = Callable[[datetime, float], Effects]

DEFAULTS_MAX = 4  # of one EVSE: the one that holds, and those to come


class TariffDesk:
    """Implements ``TariffPort``."""

    def __init__(
        self, station: "Station", post: Callable[[Event], bool], now: Callable[[], datetime]
    ) -> None:
        self._station = station
        self._tariffs = station.tariffs
        self._post = post
        self._now = now

    def set_default(self, evse_id: int, tariff: Tariff) -> str:
        evse_ids, tariffs = self._evse_ids(evse_id), self._tariffs
        if any(each.tariff.id == tariff.id for each in self.assigned(0)):
            return "duplicate"  # I07.FR.04
        then = {one: tariffs.with_default(one, tariff, self._now()) for one in evse_ids}
        is_full = any(len(rows) > DEFAULTS_MAX for rows in then.values())
        if is_full or len(tariffs.text_with(tariffs.defaults | then)) > TEXT_CHARS_MAX:
            return "full"
        is_taken = self._post(partial(tariffs.on_default, evse_ids, tariff))
        return "accepted" if is_taken else "rejected"

    def assigned(self, evse_id: int) -> tuple[Assigned, ...]:
        return (*self._defaults(evse_id), *self._of_drivers(evse_id))

    def clear(self, tariff_ids: tuple[str, ...], evse_id: int) -> tuple[str, ...] | None:
        there = [each.tariff.id for each in self._defaults(evse_id)]
        gone = tuple(each for each in there if not tariff_ids or each in tariff_ids)
        ids, places = frozenset(gone), self._evse_ids(evse_id)
        is_done = not gone or self._post(partial(self._tariffs.on_clear, ids, places))
        return gone if is_done else None

    def change(self, tx_id: str, tariff: Tariff) -> str:
        if self._station.evse_of_tx(tx_id) is None:
            return "no_transaction"
        account = self._tariffs.account(tx_id)
        if account is not None and account.tariff.currency != tariff.currency:
            return "other_currency"
        is_taken = self._post(partial(self._tariffs.on_change, tx_id, tariff))
        return "accepted" if is_taken else "rejected"

    def has_problem(self) -> bool:
        return self._tariffs.drivers.has_problem or self._tariffs.has_failed

    def _defaults(self, evse_id: int) -> tuple[Assigned, ...]:
        found: dict[str, Assigned] = {}
        for number in self._evse_ids(evse_id):
            for tariff in self._tariffs.defaults[number]:
                known = found.get(tariff.id)
                places = (number,) if known is None else (*known.evse_ids, number)
                found[tariff.id] = Assigned(tariff, places)
        return tuple(found.values())

    def _of_drivers(self, evse_id: int) -> Iterable[Assigned]:
        """Those in use first; those that only wait for their driver are nowhere yet (I09)."""
        found: dict[str, Assigned] = {}
        charging: set[str] = set()
        for evse in self._station.evses.values():
            used = self._used(evse)
            running = evse.transaction
            charging.add(running.token.key if running is not None and running.token else "")
            if used is not None and evse_id in (0, evse.evse_id):
                _join(found, used)
        for key, tariff in self._tariffs.drivers.tariffs.items():
            if tariff is not None and evse_id == 0 and key not in charging:
                _join(found, Assigned(tariff, (), (key.split()[0],), is_driver=True))
        return found.values()

    def _used(self, evse: "Evse") -> Assigned | None:
        running = evse.transaction
        account = self._tariffs.account(running.tx_id) if running is not None else None
        if running is None or account is None or not account.is_driver:
            return None
        token = running.token.value.upper() if running.token is not None else ""
        tokens = (token,) if token else ()
        return Assigned(account.tariff, (evse.evse_id,), tokens, is_driver=True)

    def _evse_ids(self, evse_id: int) -> tuple[int, ...]:
        return tuple(self._tariffs.defaults) if evse_id == 0 else (evse_id,)


def _join(found: dict[str, Assigned], one: Assigned) -> None:
    """One row for each tariff, with all its places and tokens (I09.FR.05)."""
    known = found.get(one.tariff.id, one)
    places = dict.fromkeys((*known.evse_ids, *one.evse_ids))
    tokens = dict.fromkeys((*known.tokens, *one.tokens))
    found[one.tariff.id] = Assigned(known.tariff, tuple(places), tuple(tokens), is_driver=True)
