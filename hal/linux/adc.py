"""ADC: a Microchip MCP3208 or MCP3008 on SPI, through ``gpiozero``.

Eight channels, single-ended, 12 or 10 bits of the reference voltage; one conversion is one SPI
transfer of 24 bits. It tells nothing of its own health: a dead line reads as all zeros or all
ones, which ``scales`` maps to values that no plausible signal has.
Datasheets DS21298 (MCP3204/3208) and DS21295 (MCP3004/3008), sections 5 and 6.1.

The line is one of gpiozero's; its classes of these chips share a line by a table of the process,
out of which an old line that is collected late takes a new one's entry.
"""

from typing import Any

from ampkeeper.hal.errors import TransientError

CHANNELS = 8
BITS = {"mcp3208": 12, "mcp3008": 10}
SINGLE_ENDED = 0b11000  # start bit, SGL/DIFF, and three bits of the channel behind them


class SpiAdc:
    """One chip; ``factory`` is gpiozero's pin factory, ``port`` and ``device`` the SPI line."""

    def __init__(self, factory: Any, chip: str, port: int = 0, device: int = 0) -> None:
        self._bits = BITS[chip]
        self._factory = factory
        self._place = {"port": port, "device": device}
        self._line: Any = None

    def open(self) -> None:
        """Claim the SPI line. It has no identity: the reference channel is the proof."""
        self.close()
        self._line = self._factory.spi(**self._place)

    def read(self, channel: int) -> int:
        """Convert now; return the counts, or raise TransientError."""
        # After the five bits come one for sampling and a zero, then the counts, highest bit first.
        asked = (SINGLE_ENDED | channel) << self._bits + 2
        try:
            got = self._line.transfer(list(asked.to_bytes(3, "big")))
        except OSError as error:
            raise TransientError(f"ADC channel {channel}: {error}") from error
        return int.from_bytes(bytes(got), "big") & (1 << self._bits) - 1

    def close(self) -> None:
        """Release the line; safe twice."""
        line, self._line = self._line, None
        if line is not None:
            line.close()
