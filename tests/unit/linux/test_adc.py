"""The converter bit by bit on gpiozero's mock SPI line."""

from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockSPIDevice

from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.linux.adc import CHANNELS, SpiAdc

CLOCK, MOSI, MISO, SELECT = 11, 10, 9, 8


class Mcp32(MockSPIDevice):
    """An MCP3208 or 3008 as its datasheet's figure of the 8-bit transfer has it."""

    def __init__(self, factory: Any, bits: int) -> None:
        super().__init__(CLOCK, MOSI, MISO, SELECT, pin_factory=factory)
        self.bits = bits
        self.values = [index * 500 % 2**bits for index in range(CHANNELS)]

    def on_bit(self) -> None:
        lead = 24 - self.bits - 7  # zeros before the start bit
        if self.rx_bit != lead + 5:
            return
        word = self.rx_word()
        assert word >> 4 == 1, "start bit"
        assert word >> 3 & 1, "single-ended"
        self.tx_buf = [0, 0]  # sampling, then the null bit
        self.tx_word(self.values[word & 0b111], self.bits)


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """gpiozero's SPI by hand looks for its pins at the default factory."""
    made = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", made)
    return made


@pytest.mark.parametrize(("chip", "bits"), [("mcp3208", 12), ("mcp3008", 10)])
def test_every_channel_gives_its_own_counts(factory: Any, chip: str, bits: int) -> None:
    part = Mcp32(factory, bits)
    adc = SpiAdc(factory, chip)
    adc.open()
    assert [adc.read(channel) for channel in range(CHANNELS)] == part.values
    adc.close()
    adc.close()


def test_both_ends_of_the_scale_arrive(factory: Any) -> None:
    part = Mcp32(factory, 12)
    part.values[:2] = [0, 4_095]
    adc = SpiAdc(factory, "mcp3208")
    adc.open()
    assert (adc.read(0), adc.read(1)) == (0, 4_095)
    adc.close()


def test_a_transfer_that_fails_is_transient(factory: Any) -> None:
    class Broken:
        bits_per_word = 8

        def transfer(self, data: list[int]) -> list[int]:
            raise OSError("SPI transfer error -1")

        def close(self) -> None:
            """Nothing to release."""

    factory.spi = lambda **_: Broken()
    adc = SpiAdc(factory, "mcp3208")
    adc.open()
    with pytest.raises(TransientError, match="channel 3: SPI transfer error"):
        adc.read(3)
    adc.close()
