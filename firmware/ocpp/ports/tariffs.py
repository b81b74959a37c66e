"""What a dialect asks of whoever works out costs by a tariff (OCPP 2.1)."""

from dataclasses import dataclass
from typing import Protocol

from ampkeeper.firmware.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Assigned:
    """A tariff, and where it holds; ``is_driver``: for single tokens only, or one transaction."""

    tariff: Tariff
    evse_ids: tuple[int, ...]
    tokens: tuple[str, ...] = ()
    is_driver: bool = False


class TariffPort(Protocol):
    """Part of ``StationPort``."""

    def set_default(self, evse_id: int, tariff: Tariff) -> str:
        """0: at each EVSE. "accepted", "duplicate", "full" or "rejected": cannot keep up."""

    def assigned(self, evse_id: int) -> tuple[Assigned, ...]:
        """The tariffs of an EVSE, or of all (0), those of drivers last."""

    def clear(self, tariff_ids: tuple[str, ...], evse_id: int) -> tuple[str, ...] | None:
        """Remove default tariffs, all if no ids are given; the ids. None: cannot keep up."""

    def change(self, tx_id: str, tariff: Tariff) -> str:
        """From now on: "accepted", "no_transaction", "other_currency" or "rejected"."""

    def has_problem(self) -> bool:
        """True if the last tariff that came, or cost that was due, could not be worked out."""
