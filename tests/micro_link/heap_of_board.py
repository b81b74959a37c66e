"""How much of the heap ring 1 and its end of the link take, from .mpy. MicroPython only.

The 32-bit build's heap grows as needed, so the amount is measured, not capped.
"""

import gc
import sys

gc.collect()
BEFORE = gc.mem_alloc()

from ampkeeper.firmware.pilot import PilotBoard  # noqa: E402 - after the measurement
from ampkeeper.firmware.safety.signals import Settings  # noqa: E402

BUDGET_BYTES = 96 * 1024  # of 192 KB on the RP2040, whose words have 32 bits


def test_the_whole_board_stays_within_its_budget():
    board = PilotBoard(Settings(), "bench", 1)
    gc.collect()
    taken = gc.mem_alloc() - BEFORE
    assert board
    assert sys.maxsize > 1 << 31 or taken <= BUDGET_BYTES, taken
    print("board takes", taken, "bytes")
