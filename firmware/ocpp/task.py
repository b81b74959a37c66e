"""OCPP task: keeps a connection, feeds the charge point, and carries out what it wants.

No decision is made here. Four loops: one connects and reads, one waits for deadlines and for
the station, one pings, one looks for better central systems; whoever has fed the charge point
carries out its effects, in order, under one lock.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ampkeeper.firmware.facts import ConnectorReport, IdToken
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePoint, ChargePointSettings
from ampkeeper.firmware.ocpp.connection import Backoff
from ampkeeper.firmware.ocpp.dialect import Call, Dialect
from ampkeeper.firmware.ocpp.dialer import Socket
from ampkeeper.firmware.ocpp.hands import Hands, Wires
from ampkeeper.firmware.ocpp.link import PONG_TIMEOUT_S, Link
from ampkeeper.firmware.ocpp.outbox import OutboxStore
from ampkeeper.firmware.ocpp.registration import STATES
from ampkeeper.firmware.ocpp.way import Leg, Way
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Clock

SEND_TIMEOUT_S = 10.0  # a peer that does not read for so long is gone
RECONNECT_S = 1.0
SLEEP_S_MIN = 0.001  # shorter than a loop's clock resolution, a sleep may not advance the clock

log = logging.getLogger(__name__)


class OcppTask:
    """The link to the central system. Methods that are not async return at once."""

    def __init__(
        self,
        charge_point: ChargePoint,
        store: OutboxStore,
        way: Way,
        clock: Clock,
        backoff: Backoff,
        on_event: Callable[[fx.Event], Awaitable[None]],
        on_frame: Callable[[str, str], None] | None = None,
        before_reply: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.link = Link(clock.now_s())
        self._charge_point = charge_point
        self._way = way
        self._leg = way.leg()  # connected over, or tried last
        self._clock = clock
        self._backoff = backoff
        self._on_frame = on_frame  # ("sent" or "received", text)
        self._hands = Hands(charge_point, Wires(store, way, on_event, self, before_reply), clock)
        self._socket: Socket | None = None
        self._dialing: asyncio.Timeout | None = None  # while somebody is dialed
        self._ping_interval_s = 0.0
        self._why_left = ""  # why we let the connection go; empty: its end was not our doing
        self._last_failure = ""
        self._wake = asyncio.Event()
        self._network = asyncio.Event()
        self._network.set()
        self._retry_now = asyncio.Event()
        self._ping_anew = asyncio.Event()  # another socket, or another interval
        self._look_anew = asyncio.Event()
        self._lock = asyncio.Lock()
        charge_point.on_effect = self._wake.set

    @property
    def is_up(self) -> bool:
        """True while a socket is open."""
        return self._socket is not None

    @property
    def url(self) -> str:
        """Of the central system that is connected, or was tried last."""
        return self._leg.url

    @property
    def registration(self) -> str:
        """OFFLINE, BOOTING, PENDING, REJECTED or ACCEPTED."""
        return STATES[self._charge_point.registration.state]

    @property
    def unanswered(self) -> int:
        """Our calls in a row to which the central system said nothing."""
        return self._charge_point.unanswered

    # From the station.

    def authorize(self, token: IdToken, timeout_s: float) -> int:
        """Ask about a token; ``TokenAnswered`` with this key follows within the time."""
        key = self._charge_point.authorize(token, self._clock.now_s(), timeout_s)
        self._wake.set()
        return key

    def send_data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> int:
        """Send a DataTransfer; ``DataTransferAnswered`` with this key follows."""
        now_s = self._clock.now_s()
        key = self._charge_point.send_data_transfer(vendor_id, message_id, data, now_s)
        self._wake.set()
        return key

    def tell(self, word: Callable[[Dialect], Call | None]) -> int:
        """Say what ``word`` makes of the version spoken; ``ToldAnswered`` with this key follows."""
        key = self._charge_point.tell(word, self._clock.now_s())
        self._wake.set()
        return key

    def status_changed(self, report: ConnectorReport) -> None:
        """A connector does something else now."""
        self._charge_point.status_changed(report, self._clock.now_s())
        self._wake.set()

    def outbox_changed(self) -> None:
        """A fact was committed to the store."""
        self._charge_point.outbox_changed(self._clock.now_s())
        self._wake.set()

    def configure(self, settings: ChargePointSettings) -> None:
        """Take changed settings."""
        self._charge_point.configure(settings)
        self._wake.set()

    def set_ping_interval(self, interval_s: float) -> None:
        """Ping so often from now on; 0: never."""
        self._ping_interval_s = interval_s
        self._ping_anew.set()

    def set_network(self, is_up: bool) -> None:
        """Cut the link, or let it come back at once."""
        if is_up:
            self._network.set()
            self._retry_now.set()
            return
        self._network.clear()
        self.leave("the network was switched off here")

    def reconnect(self, why: str = "the way in has changed") -> None:
        """Drop the connection and connect anew, with what was configured meanwhile."""
        self._retry_now.set()
        self.leave(why)

    def look_anew(self) -> None:
        """Something has changed in who is to be connected to."""
        self._look_anew.set()

    def reconnect_soon(self) -> None:
        """The same, once the answer to the change that asks for it is out."""
        asyncio.get_running_loop().call_later(RECONNECT_S, self.reconnect)

    # Loops.

    async def run(self) -> None:
        """Serve until cancelled; may be run again after a failure."""
        self._charge_point.restart(self._clock.now_s())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_time())
                group.create_task(self._keep_pinging())
                group.create_task(self._keep_looking())
                await self._keep_connected()
        finally:
            self.leave("the task has ended")

    async def _keep_time(self) -> None:
        while True:
            deadline_s = self._charge_point.deadline_s
            wait_s = None
            if deadline_s is not None:
                wait_s = max(SLEEP_S_MIN, deadline_s - self._clock.now_s())
            await _wait(self._wake, wait_s)
            self._wake.clear()
            self._charge_point.tick(self._clock.now_s())
            await self._carry_out()

    async def _keep_pinging(self) -> None:
        """A peer that gives no pong in time is gone, even where TCP does not notice."""
        while True:
            self._ping_anew.clear()
            socket = self._socket
            wait_s = self._ping_interval_s if socket is not None else 0.0
            await _wait(self._ping_anew, wait_s or None)
            if socket is not None and socket is self._socket and not self._ping_anew.is_set():
                await self._ping(socket)

    async def _ping(self, socket: Socket) -> None:
        try:
            async with asyncio.timeout(PONG_TIMEOUT_S):
                await socket.ping()
            self.link.ponged(self._clock.now_s())
        except AbsentError:
            return  # its reader finds out
        except TimeoutError:
            if socket is self._socket:
                self.leave(f"no pong within {PONG_TIMEOUT_S:.0f} s")

    async def _keep_looking(self) -> None:
        """Go to another central system when it is time, but never with a word under way."""
        while True:
            look_s = self._way.look_s
            wait_s = None
            if look_s is not None:
                wait_s = max(SLEEP_S_MIN, look_s - self._clock.now_s())
            await _wait(self._look_anew, wait_s)
            self._look_anew.clear()
            look = self._way.look(self._is_quiet, self._clock.now_s())
            if look.leave:
                self._go(look.leave)
            for leg in look.legs:
                if await self._is_there(leg):
                    self._turn_to(leg)
                    break

    async def _is_there(self, leg: Leg) -> bool:
        """Knock, without a word."""
        try:
            socket = await leg.dialer.connect(leg.url, leg.subprotocols)
        except AbsentError as error:
            log.info("not back yet: %s", error)
            return False
        await socket.close()
        return socket.subprotocol in leg.subprotocols

    def _turn_to(self, leg: Leg) -> None:
        if self._is_quiet and self._way.found(leg):
            self._go(f"going to {leg.url}")

    @property
    def _is_quiet(self) -> bool:
        """True if nothing is under way in either direction."""
        return self._charge_point.is_quiet and not self._lock.locked()

    def _go(self, reason: str) -> None:
        self._backoff.reset()
        self._retry_now.set()
        self.leave(reason)

    async def _keep_connected(self) -> None:
        while True:
            if not self._network.is_set():
                self.link.cut()
            await self._network.wait()  # ended by set_network
            self._retry_now.clear()
            self.link.tries()
            self._leg = leg = self._way.leg()
            socket = await self._connect(leg)
            if socket is not None:
                await self._converse(socket, leg)
            self._note_end(leg, in_vain=socket is None or self.link.was_in_vain)
            if self._network.is_set():
                await self._wait_for_next()

    def _note_end(self, leg: Leg, in_vain: bool) -> None:
        """A network that is cut here, or a way that was left, says nothing of who is there."""
        if leg.url == self._way.leg().url:
            if not in_vain:
                self._backoff.reset()
                self._way.ended()
            elif self._network.is_set() and not self._retry_now.is_set() and self._way.failed():
                self._backoff.reset()
        self._look_anew.set()

    async def _wait_for_next(self) -> None:
        wait_s = self._backoff.next_wait_s()
        self.link.waits_until(self._clock.now_s() + wait_s)
        log.debug("next attempt in %.1f s", wait_s)
        await _wait(self._retry_now, wait_s)

    async def _connect(self, leg: Leg) -> Socket | None:
        try:
            async with asyncio.timeout(None) as self._dialing:  # ended by the dialer, or by leave
                socket = await leg.dialer.connect(leg.url, leg.subprotocols)
        except AbsentError as error:
            self._note_failure(str(error))
            return None
        except TimeoutError:
            return None
        finally:
            self._dialing = None
        if socket.subprotocol not in leg.subprotocols:
            chosen = socket.subprotocol or "no subprotocol"
            self._note_failure(f"the server chose {chosen}")
            await socket.close()
            return None
        if not self._network.is_set() or self._retry_now.is_set():
            socket.abort()  # cut by now, or another way in is wanted
            return None
        return socket

    async def _converse(self, socket: Socket, leg: Leg) -> None:
        """Read until the connection is gone."""
        self._socket = socket
        self._why_left = ""
        self.link.opened(self._clock.now_s())
        self._ping_anew.set()
        log.info("connected to %s with %s", leg.url, socket.subprotocol)
        self._charge_point.connected(socket.subprotocol or "", self._clock.now_s(), leg.system)
        reason = ""
        try:
            await self._carry_out()
            while True:
                text = await socket.recv()  # ended by the peer, by the ping or by leave
                self._note_heard(text)
                self._charge_point.received(text, self._clock.now_s())
                await self._carry_out()
                self._wake.set()  # deadlines have moved
        except AbsentError as error:
            reason = self._why_left or str(error)
            log.info("%s", reason)
        self._socket = None
        await socket.close()
        is_owed = self._charge_point.unanswered > 0 or not self._charge_point.is_quiet
        self.link.ended(reason, is_owed, self._clock.now_s())
        self._charge_point.disconnected(self._clock.now_s())
        await self._carry_out()

    # Effects.

    async def _carry_out(self) -> None:
        async with self._lock:
            while effects := self._charge_point.take_effects():
                for effect in effects:
                    await self._hands.do(effect)

    async def send(self, text: str) -> None:
        """Put a frame on the wire; one that does not get there costs the connection."""
        socket = self._socket
        if socket is None:
            return  # lost meanwhile; the reader tells the charge point
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send(text)
            self._note_frame("sent", text)
        except AbsentError as error:
            log.info("cannot send: %s", error)
            socket.abort()
        except TimeoutError:
            self._why_left = f"nothing could be sent for {SEND_TIMEOUT_S:.0f} s"
            socket.abort()

    def leave(self, reason: str) -> None:
        """Let the connection go, or the attempt at one.

        Its reader finds out once what it is at has been written.
        """
        if self._dialing is not None:
            self._dialing.reschedule(asyncio.get_running_loop().time())
        if self._socket is not None:
            self._why_left = reason
            self._socket.abort()
            self._socket = None

    def _note_heard(self, text: str | bytes) -> None:
        self.link.heard(self._clock.now_s())
        if self._socket is not None:  # else it is a last word of one that we have left
            self._way.heard(self._clock.now_s())
        self._backoff.reset()
        self._last_failure = ""
        self._note_frame("received", text)

    def _note_frame(self, direction: str, text: str | bytes) -> None:
        if self._on_frame is not None and isinstance(text, str):
            self._on_frame(direction, text)

    def _note_failure(self, text: str) -> None:
        self.link.failed(text)
        level = logging.DEBUG if text == self._last_failure else logging.WARNING
        log.log(level, "cannot connect: %s", text)
        self._last_failure = text


async def _wait(event: asyncio.Event, wait_s: float | None) -> None:
    """Wait for ``event``, at most ``wait_s``; None: until it is set."""
    try:
        async with asyncio.timeout(wait_s):
            await event.wait()
    except TimeoutError:
        return
