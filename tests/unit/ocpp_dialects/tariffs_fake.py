"""Tariffs of the fake station."""

from typing import Any

from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.tariff import Bill, Tariff, Usage, bill


class FakeTariffs:
    """Answers ``word``; ``used`` is what the transaction used."""

    def __init__(self, asked: list[tuple[Any, ...]]) -> None:
        self.word = "accepted"
        self.there: tuple[Assigned, ...] = ()
        self.can_clear = True
        self.used: list[tuple[Tariff, Usage]] = []
        self._asked = asked

    def set_default(self, evse_id: int, tariff: Tariff) -> str:
        self._asked.append(("tariff", evse_id, tariff))
        return self.word

    def assigned(self, evse_id: int) -> tuple[Assigned, ...]:
        return tuple(one for one in self.there if evse_id in (0, *one.evse_ids))

    def clear(self, tariff_ids: tuple[str, ...], evse_id: int) -> tuple[str, ...] | None:
        self._asked.append(("clear", tariff_ids, evse_id))
        return tuple(one.tariff.id for one in self.there) if self.can_clear else None

    def change(self, tx_id: str, tariff: Tariff) -> str:
        self._asked.append(("change", tx_id, tariff))
        return self.word

    def tariff_id(self, tx_id: str, is_newest: bool) -> str | None:
        return self.used[-1 if is_newest else 0][0].id if self.used else None

    def bill(self, tx_id: str, begin_wh: int, end_wh: int) -> Bill | None:
        return bill(self.used) if self.used else None
