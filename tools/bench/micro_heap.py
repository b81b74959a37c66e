"""Ring 1 and the link on MicroPython: heap in use by one pilot board. Prints one line.

Run by ``micro.py`` after ``micro_load``, in a call of its own: the 32-bit build collects garbage
only between two calls.
"""

import gc

from tools.bench import micro_load

gc.collect()
print(gc.mem_alloc() - micro_load.BEFORE)
