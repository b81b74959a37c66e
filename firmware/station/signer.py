"""Signer: reads a meter, and has it sign what the station asked for. No decision of its own.

What cannot be signed now is asked for again with the next reading, for as long as the station
wants it; readings go on meanwhile.
"""

from datetime import datetime
from typing import Protocol

from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.signing import BEGIN, Order, Signing
from ampkeeper.firmware.station.station import Station
from ampkeeper.hal.errors import HalError, OpenTransactionError, TransientError, WrongDeviceError
from ampkeeper.hal.ports import Clock, Meter, MeterReading, SigningMeter


class Failures(Protocol):
    """Where is told what fails, and that it does no more."""

    def note(self, error: HalError) -> None:
        """It failed."""

    def over(self) -> None:
        """It works."""


class Signer:
    """One meter, and what is to be signed by it."""

    def __init__(self, meter: Meter, signing: Signing, clock: Clock, failures: Failures) -> None:
        self._meter = meter
        self._signing = signing
        self._clock = clock
        self._failures = failures

    async def read(self) -> tuple[Order | None, MeterReading]:
        """Return a reading and the order that it answers; raise as the meter's ``read``."""
        order = self._signing.order
        meter = self._meter
        if order is not None and isinstance(meter, SigningMeter):
            try:
                signed = await self._signed(meter, order)
            except (TransientError, WrongDeviceError) as error:
                self._failures.note(error)
            else:
                self._failures.over()
                return order, signed
        return None, await meter.read()

    async def _signed(self, meter: SigningMeter, order: Order) -> MeterReading:
        """Begin or end; a transaction that nobody ended is ended first, for it is nobody's."""
        if order.context != BEGIN:
            return await meter.end(order.begun)
        try:
            return await meter.begin(order.dataset, self._clock.now())
        except OpenTransactionError as error:
            self._failures.note(error)
        await meter.end()
        return await meter.begin(order.dataset, self._clock.now())


def heard(
    station: Station,
    evse_id: int,
    order: Order | None,
    reading: MeterReading,
    now: datetime,
    now_s: float,
) -> Effects:
    """The event of a reading that may answer an order."""
    if order is not None:
        station.evses[evse_id].register.signing.take(order, reading.signed)
    return station.on_reading(evse_id, reading, now, now_s)
