"""What a dialect asks of whoever works out costs by a tariff (OCPP 2.1)."""

from dataclasses import dataclass
from typing import Protocol

from ampkeeper.firmware.tariff import Bill, Tariff


@dataclass(frozen=True, slots=True)
class Assigned:
    """A default tariff, and where it holds."""

    tariff: Tariff
    evse_ids: tuple[int, ...]


class TariffPort(Protocol):
    """Part of ``StationPort``."""

    def set_default(self, evse_id: int, tariff: Tariff) -> str:
        """0: at each EVSE. "accepted", "duplicate", "full" or "rejected": cannot keep up."""

    def assigned(self, evse_id: int) -> tuple[Assigned, ...]:
        """The default tariffs of an EVSE, or of all (0)."""

    def clear(self, tariff_ids: tuple[str, ...], evse_id: int) -> tuple[str, ...] | None:
        """Remove default tariffs, all if no ids are given; the ids. None: cannot keep up."""

    def change(self, tx_id: str, tariff: Tariff) -> str:
        """From now on: "accepted", "no_transaction", "other_currency" or "rejected"."""

    def tariff_id(self, tx_id: str, is_newest: bool) -> str | None:
        """The tariff that a transaction began with, or has now."""

    def bill(self, tx_id: str, begin_wh: int, end_wh: int) -> Bill | None:
        """What a transaction cost; None: no tariff held."""
