"""First of three: the heap before anything of the board is loaded. MicroPython only."""

import measured


def test_the_heap_is_measured():
    measured.mark()
