"""Ring 1 and the link on MicroPython: one pilot board, loaded and kept, for ``micro_heap``."""

import gc

gc.collect()
BEFORE = gc.mem_alloc()

from ampkeeper.firmware.pilot import PilotBoard  # noqa: E402 - it is what is measured
from ampkeeper.firmware.safety.signals import Inputs, Settings  # noqa: E402

board = PilotBoard(Settings(), "bench", 1)
inputs = Inputs()
for _ in range(100):
    board.tick(10, inputs)
    bytes(board.to_send())
gc.collect()
