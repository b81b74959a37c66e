"""UART: bytes between the pilot board and the station, without waiting and without allocation.

Part: ``machine.UART``, which has its own buffers and interrupts. Each call moves what is there.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BAUD = 115_200
CHUNK = 32
CHUNKS_MAX = 16  # in one call: four times what the line carries in 10 ms; the rest waits
BUFFER_BYTES = 512  # 44 ms of the line; more is lost and shows in the link's counters


class LinkUart:
    """The line to the station."""

    def __init__(self, chip: "Any", number: int, tx_gpio: int, rx_gpio: int) -> None:
        self._chip = chip
        self._number = number
        self._tx_gpio = tx_gpio
        self._rx_gpio = rx_gpio
        self._uart: "Any" = None
        self._buffer = bytearray(CHUNK)
        whole = memoryview(self._buffer)
        self._views = tuple(whole[:size] for size in range(CHUNK + 1))  # made once

    def open(self) -> None:
        """Listen."""
        pin = self._chip.Pin
        self._uart = self._chip.UART(
            self._number,
            baudrate=BAUD,
            tx=pin(self._tx_gpio),
            rx=pin(self._rx_gpio),
            txbuf=BUFFER_BYTES,
            rxbuf=BUFFER_BYTES,
            timeout=0,
            timeout_char=0,
        )

    def receive(self, take: "Callable[[memoryview], None]") -> None:
        """Hand over what has come; the bytes are valid during the call."""
        for _ in range(CHUNKS_MAX):
            waiting = min(self._uart.any(), CHUNK)
            if not waiting:
                return
            count = self._uart.readinto(self._views[waiting])
            if not count:
                return
            take(self._views[count])

    def send(self, frame: memoryview) -> None:
        """Queue a frame; what finds no room is cut off, and the far side refuses the rest."""
        if len(frame):
            self._uart.write(frame)

    def close(self) -> None:
        """Stop listening; safe twice."""
        if self._uart is not None:
            self._uart.deinit()
            self._uart = None
