"""Modbus bus: one owner of one line, through which meters and bought pilot boards are reached.

The only file that knows pymodbus (pinned minor; its minors break the API). On RTU an answer has
no number: pymodbus hands whatever frame arrives to whoever asks last, so a late or doubled answer
would come back as another register's value. Five rules close that here, for every caller:

1. A call in flight is never cancelled; a caller that gives up leaves it to land by itself.
2. A line that carries what nobody asked for is *suspect*, and so is one just opened. The next
   request waits for a full time-out of silence.
3. Only the answer to the question counts: unit, function and length. pymodbus does not see any
   other byte (``modbus_sift.py``).
4. One shape, one address: per unit and function, each number of registers belongs to one address.
5. A unit that owes an answer rests, and has to answer another question before it is asked the
   same again; one that owes all is asked what it has owed for longest (``modbus_units.py``).

What is left: a unit that answers nothing in time may have an answer taken for that to the same
question asked again, if it comes later than two time-outs for each question that it is asked in
turn; and a unit that answers twice, if the second falls into the same question asked again.
Modbus Application Protocol V1.1b3 sections 6.3, 6.4, 6.6, 6.12 and 7; Modbus over Serial Line
V1.02 section 2.
"""

import asyncio
import logging
import os
import termios
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError
from ampkeeper.hal.linux.by_id import BY_ID, lasting_name
from ampkeeper.hal.linux.modbus_sift import Sifter
from ampkeeper.hal.linux.modbus_units import Request, Units

HOLDING, INPUT = 3, 4  # function codes: read holding registers, read input registers
WRITE_ONE, WRITE_MANY = 6, 16  # function codes: write one, write several holding registers
HOSTS = ("tcp", "rtu+tcp")
TCP_PORT = 502
TIMEOUT_S = 1.0  # above the slowest meter's answer, 80 registers at 9600 baud included
TURNAROUND_S = 0.7  # what a meter may think before it answers
FRAME_BITS_MAX = 256 * 11  # longest frame, with start, parity and stop bits
HEARD_BYTES_MAX = 2 * 256  # the longest answer behind as much noise; then pymodbus drops all
ATTEMPTS = 2  # per request, rest and silence between them
RECONNECT_S, RECONNECT_S_MAX = 0.1, 3.0  # doubles up to the second
SILENCES_MAX = 5  # a line still talking after this many time-outs is noise
WAITING_MAX = 16  # callers in the queue; the next one is refused

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
NOT_THIS_DEVICE = (1, 2, 3)  # it does not have what was asked for, today or tomorrow

Hear = Callable[[bool, bytes], bytes]
Change = Callable[[bool], None]
MakeClient = Callable[[Hear, Change], ModbusBaseClient]


def serial_bus(
    path: str,
    baud: int = 9600,
    parity: str = "N",
    stop_bits: int = 1,
    timeout_s: float = TIMEOUT_S,
    by_id: Path = BY_ID,
) -> "PymodbusBus":
    """Return the bus on a serial port.

    A USB adapter is remembered by its name in ``by_id`` once it has been seen there, and found
    again under whatever path it comes back.
    """
    known = ""

    def make(hear: Hear, change: Change) -> ModbusBaseClient:
        nonlocal known
        known = known or lasting_name(path, by_id)
        return AsyncModbusSerialClient(
            known or path,
            baudrate=baud,
            parity=parity,
            stopbits=stop_bits,
            timeout=timeout_s,
            retries=0,  # a retry without silence before it is how answers get shifted
            reconnect_delay=RECONNECT_S,
            reconnect_delay_max=RECONNECT_S_MAX,
            trace_packet=hear,
            trace_connect=change,
        )

    return PymodbusBus(path, make, timeout_s)


def tcp_bus(
    host: str, port: int, is_rtu: bool = False, timeout_s: float = TIMEOUT_S
) -> "PymodbusBus":
    """Return the bus behind a host; ``is_rtu`` for one that hands on a serial line's bytes."""

    def make(hear: Hear, change: Change) -> ModbusBaseClient:
        return AsyncModbusTcpClient(
            host,
            port=port,
            framer=FramerType.RTU if is_rtu else FramerType.SOCKET,
            timeout=timeout_s,
            retries=0,
            reconnect_delay=RECONNECT_S,
            reconnect_delay_max=RECONNECT_S_MAX,
            trace_packet=hear,
            trace_connect=change,
        )

    return PymodbusBus(f"{host}:{port}", make, timeout_s, is_tcp=not is_rtu)


