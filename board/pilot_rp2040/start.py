"""Start: builds ring 1 on this board and turns for ever; ``main.py`` has made the pins safe.

It ends in three ways. An exception: outputs safe, the watchdog goes on and resets. Ctrl-C on the
USB console, which counts only while the coil is off: outputs safe, watchdog stopped, and the
REPL is open for ``ampkeeper pilot``. The station wants to flash: outputs safe, and the launcher
starts the processor anew.
"""

import binascii
import gc
import hashlib
import os
import time

from ampkeeper.board.pilot_rp2040.board import Board
from ampkeeper.board.pilot_rp2040.integrity import CHECK_FIRMWARE, is_intact
from ampkeeper.board.pilot_rp2040.loop import Loop
from ampkeeper.firmware import __version__
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.link.messages import BITS_30, PROTOCOL
from ampkeeper.hal.micro.registers import CLK_SYS_HZ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "pilot_rp2040"


class Host:
    """What the loop needs of the interpreter: its clock, its collector, its console."""

    def __init__(self, chip: "Any", kbd_intr: "Any") -> None:
        clock: Any = time
        self.ticks_us = clock.ticks_us
        self.ticks_diff = clock.ticks_diff
        self.sleep_ms = clock.sleep_ms
        self.idle = chip.idle
        self.collect = gc.collect
        self.kbd_intr = kbd_intr


def new_epoch() -> int:
    """A number of 1 to 2**30 - 1 from the ring oscillator, so that no boot repeats another's.

    Not a counter in flash: writing flash stops both cores for up to 400 ms, and wears it out.
    """
    return int.from_bytes(os.urandom(4), "little") & BITS_30 or 1


def begin(chip: "Any", rp2: "Any", kbd_intr: "Any", told: int) -> bool:
    """What the launcher calls, of every version alike: True once it stopped to be flashed."""
    return run(chip, rp2, Host(chip, kbd_intr), told)


def run(chip: "Any", rp2: "Any", host: Host, told: int = 0) -> bool:
    """Run until Ctrl-C, or to be flashed; ``chip`` is the module ``machine``.

    ``told`` is what IDENTITY says of the program; 0: the station cannot flash it.
    """
    chip.freq(CLK_SYS_HZ)
    board = Board(chip, rp2)
    reason = board.watchdog.boot_reason()
    if not board.watchdog.may_start():
        print("ampkeeper", NAME, "hung too often and rests; reset it to try again")
        return False
    board.open()
    ring = PilotBoard(Settings(), NAME, new_epoch(), __version__, reason, told)
    loop = Loop(board, ring, host)
    note_integrity(board)
    print("ampkeeper", NAME, __version__, "protocol", PROTOCOL)
    board.warm_up(host.sleep_ms)
    host.collect()
    board.watchdog.open()
    try:
        loop.start()
        while not ring.is_leaving:
            loop.turn()
        return True
    except KeyboardInterrupt:
        board.make_safe()
        board.watchdog.stop()
        print("stopped; outputs are safe, the watchdog is off")
        return False
    finally:
        board.make_safe()


def note_integrity(board: Board) -> None:
    """Run self-test 1 and put its result among the inputs."""
    inputs = board.lines.inputs
    inputs.checks_known |= CHECK_FIRMWARE
    if not is_intact(hashlib, binascii):
        inputs.checks_failed |= CHECK_FIRMWARE
