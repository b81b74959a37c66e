"""Reservation: what a dialect asks of the EVSEs that are kept for somebody."""

from typing import Protocol

from ampkeeper.firmware.reservation import Reservation


class ReservationPort(Protocol):
    """Part of ``StationPort``."""

    def reserve(self, reservation: Reservation) -> str:
        """Keep an EVSE: "accepted", "faulted", "occupied", "unavailable" or "rejected"."""

    def cancel(self, reservation_id: int) -> bool:
        """Give it free; False if there is no such reservation."""