class BusBook:
    """Every line of this process, one bus each; who asks for the same port shares its bus.

    A port is the path of a serial port, or ``tcp://host:port`` (Modbus TCP), or
    ``rtu+tcp://host:port`` (a server that hands on the bytes of its serial line).
    """

    def __init__(self) -> None:
        self._buses: dict[str, PymodbusBus] = {}
        self._settings: dict[str, str] = {}

    def bus(
        self, port: str, baud: int = 9600, parity: str = "N", stop_bits: int = 1
    ) -> "PymodbusBus":
        """Return the bus on ``port``; raise ValueError for other settings than it has already."""
        scheme, separator, place = port.rpartition("://")
        host, number = _host_of(scheme, place) if separator else ("", 0)
        key = f"{host}:{number}" if separator else os.path.realpath(port)
        settings = scheme if separator else f"{baud} baud 8{parity}{stop_bits}"
        if self._settings.setdefault(key, settings) != settings:
            raise ValueError(f"{port} is used with {self._settings[key]}, not with {settings}")
        if key not in self._buses:
            self._buses[key] = (
                tcp_bus(host, number, is_rtu=scheme != HOSTS[0])
                if separator
                else serial_bus(port, baud, parity, stop_bits, timeout_s(baud))
            )
        return self._buses[key]

    def close(self) -> None:
        """Release all lines; safe twice."""
        for bus in self._buses.values():
            bus.close()


def timeout_s(baud: int) -> float:
    """How long to wait for an answer: the longest frame takes a third of it at 9600 baud."""
    return TURNAROUND_S + FRAME_BITS_MAX / baud


def _host_of(scheme: str, place: str) -> tuple[str, int]:
    """Return host and port; raise ValueError."""
    host, _, port = place.partition(":")
    number = int(port) if port.isascii() and port.isdigit() else 0 if port else TCP_PORT
    if scheme not in HOSTS or not host or not 0 < number < 65_536:
        raise ValueError(f"{scheme}://{place}: must be tcp://host:port or rtu+tcp://host:port")
    return host.lower(), number


