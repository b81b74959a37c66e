"""ADC: a Microchip MCP3208 or MCP3008 on SPI, through ``gpiozero``.

Eight channels, single-ended, 12 or 10 bits of the reference voltage; one conversion is one SPI
transfer of 24 bits. It tells nothing of its own health: a dead line reads as all zeros or all
ones, which ``scales`` maps to values that no plausible signal has.
Datasheets DS21298 (MCP3204/3208) and DS21295 (MCP3004/3008), section 5.
"""

from typing import Any

from gpiozero import MCP3008, MCP3208

from ampkeeper.hal.errors import TransientError

CHANNELS = 8
CHIPS = {"mcp3208": MCP3208, "mcp3008": MCP3008}


class SpiAdc:
    """One chip; ``factory`` is gpiozero's pin factory, ``port`` and ``device`` the SPI line."""

    def __init__(self, factory: Any, chip: str, port: int = 0, device: int = 0) -> None:
        self._make = CHIPS[chip]
        self._factory = factory
        self._spi = {"port": port, "device": device}
        self._channels: list[Any] = []

    def open(self) -> None:
        """Claim the SPI line. It has no identity: the reference channel is the proof."""
        self.close()
        for channel in range(CHANNELS):
            self._channels.append(
                self._make(channel=channel, pin_factory=self._factory, **self._spi)
            )

    def read(self, channel: int) -> int:
        """Convert now; return the counts, or raise TransientError."""
        try:
            return int(self._channels[channel].raw_value)
        except OSError as error:
            raise TransientError(f"ADC channel {channel}: {error}") from error

    def close(self) -> None:
        """Release the line; safe twice."""
        channels, self._channels = self._channels, []
        for channel in channels:
            channel.close()
