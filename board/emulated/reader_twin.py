"""Reader twins: a PN532 chip with a field for cards, and a reader that sends lines of text.

The chip is as strict as the part: it sleeps until it is woken, ignores what is not for it, lists
cards for ever unless told how often to try, and gives up a command when it hears an ACK.
The chip itself has no I/O (``Pn532Chip.feed``), so it answers on a pty as well as on any
``ByteStream`` in virtual time. NXP PN532 User Manual UM0701-02.
"""

from collections.abc import Callable

from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.board.emulated.virtual_time import loop_time_s
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream
from ampkeeper.hal.readers import pn532_frames as frames

FAULTS = ("ok", "silent")
HOLD_S = 1.0  # how long a person holds a card: four polls of a reader
FOREVER = 0xFF  # number of tries, section 7.3.1
ATQA_SAK = {4: b"\x00\x04\x08", 7: b"\x00\x44\x00", 10: b"\x00\x84\x00"}  # by size of the UID
FIRMWARE = b"\x03\x32\x01\x06\x07"
GET_FIRMWARE, SAM_CONFIGURATION, RF_CONFIGURATION, LIST_TARGETS = 0x02, 0x14, 0x32, 0x4A
NO_TARGETS = b"\x4b\x00"
ITEM_PASSIVE_RETRIES = 0x05


class Pn532Chip:
    """One chip, bytes in and bytes out."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._uid = b""
        self._until_s = 0.0
        self._decoder = frames.Decoder()
        self.command_count = 0
        self.power_up()

    def power_up(self) -> None:
        """Forget all settings, as after a power cut."""
        self._is_awake = False
        self._tries = FOREVER
        self._is_listing = False
        self._decoder.clear()

    def present(self, uid: bytes, hold_s: float) -> bytes:
        """Bring a card into the field for ``hold_s``; return what the chip says at once."""
        if len(uid) not in ATQA_SAK:
            raise ValueError(f"UID has {len(uid)} bytes, allowed are 4, 7 and 10")
        self._uid = uid
        self._until_s = self._now_s() + hold_s
        return self._listed() if self._is_listing else b""

    def remove(self) -> None:
        """Take the card away."""
        self._until_s = self._now_s()

    def feed(self, data: bytes) -> bytes:
        """Take what the host wrote and return what the chip answers."""
        if frames.WAKE_UP[:2] in data:
            self._is_awake = True
        answer = b""
        for frame in self._decoder.feed(data):
            if frame.kind == frames.ACK:
                self._is_listing = False
            elif frame.kind == frames.COMMAND and self._is_awake and frame.data:
                self.command_count += 1
                answer += frames.ACK_FRAME + self._carry_out(frame.data[0], frame.data[1:])
        return answer

    def _carry_out(self, code: int, data: bytes) -> bytes:
        """Return the frame that answers one command; nothing while it goes on."""
        self._is_listing = False
        if code == GET_FIRMWARE:
            return frames.encode(frames.TO_HOST, FIRMWARE)
        if code == SAM_CONFIGURATION and data:
            return frames.encode(frames.TO_HOST, b"\x15")
        if code == RF_CONFIGURATION and data:
            if data[0] == ITEM_PASSIVE_RETRIES and len(data) == 4:
                self._tries = data[3]
            return frames.encode(frames.TO_HOST, b"\x33")
        if code == LIST_TARGETS and len(data) == 2:
            return self._listed()
        return frames.ERROR_FRAME

    def _listed(self) -> bytes:
        """Answer with the card in the field, with none, or not yet."""
        if self._now_s() < self._until_s:
            self._is_listing = False
            card = ATQA_SAK[len(self._uid)] + bytes([len(self._uid)]) + self._uid
            return frames.encode(frames.TO_HOST, b"\x4b\x01\x01" + card)
        self._is_listing = self._tries == FOREVER
        return b"" if self._is_listing else frames.encode(frames.TO_HOST, NO_TARGETS)


class LineTwin:
    """A part at the far end of a pty; one that is silent sends nothing."""

    def __init__(self) -> None:
        self._fault = "ok"
        self._line = PtyLine(self._from_driver)

    @property
    def fault(self) -> str:
        """One of ``FAULTS``."""
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        if name not in FAULTS:
            raise ValueError(f"reader fault is {name!r}, allowed are {', '.join(FAULTS)}")
        self._fault = name

    async def start(self) -> str:
        """Take a pty, and return its path for the driver."""
        return self._line.open()

    async def stop(self) -> None:
        """End the line; safe twice."""
        self._line.close()

    def _from_driver(self, data: bytes) -> None:
        """What the driver wrote; a part that only talks does not hear it."""


class ReaderTwin(LineTwin):
    """The chip and its line. Line faults beyond ``fault`` are plain attributes for tests."""

    def __init__(self, now_s: Callable[[], float] | None = None) -> None:
        super().__init__()
        self.chip = Pn532Chip(now_s or loop_time_s)
        self.noise = b""  # ahead of each answer
        self.cut_count = 0  # bytes missing at the end of each answer

    async def serve(self, stream: ByteStream) -> None:
        """Answer on any stream instead, until it ends or the task is cancelled."""
        await stream.open()
        while True:
            try:
                data = await stream.read()  # ends with the line
            except AbsentError:
                return
            stream.write(self.answer(data))

    def present(self, uid: bytes, hold_s: float = HOLD_S) -> None:
        """Bring a card into the field; it goes away by itself after ``hold_s``."""
        self._line.write(self._worn(self.chip.present(uid, hold_s)))

    def remove(self) -> None:
        """Take the card away now."""
        self.chip.remove()

    def answer(self, data: bytes) -> bytes:
        """What comes back over the line for what the driver wrote."""
        if self._fault == "silent":
            return b""
        return self._worn(self.chip.feed(data))

    def send(self, data: bytes) -> None:
        """Put bytes on the line that nobody asked for."""
        self._line.write(data)

    def _from_driver(self, data: bytes) -> None:
        self._line.write(self.answer(data))

    def _worn(self, answer: bytes) -> bytes:
        """Return an answer as the line delivers it."""
        if not answer or self._fault == "silent":
            return b""
        return self.noise + answer[: len(answer) - self.cut_count]


class TextTwin(LineTwin):
    """A reader that sends each token as a line."""

    def present_text(self, text: str) -> None:
        """Send a token."""
        if not text.isascii() or not text.isprintable():
            raise ValueError(f"token is {text!r}, allowed is printable ASCII")
        self.send(text.encode() + b"\r\n")

    def send(self, data: bytes) -> None:
        """Put bytes on the line as they are."""
        if self._fault == "ok":
            self._line.write(data)
