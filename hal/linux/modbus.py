"""Modbus bus: one owner of one line, through which meters and bought pilot boards are read.

The only file that knows pymodbus (pinned minor; its minors break the API). On RTU an answer has
no number: pymodbus hands whatever frame arrives to whoever asks last, so a late or doubled answer
would come back as another register's value. Four rules close that here, for every caller:

1. A call in flight is never cancelled; a caller that gives up leaves it to land by itself.
2. A line that may still carry an answer nobody waits for is *suspect*: after a time-out, a wrong
   or unasked answer, a reconnect or a close. The next request waits for a full time-out of silence.
3. An answer counts only if unit, function and number of registers are those asked for.
4. One shape, one address: per unit and function, each number of registers belongs to one address.

What is left: a late answer to the *same* question may be taken as this one's. It is the right
register, measured at most a few time-outs earlier.
Modbus Application Protocol V1.1b3 sections 6.3, 6.4 and 7; Modbus over Serial Line V1.02 section 2.
"""

import asyncio
import logging
from collections.abc import Callable

from pymodbus.client import AsyncModbusSerialClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError

HOLDING, INPUT = 3, 4  # function codes: read holding registers, read input registers
COUNT_MAX = 125  # registers in one answer, V1.1b3 section 6.3
TIMEOUT_S = 1.0  # above the slowest meter's answer, 80 registers at 9600 baud included
ATTEMPTS = 2  # per request, silence between them
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

MakeClient = Callable[[Callable[[bool, bytes], bytes], Callable[[bool], None]], ModbusBaseClient]


def serial_bus(
    path: str, baud: int = 9600, parity: str = "N", stop_bits: int = 1, timeout_s: float = TIMEOUT_S
) -> "PymodbusBus":
    """Return the bus on a serial port. A TCP bus differs in this function only."""

    def make(
        hear: Callable[[bool, bytes], bytes], change: Callable[[bool], None]
    ) -> ModbusBaseClient:
        return AsyncModbusSerialClient(
            path,
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


class PymodbusBus:
    """One line; several meters may share this object, never the line itself."""

    def __init__(self, name: str, make_client: MakeClient, timeout_s: float = TIMEOUT_S) -> None:
        self._name = name
        self._make_client = make_client
        self._timeout_s = timeout_s
        self._client: ModbusBaseClient | None = None
        self._lock = asyncio.Lock()
        self._waiting_count = 0
        self._is_suspect = True  # who knows what the line carried before us
        self._is_asking = False
        self._busy_s = 0.0  # loop time when the line last carried anything
        self._addresses: dict[tuple[int, int, int], int] = {}
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it prints packet histories

    async def open(self) -> None:
        """Take the line; raise AbsentError. Safe again when it is open."""
        if self._client is not None and self._client.connected:
            return
        self.close()
        client = self._make_client(self._hear, self._change)
        if not await client.connect():
            client.close()
            raise AbsentError(f"{self._name}: cannot be opened")
        self._client = client

    def close(self) -> None:
        """Release the line; safe twice. A request in flight ends by its own time-out."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._is_suspect = True

    async def read_registers(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read ``count`` registers; raise TransientError, AbsentError or WrongDeviceError."""
        self._check(unit, function, address, count)
        if self._waiting_count >= WAITING_MAX:
            raise TransientError(f"{self._name}: {WAITING_MAX} requests are waiting already")
        self._waiting_count += 1
        # Shielded: who gives up does not take the call with it, and the lock stays with the call.
        return await asyncio.shield(self._turn(unit, function, address, count))

    async def _turn(self, unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        """Wait for the line, then use it; ends by the time-outs of whoever is ahead."""
        try:
            async with self._lock:
                return await self._exchange(unit, function, address, count)
        finally:
            self._waiting_count -= 1

    def _check(self, unit: int, function: int, address: int, count: int) -> None:
        """Refuse what the line cannot carry without doubt; it is a mistake in our own map."""
        if not (1 <= unit <= 247 and function in (HOLDING, INPUT)):
            raise ValueError(f"unit {unit} function {function}: need unit 1 to 247, function 3, 4")
        if not (1 <= count <= COUNT_MAX and 0 <= address <= 65536 - count):
            raise ValueError(f"{count} registers at {address:#06x}: need 1 to {COUNT_MAX}")
        known = self._addresses.setdefault((unit, function, count), address)
        if known != address:
            raise ValueError(
                f"unit {unit}: {count} registers are read at {known:#06x} already; an answer"
                f" could not be told from one for {address:#06x}. Read another number of them"
            )

    async def _exchange(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Ask up to ``ATTEMPTS`` times: the one retry policy of the bus."""
        error: HalError = TransientError(f"{self._name}: never asked")
        for _ in range(ATTEMPTS):
            try:
                await self._wait_for_silence()
                return await self._ask(unit, function, address, count)
            except (TransientError, WrongDeviceError) as failed:
                error = failed  # a refusal may be a late one to another question: ask again
        raise error

    async def _wait_for_silence(self) -> None:
        """Return at once on a clean line, else after one time-out in which nothing was heard."""
        if not self._is_suspect:
            return
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        while (left_s := self._busy_s + self._timeout_s - loop.time()) > 0:
            if loop.time() - start_s > SILENCES_MAX * self._timeout_s:
                raise TransientError(f"{self._name}: never silent for {self._timeout_s} s")
            await asyncio.sleep(left_s)
        self._is_suspect = False

    async def _ask(self, unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        """Send one request; the line is suspect until the right answer to it has come."""
        client = self._client
        if client is None or not client.connected:
            raise AbsentError(f"{self._name}: not connected")
        read = client.read_holding_registers if function == HOLDING else client.read_input_registers
        self._is_suspect = True
        self._is_asking = True
        try:
            answer = await read(address, count=count, device_id=unit)
        except ConnectionException:
            raise AbsentError(f"{self._name}: not connected") from None
        except ModbusException:
            raise TransientError(
                f"{self._name}: unit {unit} gave no answer in {self._timeout_s} s"
            ) from None
        finally:
            self._is_asking = False
            self._busy_s = asyncio.get_running_loop().time()
        values = self._proven(answer, unit, function, count)
        self._is_suspect = False
        return values

    def _proven(self, answer: ModbusPDU, unit: int, function: int, count: int) -> tuple[int, ...]:
        """Return the registers if ``answer`` is one to this question."""
        if answer.function_code == function | 0x80 and answer.dev_id == unit:
            raise _refusal(f"{self._name}: unit {unit}", answer.exception_code)
        is_ours = answer.function_code == function and answer.dev_id == unit
        if not is_ours or len(answer.registers) != count:
            raise TransientError(
                f"{self._name}: answer of {len(answer.registers)} registers by function"
                f" {answer.function_code}, asked unit {unit} for {count} by function {function}"
            )
        return tuple(answer.registers)

    def _hear(self, is_sending: bool, data: bytes) -> bytes:
        """See all bytes before pymodbus does: what nobody asked for makes the line suspect."""
        self._busy_s = asyncio.get_running_loop().time()
        if not is_sending and not self._is_asking:
            self._is_suspect = True
        return data

    def _change(self, is_connected: bool) -> None:
        """Distrust the line after each connect and disconnect."""
        self._is_suspect = True
        self._busy_s = asyncio.get_running_loop().time()


def _refusal(who: str, code: int) -> HalError:
    """Turn an exception response into the error that says what the caller can do."""
    text = f"{who} refuses: {EXCEPTIONS.get(code, 'unknown exception')} (exception {code})"
    return WrongDeviceError(text) if code in NOT_THIS_DEVICE else TransientError(text)
