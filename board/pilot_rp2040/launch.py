"""Launch: which program of this board starts, and what runs while one is replaced.

Flashed over USB with ``main.py``, and never by the station: so a program that is broken cannot
take away the way to another. It is out of the heap again before the program is loaded.
"""

import os
import time

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import FACTORY, NONE, TRYING
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.micro import registers as r
from ampkeeper.hal.micro.files import Files
from ampkeeper.hal.micro.uart import LinkUart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BOARD = "pilot_rp2040"
PLACES = ("ampkeeper", "a", "b")  # folders of image.mpy: what it came with, and the slots
FLASH_WISH = 0x0A5F1A5  # in SCRATCH2: ring 1 stopped to be flashed
WATCHDOG_MS = 8_000  # while it is flashed; a write may take 400 ms, a hash seconds
TURN_MS = 2


def choose(chip: "Any", root: str = "") -> "tuple[str, int, bool]":
    """What starts now: its folder, what it says of itself, and whether the station flashed it.

    If the station shall flash, it may first, and an empty folder says to start the processor anew.
    ``root`` is where the files are; the pins are safe.
    """
    wishes_flash = chip.mem32[r.WATCHDOG_SCRATCH2] == FLASH_WISH
    chip.mem32[r.WATCHDOG_SCRATCH2] = 0
    programs = Programs(Files(root), BOARD)
    place = NONE if wishes_flash else programs.start()
    if place == NONE:
        let_flash(chip, programs)
        return "", 0, False
    if programs.slots.state == TRYING:
        chip.mem32[r.WATCHDOG_SCRATCH0] = 0  # its starts are counted already: it must not rest
    return root + PLACES[place], programs.told(place), place != FACTORY


def let_flash(chip: "Any", programs: Programs) -> None:
    """Talk to the station until something shall start. No ring 1, and all pins at rest."""
    clock: Any = time
    uart = LinkUart(chip, w.UART_NUMBER, w.UART_TX, w.UART_RX)
    chip.freq(r.CLK_SYS_HZ)
    uart.open()
    watchdog = chip.WDT(timeout=WATCHDOG_MS)
    flasher = Flasher(programs, int.from_bytes(os.urandom(3), "little") + 1)
    try:
        _talk(uart, flasher, watchdog, clock)
    except KeyboardInterrupt:  # a person at the console: no reset while he mends the files
        chip.mem32[r.WATCHDOG_CTRL + r.CLEAR_ALIAS] = r.WATCHDOG_ENABLE
        raise


def _talk(uart: LinkUart, flasher: Flasher, watchdog: "Any", clock: "Any") -> None:
    since_ms = clock.ticks_ms()
    frame = b""
    while not flasher.is_over or frame:
        uart.receive(flasher.feed)
        now_ms = clock.ticks_ms()
        flasher.tick(clock.ticks_diff(now_ms, since_ms))
        since_ms = now_ms
        frame = flasher.to_send()
        if frame:
            uart.send(memoryview(frame))
        watchdog.feed()
        clock.sleep_ms(TURN_MS)
