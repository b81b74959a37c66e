"""What is loaded and kept while the heap is measured. MicroPython only.

The 32-bit build collects garbage only between two calls from outside, so a measurement has three
modules that run one after the other, and this one, which stays, between them.
"""

import gc
import sys

IS_32_BIT = sys.maxsize < 1 << 31  # as on the RP2040
BUDGET_BYTES = (66 if IS_32_BIT else 96) * 1024  # of 192 KB
held = []
marks = []  # bytes in use
most = []  # with all that was ever allocated, as nothing is collected before


def mark():
    gc.collect()
    marks.append(gc.mem_alloc())


def mark_most():
    most.append(gc.mem_alloc())