class PymodbusBus:
    """One line; several devices may share this object, never the line itself."""

    def __init__(
        self, name: str, make_client: MakeClient, timeout_s: float = TIMEOUT_S, is_tcp: bool = False
    ) -> None:
        self.attempts = ATTEMPTS  # for each read
        self.busy_s = 0.0  # time for which requests held the line, ever
        self._name = name
        self._make_client = make_client
        self._timeout_s = timeout_s
        self._client: ModbusBaseClient | None = None
        self._lock = asyncio.Lock()  # hands the line on in the order of asking
        self._waiting_count = 0
        self._is_suspect = True  # who knows what the line carried before us
        self._is_asking = False
        self._heard_s = 0.0  # loop time when the line last carried anything
        self._units = Units(name, timeout_s)
        self._sifter = Sifter(is_tcp)
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it prints packet histories

    async def open(self) -> None:
        """Take the line; raise AbsentError. Safe again when it is open."""
        if self._client is not None and self._client.connected:
            return
        self.close()
        client = self._make_client(self._hear, self._change)
        client.ctx.max_buffer_size = HEARD_BYTES_MAX
        if not await _is_connected(client):
            client.close()
            raise AbsentError(f"{self._name}: cannot be opened (not there, or in use)")
        self._client = client

    def close(self) -> None:
        """Release the line; safe twice. A request in flight ends by its own time-out."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._is_suspect = True

    def forget(self, unit: int) -> None:
        """Let other questions be asked of this unit from now on, as of a part not known yet."""
        self._units.forget(unit)
        self._is_suspect = True

    async def read_registers(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read ``count`` registers; raise TransientError, AbsentError or WrongDeviceError."""
        if function not in (HOLDING, INPUT):
            raise ValueError(f"function is {function}: must be {HOLDING} or {INPUT}")
        return await self._queue(Request(unit, function, address, count), self.attempts)

    async def write_register(
        self, unit: int, address: int, value: int, *, attempts: int = ATTEMPTS
    ) -> None:
        """Write one holding register by function 6; an attempt without an answer may have done it.

        ``attempts`` is 1 where a second write would be a second command.
        """
        await self._queue(Request(unit, WRITE_ONE, address, 1, (value,)), attempts)

    async def write_registers(
        self, unit: int, address: int, values: Sequence[int], *, attempts: int = ATTEMPTS
    ) -> None:
        """Write holding registers by function 16; as ``write_register``."""
        request = Request(unit, WRITE_MANY, address, len(values), tuple(values))
        await self._queue(request, attempts)

    async def _queue(self, request: Request, attempts: int) -> tuple[int, ...]:
        """Check a request and let it wait for its turn."""
        self._units.check(request)
        if self._waiting_count >= WAITING_MAX:
            raise TransientError(f"{self._name}: {WAITING_MAX} requests are waiting already")
        self._waiting_count += 1
        # Shielded: who gives up does not take the call with it, and the lock stays with the call.
        return await asyncio.shield(self._exchange(request, attempts))

    async def _exchange(self, request: Request, attempts: int) -> tuple[int, ...]:
        """Ask up to ``attempts`` times: the one retry policy of the bus.

        Ends by the time-outs of whoever is ahead, and its own.
        """
        error: HalError = TransientError(f"{self._name}: never asked")
        try:
            for _ in range(self._units.attempts(request.unit, attempts)):
                try:
                    return await self._turn(request)
                except (TransientError, WrongDeviceError) as failed:
                    error = failed  # a refusal may be a late one to another question: ask again
        finally:
            self._waiting_count -= 1
        raise error

    async def _turn(self, request: Request) -> tuple[int, ...]:
        """Let a unit rest that owes an answer, while others use the line; then ask."""
        loop = asyncio.get_running_loop()
        if (rest_s := self._units.rest_s(request, loop.time())) > 0:
            await asyncio.sleep(rest_s)
        async with self._lock:
            start_s = loop.time()
            try:
                await self._wait_for_silence()
                first = self._units.drain(request)
                if first is not None:
                    await self._ask(first)
                return await self._ask(request)
            finally:
                self.busy_s += loop.time() - start_s

    async def _wait_for_silence(self) -> None:
        """Return at once on a clean line, else after one time-out in which nothing was heard."""
        if not self._is_suspect:
            return
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        while (left_s := self._heard_s + self._timeout_s - loop.time()) > 0:
            if loop.time() - start_s > SILENCES_MAX * self._timeout_s:
                raise TransientError(f"{self._name}: never silent for {self._timeout_s:.2f} s")
            await asyncio.sleep(left_s)
        self._is_suspect = False

    async def _ask(self, request: Request) -> tuple[int, ...]:
        """Send one request; what is heard besides its answer makes the line suspect."""
        client = self._client
        if client is None or not client.connected:
            raise AbsentError(f"{self._name}: not connected")
        self._is_asking = True
        sent_s = asyncio.get_running_loop().time()
        try:
            answer = await _call(client, request)
        except ConnectionException:
            raise AbsentError(f"{self._name}: not connected") from None
        except ModbusException:
            raise self._silence(request, sent_s) from None
        finally:
            self._is_asking = False
        if answer.function_code == request.function | 0x80:
            self._units.on_refusal(request)
            raise _refusal(f"{self._name}: unit {request.unit}", answer.exception_code)
        self._units.on_answer(request)
        return tuple(answer.registers) if request.is_read else ()

    def _silence(self, request: Request, sent_s: float) -> TransientError:
        """Note a question without an answer; say what was there instead."""
        self._units.on_silence(request, asyncio.get_running_loop().time())
        text = f"{self._name}: unit {request.unit} gave no answer in {self._timeout_s:.2f} s"
        if self._heard_s <= sent_s:
            return TransientError(text)
        self._is_suspect = True
        if self._sifter.is_foreign:
            return TransientError(f"{text}; another master uses the line")
        return TransientError(f"{text}; something else was heard")

    def _hear(self, is_sending: bool, data: bytes) -> bytes:
        """See all bytes before pymodbus does, and hand on what is the answer."""
        if is_sending:
            self._sifter.asked(data)
            return data
        self._heard_s = asyncio.get_running_loop().time()
        if not self._is_asking:
            self._is_suspect = True
            return b""
        return self._sifter.answer(data)

    def _change(self, is_connected: bool) -> None:
        """Distrust the line after each connect and disconnect."""
        self._is_suspect = True
        self._heard_s = asyncio.get_running_loop().time()


async def _is_connected(client: ModbusBaseClient) -> bool:
    """Connect; ended by the time-out. What pyserial or the resolver trips over is no line."""
    try:
        return bool(await client.connect())
    except (termios.error, UnicodeError):  # pulled out just now; no name
        return False


def _call(client: ModbusBaseClient, request: Request) -> Awaitable[ModbusPDU]:
    """Begin one request in pymodbus's own words."""
    unit, address, count = request.unit, request.address, request.count
    if request.function == HOLDING:
        return client.read_holding_registers(address, count=count, device_id=unit)
    if request.function == INPUT:
        return client.read_input_registers(address, count=count, device_id=unit)
    if request.function == WRITE_ONE:
        return client.write_register(address, request.values[0], device_id=unit)
    return client.write_registers(address, list(request.values), device_id=unit)


def _refusal(who: str, code: int) -> HalError:
    """Turn an exception response into the error that says what the caller can do."""
    text = f"{who} refuses: {EXCEPTIONS.get(code, 'unknown exception')} (exception {code})"
    return WrongDeviceError(text) if code in NOT_THIS_DEVICE else TransientError(text)
