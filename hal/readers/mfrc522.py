"""MFRC522: NFC reader chip on SPI; reports ISO/IEC 14443 A cards with UIDs of 4, 7 and 10 bytes.

Registers and RF exchange: ``mfrc522_chip.py``; a card's frames: ``iso14443.py``. This asks for
cards, resolves several of them to one, follows the cascade to the whole UID, and halts the card
again. It reads UIDs only: they can be copied, so a UID names a card and proves nothing.
NXP MFRC522 data sheet, rev. 3.9; ISO/IEC 14443-3, section 6.
"""

from ampkeeper.hal.ports import Clock, Tag
from ampkeeper.hal.readers import iso14443
from ampkeeper.hal.readers.form import ISO14443, Form
from ampkeeper.hal.readers.iso14443 import CardError
from ampkeeper.hal.readers.mfrc522_chip import Answer, Mfrc522Chip, SpiPart
from ampkeeper.hal.readers.polled import POLL_S, PolledReader, UnclearError

LEVEL_BITS = 32  # of a level's UID that cards can differ in
CALLS = 2  # a card that a cut exchange left half selected goes idle at the first


class Mfrc522Reader(PolledReader):
    """One chip on one SPI line."""

    name = "MFRC522"

    def __init__(
        self, spi: SpiPart, clock: Clock, poll_s: float = POLL_S, form: Form | None = None
    ) -> None:
        super().__init__(clock, poll_s)
        self._chip = Mfrc522Chip(spi)
        self._form = form or Form()

    async def _start(self) -> None:
        """Prove that the chip is one, and switch its field on."""
        await self._chip.open()

    async def _look(self) -> Tag | None:
        """Return the card in the field, or None."""
        await self._chip.prove_ready()
        if not await self._is_called():
            return None
        try:
            uid = await self._uid()
        except CardError as error:
            raise UnclearError(str(error)) from None
        finally:
            await self._chip.exchange(iso14443.with_crc(iso14443.HALT))
        return self._form.of_bytes(uid, ISO14443)

    def _stop(self) -> None:
        self._chip.close()

    async def _is_called(self) -> bool:
        """Tell whether any card answers."""
        for _ in range(CALLS):
            answer = await self._chip.exchange(bytes([iso14443.WAKE_UP_ALL]), last_bits=7)
            if answer != Answer():
                return True
        return False

    async def _uid(self) -> bytes:
        """Return the whole UID of one card; raise CardError."""
        uid = b""
        for level in range(len(iso14443.SELECT)):
            found = await self._level(level)
            four = iso14443.checked_level(found)
            answer = await self._chip.exchange(iso14443.select_frame(level, found))
            part, has_more = iso14443.uid_part(level, four, iso14443.checked_sak(answer.data))
            uid += part
            if not has_more:
                break
        return uid

    async def _level(self, level: int) -> bytes:
        """Return the answer of one card at this level: where cards differ, that with a 1."""
        known, known_bits = 0, 0
        for _ in range(LEVEL_BITS):
            sent = known.to_bytes((known_bits + 7) // 8, "little")
            frame = iso14443.find_frame(level, sent, known_bits)
            answer = await self._chip.exchange(frame, known_bits % 8, known_bits % 8)
            bits = known | _bits(answer, known_bits)
            if answer.collision_bit is None:
                return _whole(answer, bits, known_bits)
            place = known_bits // 8 * 8 + answer.collision_bit
            if not known_bits <= place < LEVEL_BITS:
                raise CardError("cards cannot be told apart")
            known = bits & (1 << place) - 1 | 1 << place
            known_bits = place + 1
        raise CardError("cards cannot be told apart")


def _bits(answer: Answer, known_bits: int) -> int:
    """The answer's bits at their place in the level, without those that we sent."""
    received = int.from_bytes(answer.data, "little") << known_bits // 8 * 8
    return received >> known_bits << known_bits


def _whole(answer: Answer, bits: int, known_bits: int) -> bytes:
    """The level's bytes; raise CardError if the answer is broken or has another length."""
    if answer.is_broken or known_bits // 8 + len(answer.data) != iso14443.LEVEL_BYTES:
        raise CardError(f"answer {answer.data.hex(' ')} is no part of a UID")
    return bits.to_bytes(iso14443.LEVEL_BYTES, "little")
