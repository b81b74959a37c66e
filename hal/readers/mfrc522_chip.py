"""MFRC522 chip: its registers over SPI, and one exchange with the cards in its field.

It is configured for ISO/IEC 14443 A at 106 kbit/s with a time-out of 15 ms. Before each look it
is asked who it is and whether it still is configured: a chip that was reset has its field off
and would find nothing for ever. Mode 0, at most 10 MHz; NRSTPD high, IRQ not used.
NXP MFRC522 data sheet, rev. 3.9: section 8.1.2 (SPI), 9.3 (registers), 10.3 (commands).
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from ampkeeper.hal.errors import AbsentError, TransientError, WrongDeviceError

COMMAND, COM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL = 0x01, 0x04, 0x06, 0x09, 0x0A
BIT_FRAMING, COLLISION = 0x0D, 0x0E
MODE, TX_CONTROL, TX_ASK = 0x11, 0x14, 0x15
TIMER_MODE, TIMER_PRESCALER, TIMER_RELOAD_HIGH, TIMER_RELOAD_LOW = 0x2A, 0x2B, 0x2C, 0x2D
VERSION = 0x37

IDLE, TRANSCEIVE, SOFT_RESET = 0x00, 0x0C, 0x0F
POWER_DOWN = 0x10  # in COMMAND, while the chip starts
START_SEND = 0x80  # in BIT_FRAMING
FLUSH_FIFO = 0x80
CLEAR_IRQ = 0x7F
RX_IRQ, IDLE_IRQ, TIMER_IRQ = 0x20, 0x10, 0x01
BROKEN = 0x13  # in ERROR: overflow, parity, protocol
COLLIDED = 0x08
POSITION_NOT_VALID, POSITION = 0x20, 0x1F  # in COLLISION
ANTENNA_ON = 0x03  # in TX_CONTROL: both drivers
SETTINGS = (  # timer: 13.56 MHz / (2 * 3390 + 1) = 2 kHz, 30 ticks from the end of sending
    (TIMER_MODE, 0x8D),
    (TIMER_PRESCALER, 0x3E),
    (TIMER_RELOAD_HIGH, 0x00),
    (TIMER_RELOAD_LOW, 0x1E),
    (TX_ASK, 0x40),  # 100 % modulation
    (MODE, 0x3D),
    (TX_CONTROL, 0x80 | ANTENNA_ON),
)
VERSIONS = (0x91, 0x92)  # 1.0 and 2.0
NOTHING = (0x00, 0xFF)  # what a line without a chip reads as
FIFO_BYTES = 64
WAIT_S = 0.002
WAITS_MAX = 25  # 50 ms: longer than the chip's own time-out, or than its start
FIELD_UP_S = 0.005  # ISO/IEC 14443-3, section 6.1.5: a card is ready 5 ms after the field is


class SpiPart(Protocol):
    """A device on an SPI bus; raises AbsentError."""

    name: str

    def open(self) -> None:
        """Take the bus."""

    def transfer(self, data: bytes) -> bytes:
        """Send, and return as many bytes as came meanwhile."""

    def close(self) -> None:
        """Release the bus; safe twice."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: empty data for silence; ``collision_bit`` from 0, with the answer's first."""

    data: bytes = b""
    is_broken: bool = False
    collision_bit: int | None = None


class Mfrc522Chip:
    """One chip."""

    def __init__(self, spi: SpiPart) -> None:
        self._spi = spi

    async def open(self) -> None:
        """Reset and configure it; raise AbsentError, WrongDeviceError or TransientError."""
        self._spi.open()
        self._write(COMMAND, SOFT_RESET)
        for _ in range(WAITS_MAX):
            await asyncio.sleep(WAIT_S)
            if not self._read(COMMAND)[0] & POWER_DOWN:
                break
        self._prove()
        await self._configure()

    async def prove_ready(self) -> None:
        """Prove that it is there and configured, again if it has been reset."""
        self._prove()
        names = [register for register, _ in SETTINGS]
        if tuple(zip(names, self._read(*names), strict=True)) != SETTINGS:
            await self._configure()

    async def exchange(self, frame: bytes, last_bits: int = 0, align: int = 0) -> Answer:
        """Send a frame, return the answer; raise TransientError if the chip does not end it.

        Of the frame's last byte ``last_bits`` are sent, 0 for all; the answer's first bit goes
        to place ``align`` of its first byte.
        """
        self._write(COMMAND, IDLE)
        self._write(COM_IRQ, CLEAR_IRQ)
        self._write(FIFO_LEVEL, FLUSH_FIFO)
        self._write(FIFO_DATA, *frame)
        self._write(COLLISION, 0)  # bits after a collision read as zero
        self._write(BIT_FRAMING, align << 4 | last_bits)
        self._write(COMMAND, TRANSCEIVE)
        self._write(BIT_FRAMING, START_SEND | align << 4 | last_bits)
        for _ in range(WAITS_MAX):
            irq = self._read(COM_IRQ)[0]
            if irq & (RX_IRQ | IDLE_IRQ):
                return self._received()
            if irq & TIMER_IRQ:
                return Answer()
            await asyncio.sleep(WAIT_S)
        raise TransientError(f"exchange did not end within {WAITS_MAX * WAIT_S * 1_000:.0f} ms")

    def close(self) -> None:
        """Release the bus; safe twice. The field goes off with the next start."""
        self._spi.close()

    def _prove(self) -> None:
        """Raise unless the chip says that it is one."""
        version = self._read(VERSION)[0]
        if version in NOTHING:
            raise AbsentError(f"{self._spi.name}: nothing answers, version reads {version:02X}")
        if version not in VERSIONS:
            known = " or ".join(f"{number:02X}" for number in VERSIONS)
            raise WrongDeviceError(
                f"MFRC522: {self._spi.name}: version is {version:02X}, should be {known}"
            )

    async def _configure(self) -> None:
        """Set it up and switch the field on."""
        for register, value in SETTINGS:
            self._write(register, value)
        await asyncio.sleep(FIELD_UP_S)

    def _received(self) -> Answer:
        error, level, collision = self._read(ERROR, FIFO_LEVEL, COLLISION)
        data = self._read(*[FIFO_DATA] * min(level, FIFO_BYTES)) if level else b""
        if not error & COLLIDED:
            return Answer(data, bool(error & BROKEN))
        if collision & POSITION_NOT_VALID:
            return Answer(data, is_broken=True)
        # From 1 in the received frame, its place in the first byte included; 0 is 32 (m).
        return Answer(data, collision_bit=((collision & POSITION) or 32) - 1)

    def _read(self, *registers: int) -> bytes:
        """Read registers in one transfer; each value comes with the next address."""
        addresses = bytes(0x80 | register << 1 for register in registers)
        return self._spi.transfer(addresses + b"\x00")[1:]

    def _write(self, register: int, *values: int) -> None:
        self._spi.transfer(bytes([register << 1, *values]))
