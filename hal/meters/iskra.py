"""Iskra WM3M4 and WM3M4C, Modbus RTU: signs the first and the last value of a transaction.

What it measures is its map's (``wm3m4.toml``, ``wm3m4c.toml``). Here are the holding registers by
which a transaction is begun and ended, and from which signed data, signature and public key are
taken as they are: no byte is trimmed, decoded or added; only its identity has the key as others
read it, with the name of its curve. Some firmware signs with leading zeros in
its DER; whoever verifies strips them, not the driver.
It cannot say when a signature will be ready: it is asked until ``SIGN_S`` have passed.
A command is sent once: whether one without an answer was carried out, the status says, and
``begin`` or ``end`` asked for again goes on where the line failed. A signature that stood there
before the command is another one's, however long the meter takes to say that it is busy.
Source: the maker's Modbus register description, section on signed values.
"""

import asyncio
import dataclasses
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from ampkeeper.hal.errors import (
    AbsentError,
    OpenTransactionError,
    TransientError,
    WrongDeviceError,
)
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.meters.registers import HOLDING, Block
from ampkeeper.hal.ports import MeterIdentity, MeterReading, SignedValue

STATUS = Block(HOLDING, 7000, 1)
COMMAND = 7051
CONTROL = Block(HOLDING, 7051, 9)  # command to signature format
ZONE = 7053  # minutes east of UTC, then unix time in two registers
SYNCHRONIZED = 7071
DATASET_BYTES, DATASET = 7056, 7100
DATASET_BYTES_MAX = 1_024  # 7100 to 7611
PUBLIC_KEY = Block(HOLDING, 8124, 32)
SIGNATURE = Block(HOLDING, 8188, 36)  # DER of a 256-bit curve: at most 72 bytes
# The area of signed data, 7612 to 8123, in reads that differ in length (hal/linux/modbus.py).
DATA = (
    Block(HOLDING, 7612, 125),
    Block(HOLDING, 7737, 124),
    Block(HOLDING, 7861, 123),
    Block(HOLDING, 7984, 122),
    Block(HOLDING, 8106, 18),
)
WRITTEN = 100  # registers of a dataset in one write

IDLE, ACTIVE, AFTER_POWER_FAIL, AFTER_RESET = range(4)  # STATUS
BEGIN, END = 0x4200, 0x7200  # COMMAND: "B", "r"
BY_CLOCK = 2  # SYNCHRONIZED: time was set from outside
BUSY, SIGNED, FAILED = 2, 15, 128  # signature status; FAILED and above
# SubjectPublicKeyInfo of a key on secp256r1, up to its 64 bytes (RFC 5480, 2)
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
SIGN_S = 10.0
POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class _Given:
    """A command, until what it signed has been read; ``serial`` is whose."""

    command: int
    dataset: bytes
    serial: str
    state_before: int
    signature_before: tuple[int, ...]


