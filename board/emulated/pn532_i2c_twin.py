"""PN532 twin on I2C: the chip of ``reader_twin`` behind an emulated bus, transfer by transfer.

A read begins with a status byte; a read of that byte alone leaves the answer where it is, any
other takes it, and what is read beyond it is zeros. An answer is ready some time after its
command. A sleeping chip does not acknowledge the address that wakes it.
NXP PN532 User Manual UM0701-02, section 6.2.4.
"""

from collections.abc import Callable

from ampkeeper.board.emulated.bus_twin import UNPLUGGED, BusTwin
from ampkeeper.board.emulated.reader_twin import HOLD_S, Pn532Chip
from ampkeeper.hal.errors import TransientError

FAULTS = ("ok", UNPLUGGED, "silent", "busy", "garbled")
WAKE = b"\x55\x55"
ACK_BYTES = 6
ACK_S = 0.002
ANSWER_S = 0.03


class Pn532I2cTwin(BusTwin):
    """One chip at its address. ``fault`` is one of ``FAULTS``; "busy" is never ready."""

    def __init__(self, now_s: Callable[[], float] | None = None) -> None:
        super().__init__("emulated I2C 0x24", now_s)
        self.transfer_count = 0
        self.chip = Pn532Chip(self._now_s)
        self._is_asleep = True
        self._due: list[tuple[float, bytes]] = []

    def present(self, uid: bytes, hold_s: float = HOLD_S) -> None:
        """Bring a card into the field."""
        answer = self.chip.present(uid, hold_s)
        if answer:
            self._due.append((self._now_s(), answer))

    def remove(self) -> None:
        """Take it away now."""
        self.chip.remove()

    def power_up(self) -> None:
        """Forget everything, as after a power cut."""
        self.chip.power_up()
        self._is_asleep = True
        self._due.clear()

    def write(self, data: bytes) -> None:
        """One write transfer: one frame."""
        self._address()
        self._due.clear()  # a new command ends what was going on
        answer = self.chip.feed(data)
        if not answer:
            return
        now_s = self._now_s()
        self._due.append((now_s + ACK_S, answer[:ACK_BYTES]))
        if answer[ACK_BYTES:]:
            self._due.append((now_s + ANSWER_S, answer[ACK_BYTES:]))

    def read(self, count: int) -> bytes:
        """One read transfer."""
        self._address()
        is_ready = bool(self._due) and self._now_s() >= self._due[0][0] and self.fault != "busy"
        if not is_ready:
            return bytes(count)
        if count == 1:
            return b"\x01"
        _, answer = self._due.pop(0)
        if self.fault == "garbled":
            answer = answer[:-3] + bytes([answer[-3] ^ 0x10]) + answer[-2:]
        return (b"\x01" + answer + bytes(count))[:count]

    def _address(self) -> None:
        """What happens at each transfer before any byte of data."""
        self.transfer_count += 1
        self._require_bus()
        if self.fault == "silent":
            raise TransientError(f"{self.name}: Remote I/O error")
        if self._is_asleep:
            self._is_asleep = False
            self.chip.feed(WAKE)
            raise TransientError(f"{self.name}: Remote I/O error")
