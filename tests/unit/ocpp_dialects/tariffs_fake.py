"""Tariffs of the fake station."""

from typing import Any

from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.tariff import Tariff


class FakeTariffs:
    """Answers ``word``."""

    def __init__(self, asked: list[tuple[Any, ...]]) -> None:
        self.word = "accepted"
        self.there: tuple[Assigned, ...] = ()
        self.can_clear = True
        self.has_failed = False
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

    def has_problem(self) -> bool:
        return self.has_failed
