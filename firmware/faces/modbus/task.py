"""The task that serves Modbus/TCP: it listens where the configuration says, and only then.

Who is not among the clients is hung up on before a byte is read. One request of a connection is
answered after the other. A port that is taken is tried again for ever; no charge depends on it.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from ampkeeper.firmware.config.model_modbus import LIMIT, Modbus
from ampkeeper.firmware.faces.api import Ask, State
from ampkeeper.firmware.faces.http.door import listen, name_of
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.modbus.frames import (
    BUSY,
    ILLEGAL_VALUE,
    Exceptional,
    Frames,
    NoModbus,
    Request,
    answer,
    refusal,
)
from ampkeeper.firmware.faces.modbus.obey import Wish, reply
from ampkeeper.firmware.faces.modbus.registers import owner_a
from ampkeeper.hal.ports import Clock

REOPEN_S = 10.0
WHAT = "Modbus/TCP"
BY = "Modbus"
CONNECTIONS_MAX = 8
READ_BYTES = 2_048  # some requests at once; the next are read once those are answered
SILENCE_S = 300.0  # a manager polls; one that vanished leaves room for the next
REST_S = 10.0  # for the rest of a frame, and to take what is sent
ANSWER_S = 5.0  # of the station, to have the limit in its books
FRESH_S = 0.2  # one look at the station serves whoever asks within that
RENEWED_AFTER = 0.5  # of modbus.limit_s: what is written again sooner changes nothing

log = logging.getLogger(__name__)


class ModbusFace:
    """Serves the registers; ``address`` is where, while ``is_listening``."""

    def __init__(self, config: Modbus, read: Callable[[], State], ask: Ask, clock: Clock) -> None:
        self._config = config
        self._read = read
        self._ask = ask
        self._clock = clock
        self._clients = [ip_network(each) for each in config.clients]
        self._connections: set[asyncio.Task[Any]] = set()
        self._looked: tuple[State, float] | None = None
        self._written: dict[int, tuple[float | None, float]] = {}  # by EVSE: what, and when
        self.address = ""
        self.is_listening = asyncio.Event()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start it; ended by cancellation."""
        return [group.create_task(self.run(), name=WHAT)]

    async def run(self) -> None:
        """Listen for ever; ended by cancellation."""
        is_failing = False
        while True:
            try:
                await self._serve()
            except OSError as error:
                log.log(logging.DEBUG if is_failing else logging.ERROR, "%s: %s", WHAT, error)
                is_failing = True
            await asyncio.sleep(REOPEN_S)

    async def _serve(self) -> None:
        with listen(self._config.listen, WHAT) as door:
            server = await asyncio.start_server(self._meet, sock=door, limit=READ_BYTES)
            self.address = name_of(door)
            self.is_listening.set()
            log.info("%s at %s", WHAT, self.address)
            try:
                await asyncio.Event().wait()  # ended by cancellation, which closes both
            finally:
                self.is_listening.clear()
                server.close()
                for task in self._connections:
                    task.cancel()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        task = asyncio.current_task()
        assert task is not None, "a server's callback runs as a task"
        self._connections.add(task)
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            if self._is_welcome(peer):
                await self._converse(reader, writer)
        except (OSError, TimeoutError):
            log.debug("%s: %s is gone", WHAT, peer)
        except NoModbus as error:
            log.info("%s: %s is hung up on: %s", WHAT, peer, error)
        finally:
            self._connections.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _is_welcome(self, peer: str) -> bool:
        if not self._is_client(peer):
            log.warning("%s: %s is not among modbus.clients", WHAT, peer)
            return False
        if len(self._connections) > CONNECTIONS_MAX:
            log.warning("%s: %s finds %d connections already", WHAT, peer, CONNECTIONS_MAX)
            return False
        return True

    def _is_client(self, peer: str) -> bool:
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return address.is_loopback or any(address in network for network in self._clients)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        while True:
            async with asyncio.timeout(REST_S if frames.is_midway else SILENCE_S):
                data = await reader.read(READ_BYTES)
            if not data:
                return
            for request in frames.feed(data):
                writer.write(await self._answered(request))
            async with asyncio.timeout(REST_S):
                await writer.drain()

    async def _answered(self, request: Request) -> bytes:
        try:
            told = reply(request, self._state(), self._config.offers == LIMIT)
            if isinstance(told, Wish):
                await self._fulfil(told)
                told = told.echo
        except Exceptional as error:
            return refusal(request, error.code)
        return answer(request, told)

    def _state(self) -> State:
        now_s = self._clock.now_s()
        if self._looked is None or now_s - self._looked[1] >= FRESH_S:
            self._looked = self._read(), now_s
        return self._looked[0]

    async def _fulfil(self, wish: Wish) -> None:
        """Have the limit in the books, unless it is there."""
        self._looked = None
        now_s, hold_s = self._clock.now_s(), self._config.limit_s
        if self._holds(wish, now_s):
            return
        arguments: dict[str, Any] = {"evse": wish.evse_id, "by": BY}
        if wish.current_a is not None:
            arguments |= {"current_a": wish.current_a}
            arguments |= {"for_s": hold_s * (1 + RENEWED_AFTER)} if hold_s else {}
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._ask("limit", arguments)
        except LocalRefusedError as error:
            log.info("%s: %s", WHAT, error)
            raise Exceptional(ILLEGAL_VALUE) from error
        except TimeoutError as error:
            raise Exceptional(BUSY) from error
        self._written[wish.evse_id] = (wish.current_a, now_s)
        self._looked = None

    def _holds(self, wish: Wish, now_s: float) -> bool:
        """True if that very limit was written here, and is in force for long enough."""
        evse = next((one for one in self._state().evses if one.id == wish.evse_id), None)
        assert evse is not None, "reply() looked for it"
        last = self._written.get(wish.evse_id)
        if last is None or last[0] != wish.current_a or owner_a(evse) != wish.current_a:
            return False
        hold_s = self._config.limit_s if wish.current_a is not None else 0
        return not hold_s or now_s - last[1] < hold_s * RENEWED_AFTER
