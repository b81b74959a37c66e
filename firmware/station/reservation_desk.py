"""The central system's wishes to keep an EVSE, answered by what holds now."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ampkeeper.firmware.reservation import Reservation
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.reservations import ACCEPTED, REJECTED, Reservations


class ReservationDesk:
    """Implements ``ReservationPort``."""

    def __init__(
        self,
        reservations: Reservations,
        clock_now: Callable[[], datetime],
        post: Callable[[Callable[[datetime, float], Effects]], bool],
    ) -> None:
        self._reservations = reservations
        self._now = clock_now
        self._post = post

    def reserve(self, reservation: Reservation) -> str:
        word = self._reservations.verdict(reservation, self._now())
        if word != ACCEPTED:
            return word
        is_taken = self._post(partial(self._reservations.on_reserve, reservation))
        return ACCEPTED if is_taken else REJECTED

    def cancel(self, reservation_id: int) -> bool:
        if reservation_id not in self._reservations.book:
            return False
        return self._post(partial(self._reservations.on_cancel, reservation_id))
