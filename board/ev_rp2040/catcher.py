"""Catcher: the edges of one pin, stamped by ``edges.py`` and brought into memory by DMA.

Part: RP2040, sections 2.5 (DMA) and 3.7 (PIO). The channel writes round and round a ring of 256
words: 128 ms of pilot may pass before somebody reads. What was written over is counted.
"""

import rp2

from ampkeeper.board.ev_rp2040.edges import BEFORE, PROGRAM_HZ, edges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SYSTEM_HZ = 120_000_000
PIO0_CTRL = 0x50200000  # the low bits start the machines, all in one cycle
PIO0_RXF0 = 0x50200020
DREQ_PIO0_RX0 = 4  # 2.5.3.1
RING_BITS = 10  # 1,024 bytes
RING_WORDS = (1 << RING_BITS) // 4
WORDS_MAX = 0xFFFFFFFF  # until the channel ends: three weeks of pilot


class Catcher:
    """State machine ``number`` of PIO 0 on ``gpio``. ``lost`` counts words that came too fast."""

    def __init__(self, chip: "Any", number: int, gpio: int) -> None:
        self.lost = 0
        self._chip = chip
        self._number = number
        self._gpio = gpio
        self._taken = 0
        self._buffer = bytearray(2 << RING_BITS)  # the ring lies at a multiple of its size
        self._ring = 0
        self._dma: Any = None

    def open(self) -> None:
        """Load program and channel; ``start_all`` lets them run."""
        chip = self._chip
        pin = chip.Pin(self._gpio, chip.Pin.IN)
        machine = rp2.StateMachine(self._number, edges, freq=PROGRAM_HZ, jmp_pin=pin)
        for each in BEFORE:
            machine.exec(each)
        size = 1 << RING_BITS
        self._ring = (address_of(self._buffer) + size - 1) // size * size
        self._dma = rp2.DMA()
        control = self._dma.pack_ctrl(
            size=2,
            inc_read=False,
            inc_write=True,
            ring_size=RING_BITS,
            ring_sel=True,
            treq_sel=DREQ_PIO0_RX0 + self._number,
            irq_quiet=True,
        )
        source = PIO0_RXF0 + 4 * self._number
        self._dma.config(read=source, write=self._ring, count=WORDS_MAX, ctrl=control, trigger=True)

    def take(self) -> int:
        """The next word, or -1 if there is none."""
        waiting = WORDS_MAX - self._dma.count - self._taken
        if waiting <= 0:
            return -1
        if waiting >= RING_WORDS:  # the oldest is being written over
            self.lost += waiting - 1
            self._taken += waiting - 1
        word = self._chip.mem32[self._ring + 4 * (self._taken % RING_WORDS)]
        self._taken += 1
        return int(word)


def start_all(chip: "Any", count: int) -> None:
    """Start so many state machines in one cycle, so that their counters agree."""
    chip.mem32[PIO0_CTRL] = (1 << count) - 1


def address_of(buffer: bytearray) -> int:
    """Where a buffer lies."""
    import uctypes

    return int(uctypes.addressof(buffer))