class IskraMeter(ModbusMeter):
    """A meter that signs; otherwise like any other."""

    _given: _Given | None = None

    async def open(self) -> MeterIdentity:
        """As any other, with the public key; one that has none yet is still a meter."""
        identity = await super().open()
        try:
            key = _bytes(await self._words(PUBLIC_KEY))
        except TransientError as error:
            self.close()
            raise AbsentError(f"{self._who_am_i()}: public key: {error}") from None
        except WrongDeviceError:
            return identity
        return dataclasses.replace(identity, public_key=P256 + key) if any(key) else identity

    async def begin(self, dataset: bytes, at: datetime) -> MeterReading:
        """Hand over the time and ``dataset`` (OCMF's fields, JSON), and begin.

        A transaction that is open already, as after a power cut, is refused: end it first.
        One that this call opened, before the line failed, is gone on with.
        """
        if not 0 < len(dataset) <= DATASET_BYTES_MAX:
            raise ValueError(f"dataset of {len(dataset)} bytes: must be 1 to {DATASET_BYTES_MAX}")
        serial = self._serial_of_open()
        status = (await self._words(STATUS))[0]
        given = self._given
        if status == ACTIVE and _is(given, BEGIN, dataset, serial):
            return await self._collect(given)
        if status != IDLE:
            raise OpenTransactionError(
                f"{self._who_am_i()}: status is {status}, a transaction is open"
            )
        await self._set_clock(at)
        await self._hand_over(dataset)
        return await self._sign(BEGIN, dataset, serial)

    async def end(self, begun: SignedValue | None = None) -> MeterReading:
        """End the transaction; return the last reading, signed over begin and end.

        If it is ended already, by a command of which nothing was read: before the line failed,
        or before a restart, ``begun`` then says what it began with.
        """
        serial = self._serial_of_open()
        given = self._given
        if (await self._words(STATUS))[0] != IDLE:
            return await self._sign(END, b"", serial)
        if _is(given, END, b"", serial):
            return await self._collect(given)
        if begun is not None and await self._is_end_of(begun):
            return await self._read_signed(await self._words(CONTROL))
        raise TransientError(f"{self._who_am_i()}: no transaction is open")

    async def _is_end_of(self, begun: SignedValue) -> bool:
        """Whether the last thing signed is the end of what began so: same key, signed later.

        Only a begin or an end writes a signature, and no other transaction began meanwhile:
        whoever asks has not ended this one.
        """
        control = await self._words(CONTROL)
        if control[1] != SIGNED or _bytes(await self._words(PUBLIC_KEY)) != begun.public_key:
            return False
        return await self._area((SIGNATURE,), control[7]) != begun.signature

    def _serial_of_open(self) -> str:
        if self._identity is None:
            raise AbsentError(f"{self._who_am_i()}: not open")
        return self._identity.serial

    async def _set_clock(self, at: datetime) -> None:
        """Give it the time, as one that comes from outside."""
        offset = at.utcoffset()
        if offset is None:
            raise ValueError(f"{at} has no time zone")
        zone_min = int(offset.total_seconds() // 60) & 0xFFFF
        unix_s = int(at.timestamp())
        values = (zone_min, unix_s >> 16, unix_s & 0xFFFF)
        await self._bus.write_registers(self._unit, ZONE, values)
        await self._bus.write_register(self._unit, SYNCHRONIZED, BY_CLOCK)

    async def _hand_over(self, dataset: bytes) -> None:
        """Write the data that is to be signed with the values."""
        padded = dataset + b"\0" * (len(dataset) % 2)
        words = struct.unpack(f">{len(padded) // 2}H", padded)
        for start in range(0, len(words), WRITTEN):
            some = words[start : start + WRITTEN]
            await self._bus.write_registers(self._unit, DATASET + start, some)
        await self._bus.write_register(self._unit, DATASET_BYTES, len(dataset))

    async def _sign(self, command: int, dataset: bytes, serial: str) -> MeterReading:
        """Give the command once, and return what it signs."""
        state = (await self._words(CONTROL))[1]
        given = _Given(command, dataset, serial, state, await self._words(SIGNATURE))
        self._given = given
        await self._bus.write_register(self._unit, COMMAND, command, attempts=1)
        return await self._collect(given)

    async def _collect(self, given: _Given) -> MeterReading:
        """Wait for the signature, and read everything that belongs to it."""
        reading = await self._read_signed(await self._signed(given))
        self._given = None
        return reading

    async def _read_signed(self, control: tuple[int, ...]) -> MeterReading:
        """Return a reading with what was signed last, of which ``control`` tells."""
        data_bytes, signature_bytes, layout = control[6], control[7], control[8]
        data = await self._area(DATA, data_bytes)
        signature = await self._area((SIGNATURE,), signature_bytes)
        key = _bytes(await self._words(PUBLIC_KEY))
        reading = await self.read()
        return dataclasses.replace(reading, signed=SignedValue(data, signature, str(layout), key))

    async def _signed(self, given: _Given) -> tuple[int, ...]:
        """Return the control registers once they say that a signature is there, and a new one."""
        end_s = self._clock.now_s() + SIGN_S
        while True:
            is_new = await self._words(SIGNATURE) != given.signature_before
            control = await self._words(CONTROL)
            state = control[1]
            if state == SIGNED and is_new:
                return control
            if state >= FAILED and state != given.state_before:
                raise WrongDeviceError(f"{self._who_am_i()}: signature failed, status {state}")
            if self._clock.now_s() >= end_s:
                raise TransientError(f"{self._who_am_i()}: no signature in {SIGN_S:g} s")
            await asyncio.sleep(POLL_S)  # ended by the clock above

    async def _area(self, blocks: tuple[Block, ...], count: int) -> bytes:
        """Return the first ``count`` bytes of an area, from as few reads as it takes."""
        size = 2 * sum(block.count for block in blocks)
        if not 0 < count <= size:
            raise TransientError(f"{self._who_am_i()}: {count} signed bytes, 1 to {size} can be")
        data = b""
        for block in blocks:
            if len(data) < count:
                data += _bytes(await self._words(block))
        return data[:count]

    def _who_am_i(self) -> str:
        return f"{self._map.model} unit {self._unit}"


def _is(given: _Given | None, command: int, dataset: bytes, serial: str) -> TypeGuard[_Given]:
    """Whether this is the command that was given last, to this meter."""
    wanted = (command, dataset, serial)
    return given is not None and (given.command, given.dataset, given.serial) == wanted


def _bytes(words: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(words)}H", *words)
