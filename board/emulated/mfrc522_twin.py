"""MFRC522 twin: the chip on an emulated SPI bus, with its registers, FIFO, timer and field.

The bus is emulated at the transfer: the driver's bytes come in as they would on the wire, and
what the chip shifts out meanwhile goes back. Its field holds any number of ``ContactlessCard``;
answers that differ collide as on air. NXP MFRC522 data sheet, rev. 3.9, sections 8 to 10.
"""

from collections.abc import Callable

from ampkeeper.board.emulated.bus_twin import UNPLUGGED, BusTwin
from ampkeeper.board.emulated.contactless_card import ContactlessCard

FAULTS = ("ok", UNPLUGGED, "silent", "floating", "garbled")
HOLD_S = 1.0
ANSWER_S = 0.001  # a card answers 86 us after the frame, which takes up to 1 ms itself
RESET_S = 0.001  # the oscillator starts
RESET_VALUES = {0x01: 0x20, 0x04: 0x14, 0x0C: 0x10, 0x11: 0x3F, 0x14: 0x80, 0x37: 0x92}
FIFO_BYTES = 64
CARRIER_HZ = 13_560_000
COMMAND, IRQ, ERROR, FIFO, LEVEL, CONTROL, FRAMING, COLLISION = (
    0x01,
    0x04,
    0x06,
    0x09,
    0x0A,
    0x0C,
    0x0D,
    0x0E,
)
TX_CONTROL, T_MODE, T_PRESCALER, T_HIGH, T_LOW = 0x14, 0x2A, 0x2B, 0x2C, 0x2D


class Mfrc522Twin(BusTwin):
    """One chip. ``fault`` is one of ``FAULTS``; "garbled" spoils what cards answer."""

    def __init__(self, now_s: Callable[[], float] | None = None, version: int = 0x92) -> None:
        super().__init__("emulated SPI", now_s)
        self.exchange_count = 0
        self._version = version
        self._cards: dict[bytes, tuple[ContactlessCard, float]] = {}
        self._ready_s = 0.0
        self.power_up()

    def power_up(self) -> None:
        """Forget all settings, as after a power cut or a soft reset."""
        self._registers = bytearray(64)
        for register, value in RESET_VALUES.items():
            self._registers[register] = value
        self._registers[0x37] = self._version
        self._fifo = bytearray()
        self._due: tuple[float, int, bytes] | None = None  # when, IRQ bits, data
        self._lose_field()

    def present(self, uid: bytes, hold_s: float = HOLD_S) -> None:
        """Bring a card into the field instead of all others; it goes away after ``hold_s``."""
        held = self._cards.get(uid)
        card = held[0] if held else ContactlessCard(uid)
        self._cards = {uid: (card, self._now_s() + hold_s)}

    def present_with(self, uid: bytes, hold_s: float = HOLD_S) -> None:
        """Bring one more card into the field."""
        self._cards[uid] = (ContactlessCard(uid), self._now_s() + hold_s)

    def remove(self) -> None:
        """Take all cards away now."""
        self._cards = {}

    def transfer(self, data: bytes) -> bytes:
        """One transfer: address, then data, or address after address."""
        self._require_bus()
        if self.fault in ("silent", "floating"):
            return bytes([0xFF * (self.fault == "floating")]) * len(data)
        self._catch_up()
        if data[0] & 0x80:
            shifted = [self._read(byte >> 1 & 0x3F) for byte in data[:-1]]
            return bytes([0, *shifted])
        for value in data[1:]:
            self._write(data[0] >> 1 & 0x3F, value)
        return bytes(len(data))

    def _read(self, register: int) -> int:
        if register == FIFO:
            return self._fifo.pop(0) if self._fifo else 0
        if register == LEVEL:
            return len(self._fifo)
        if register == COMMAND and self._now_s() < self._ready_s:
            return self._registers[COMMAND] | 0x10
        return self._registers[register]

    def _write(self, register: int, value: int) -> None:
        if self._now_s() < self._ready_s or register == 0x37:
            return
        if register == FIFO:
            self._fifo = (self._fifo + bytes([value]))[:FIFO_BYTES]
        elif register == LEVEL and value & 0x80:
            self._fifo.clear()
        elif register == IRQ:
            self._mark(value)
        elif register == COMMAND and value & 0x0F == 0x0F:
            self.power_up()
            self._ready_s = self._now_s() + RESET_S
        else:
            self._registers[register] = value
            self._follow(register, value)

    def _follow(self, register: int, value: int) -> None:
        """What else happens when a register is written."""
        if register == TX_CONTROL and value & 0x03 != 0x03:
            self._lose_field()
        elif register == COMMAND:
            self._due = None
        elif register == FRAMING and value & 0x80 and self._registers[COMMAND] & 0x0F == 0x0C:
            self._send()

    def _mark(self, value: int) -> None:
        """Set the marked bits when bit 7 is set, else clear them."""
        if value & 0x80:
            self._registers[IRQ] |= value & 0x7F
        else:
            self._registers[IRQ] &= ~value & 0xFF

    def _send(self) -> None:
        """Send what the FIFO holds; cards answer, or the timer runs out."""
        self.exchange_count += 1
        last_bits = self._registers[FRAMING] & 7
        bits = [byte >> place & 1 for byte in self._fifo for place in range(8)]
        if last_bits:
            bits = bits[: last_bits - 8]
        self._fifo.clear()
        self._registers[ERROR] = 0
        answers = self._answers(bits)
        if answers:
            self._due = (self._now_s() + ANSWER_S, 0x20, self._joined(answers))
        elif self._registers[T_MODE] & 0x80:  # started by the end of sending
            self._due = (self._now_s() + self._timer_s(), 0x01, b"")

    def _answers(self, bits: list[int]) -> list[list[int]]:
        """What the cards that are still held answer; without a field, nothing."""
        now_s = self._now_s()
        self._cards = {uid: held for uid, held in self._cards.items() if now_s < held[1]}
        if self._registers[TX_CONTROL] & 0x03 != 0x03:
            return []
        return [answer for card, _ in self._cards.values() if (answer := card.hear(bits))]

    def _joined(self, answers: list[list[int]]) -> bytes:
        """What the receiver makes of all answers; notes the first collision."""
        align = self._registers[FRAMING] >> 4 & 7
        width = max(map(len, answers))
        bits: list[int] = []
        for place in range(width):
            seen = {answer[place] for answer in answers if place < len(answer)}
            if len(seen) > 1:
                self._registers[ERROR] |= 0x08
                self._registers[COLLISION] = (align + place + 1) & 0x1F
                bits += [0] * (width - place)
                break
            bits += seen
        if self.fault == "garbled":
            self._registers[ERROR] |= 0x02
            bits[-1] ^= 1
        padded = [0] * align + bits
        self._registers[CONTROL] = len(padded) % 8
        return bytes(
            sum(bit << place for place, bit in enumerate(padded[start : start + 8]))
            for start in range(0, len(padded), 8)
        )

    def _timer_s(self) -> float:
        prescaler = (self._registers[T_MODE] & 0x0F) << 8 | self._registers[T_PRESCALER]
        reload_count = self._registers[T_HIGH] << 8 | self._registers[T_LOW]
        return (reload_count + 1) * (2 * prescaler + 1) / CARRIER_HZ

    def _catch_up(self) -> None:
        """Let happen what is due by now."""
        if self._due is not None and self._now_s() >= self._due[0]:
            self._registers[IRQ] |= self._due[1]
            self._fifo = bytearray(self._due[2])
            self._due = None

    def _lose_field(self) -> None:
        for card, _ in self._cards.values():
            card.lose_field()
