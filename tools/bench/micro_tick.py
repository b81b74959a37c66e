"""Ring 1 on MicroPython: tick in ns, bytes that a hundred ticks allocate. Prints one line.

Run by ``micro.py`` under the interpreter that is measured, never under CPython.
"""

import gc
import sys
import time

from tools.bench.charging import Charge

BLOCKS = 20
COUNT = 2_000
WATCHED = 100

run = Charge().run  # bound once: binding allocates
allocated = 0
run(WATCHED)
run(COUNT)
gc.collect()
gc.disable()
allocated = -gc.mem_alloc()
run(WATCHED)
allocated += gc.mem_alloc()
gc.enable()

best_us = 1 << 29
for _ in range(BLOCKS):
    start = time.ticks_us()
    run(COUNT)
    best_us = min(best_us, time.ticks_diff(time.ticks_us(), start))

version = ".".join([str(part) for part in sys.implementation[1][:3]])
print(version, best_us * 1_000 // COUNT, allocated)
