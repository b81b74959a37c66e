"""Last of three: what the whole pilot board takes, drivers, buffers and fake chip included."""

import sys

import measured

HEAP_BYTES_MAX = 108 * 1024  # of 192 KB on the RP2040, where words have 32 bits


def test_the_whole_board_leaves_a_quarter_of_the_heap():
    measured.mark()
    before, after = measured.marks
    print("the pilot board takes", after - before, "bytes of heap")
    assert sys.maxsize > 1 << 31 or after - before <= HEAP_BYTES_MAX, after - before
