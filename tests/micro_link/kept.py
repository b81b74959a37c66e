"""What is loaded and kept while the heap is measured. MicroPython only.

The 32-bit build collects garbage only between two calls from outside, so a measurement has three
modules that run one after the other, and this one, which stays, between them.
"""

import gc

held = []
marks = []  # bytes in use


def mark():
    gc.collect()
    marks.append(gc.mem_alloc())
