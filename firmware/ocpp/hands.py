"""Hands: carries out what the charge point wants done, one effect at a time, for the task."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePoint
from ampkeeper.firmware.ocpp.outbox import OutboxStore
from ampkeeper.firmware.ocpp.way import Way
from ampkeeper.hal.ports import Clock

log = logging.getLogger(__name__)


class Line(Protocol):
    """The connection that is, if there is one."""

    async def send(self, text: str) -> None:
        """Put a frame on the wire; one that does not get there costs the connection."""

    def leave(self, reason: str) -> None:
        """Let the connection go."""


@dataclass(frozen=True, slots=True)
class Wires:
    """Where effects end; ``before_reply`` ends when all that a reply promises is written."""

    store: OutboxStore
    way: Way
    on_event: Callable[[fx.Event], Awaitable[None]]
    line: Line
    before_reply: Callable[[], Awaitable[None]] | None


class Hands:
    """Does it; what the outbox says goes back to the charge point."""

    def __init__(self, charge_point: ChargePoint, wires: Wires, clock: Clock) -> None:
        self._charge_point = charge_point
        self._wires = wires
        self._clock = clock

    async def do(self, effect: fx.Effect) -> None:
        """Carry out one effect."""
        store = self._wires.store
        match effect:
            case fx.Send(text, is_result):
                if is_result and self._wires.before_reply is not None:
                    await self._wires.before_reply()
                await self._wires.line.send(text)
            case fx.Run(action):
                action()
            case fx.Reconnect(reason):
                log.warning("dropping the connection: %s", reason)
                self._wires.line.leave(reason)
            case fx.MarkOffline():
                await store.mark_offline()
            case fx.LoadHead():
                row = await store.head()
                self._charge_point.head_loaded(row, self._clock.now_s())
            case fx.FactClaimed(row_id):
                await store.claim(row_id)
            case fx.FactDone(row_id, csms_tx_id):
                await store.done(row_id, csms_tx_id)
            case fx.FactFailed(row_id):
                await store.failed(row_id)
            case fx.FactDiscarded(row_id):
                await store.discard(row_id)
            case _:
                await self._tell(effect)

    async def _tell(self, event: fx.Event) -> None:
        if isinstance(event, fx.Noted):
            log.warning("%s", event.text)
        elif isinstance(event, fx.Registered):
            again_s = self._charge_point.registration.boot_due_s
            self._wires.way.registered(event.status, again_s, self._clock.now_s())
        await self._wires.on_event(event)
