"""ADC: blocks of pilot samples, started by the PWM's own wrap and fetched by DMA.

Part: RP2040, sections 2.5 (DMA), 4.5 (PWM) and 4.9 (ADC). Three DMA channels:

    start    paced by the pilot slice's wrap: one word to CS, which lets the ADC run
    fetch    paced by the ADC's FIFO: 2,500 half-words into the buffer, then triggers
    stop     unpaced: one word to CS, which ends the running

So sample 0 belongs to the rising edge, without a search and without the processor. PWM and ADC
come from the same crystal (125 MHz and 48 MHz), 500 conversions fill a period exactly, and the
phase stays what it was. ``stop`` comes before the FIFO could fill, so a FIFO that did run over
means that samples are missing and the phase is lost: ``is_whole`` says so.

It cannot: convert anything else while a block is taken. ADC0 only.
"""

from array import array

from ampkeeper.hal.micro import registers as r
from ampkeeper.hal.micro.windows import BLOCK_SAMPLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HALF_WORD, WORD = 1, 2  # sizes of a DMA transfer
FCS_RUN = r.FCS_EN | r.FCS_DREQ_EN | r.FCS_THRESH_1
FCS_FRESH = FCS_RUN | r.FCS_OVER | r.FCS_UNDER
CS_IDLE = r.CS_EN | r.CS_ERR_STICKY  # input 0, and forgets an old error
CS_RUN = r.CS_EN | r.CS_START_MANY
FIFO_WORDS = 4


class BlockAdc:
    """The control pilot's samples, one block at a time: ``arm``, wait for ``is_done``, read."""

    def __init__(self, chip: "Any", rp2: "Any", gpio: int, pwm_gpio: int) -> None:
        assert gpio == 26, "the pilot is on ADC0, which CS selects with zeros"
        self.samples = array("H", bytes(2 * BLOCK_SAMPLES))
        self._mem = chip.mem32
        self._chip = chip
        self._rp2 = rp2
        self._gpio = gpio
        self._wrap = r.DREQ_PWM_WRAP0 + r.slice_of(pwm_gpio)
        self._run_word = array("I", (CS_RUN,))
        self._idle_word = array("I", (r.CS_EN,))
        self._start: "Any" = None
        self._fetch: "Any" = None
        self._stop: "Any" = None

    def open(self) -> None:
        """Power the ADC up and prepare the three channels; nothing is converted yet."""
        self._chip.ADC(self._gpio)  # takes the block out of reset and the pin off its digital pad
        self._mem[r.ADC_CS] = CS_IDLE
        self._mem[r.ADC_DIV] = 0  # back to back: 96 cycles of 48 MHz
        self._mem[r.ADC_FCS] = FCS_FRESH
        self._start = self._word_channel(self._run_word, self._wrap)
        self._stop = self._word_channel(self._idle_word, None)
        self._fetch = self._rp2.DMA()
        control = self._fetch.pack_ctrl(
            size=HALF_WORD,
            inc_read=False,
            inc_write=True,
            treq_sel=r.DREQ_ADC,
            chain_to=self._stop.channel,
            high_pri=True,
        )
        self._fetch.config(
            read=r.ADC_FIFO, write=self.samples, count=BLOCK_SAMPLES, ctrl=control, trigger=False
        )

    def arm(self) -> None:
        """Take a block from the next rising edge on. Allocates nothing."""
        self.halt()
        self._drain()
        self._mem[r.ADC_FCS] = FCS_FRESH
        self._fetch.write = self.samples
        self._fetch.active(1)
        self._start.active(1)

    def halt(self) -> None:
        """Give the block up; the ADC is free. Allocates nothing."""
        if self._start.active():
            self._start.active(0)
        if self._fetch.active():
            self._fetch.active(0)
        self._mem[r.ADC_CS] = CS_IDLE

    def is_done(self) -> bool:
        """True when the block is complete."""
        return not self._fetch.active()

    def is_whole(self) -> bool:
        """True if no sample of the block is missing or failed. Ask before anything converts."""
        mem = self._mem
        is_bad = mem[r.ADC_CS] & r.CS_ERR_STICKY or mem[r.ADC_FCS] & (r.FCS_OVER | r.FCS_UNDER)
        return not is_bad

    def close(self) -> None:
        """Stop, and give the channels back; safe twice."""
        for channel in (self._start, self._fetch, self._stop):
            if channel is not None:
                channel.active(0)
                channel.close()
        self._start = self._fetch = self._stop = None
        self._mem[r.ADC_CS] = CS_IDLE

    def _word_channel(self, word: "array[int]", pace: "int | None") -> "Any":
        """A channel that writes one word to CS each time it is triggered."""
        channel = self._rp2.DMA()
        control = channel.pack_ctrl(size=WORD, inc_read=False, inc_write=False)
        if pace is not None:
            control = channel.pack_ctrl(
                size=WORD, inc_read=False, inc_write=False, treq_sel=pace, high_pri=True
            )
        channel.config(read=word, write=r.ADC_CS, count=1, ctrl=control, trigger=False)
        return channel

    def _drain(self) -> None:
        """Throw away what conversions between two blocks left in the FIFO."""
        mem = self._mem
        for _ in range(FIFO_WORDS):
            if not mem[r.ADC_FCS] & r.FCS_LEVEL:
                return
            _ = mem[r.ADC_FIFO]
