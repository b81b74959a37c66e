"""Customer: what a dialect asks of all that the station knows of one person."""

from dataclasses import dataclass
from typing import Protocol

DATA_CHARS_MAX = 512  # NotifyCustomerInformation.data


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """CustomerInformation of 2.0.1 (N09, N10). ``token`` None: somebody of whom nothing is kept."""

    request_id: int
    token: str | None
    is_reported: bool
    is_cleared: bool


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A part of what is told. ``has_more``: others follow."""

    request_id: int
    seq_no: int
    data: str
    has_more: bool


class CustomerPort(Protocol):
    """Part of ``StationPort``."""

    def can_take(self) -> bool:
        """False while as many orders wait as can."""

    def order(self, order: CustomerOrder) -> None:
        """Gather what is asked for, tell it page by page, and forget what is to be forgotten."""
