"""Last of three: the heap with the whole board, and what it may be."""

import sys

import kept

BUDGET_BYTES = 96 * 1024  # of 192 KB on the RP2040
RING_BYTES = 64 * 1024  # where words have 32 bits, as there


def test_the_board_stays_within_its_budget():
    kept.mark()
    before, ring, board = kept.marks
    print("ring 1 takes", ring - before, "bytes, with its end of the link", board - before)
    assert board - before <= BUDGET_BYTES, board - before
    assert sys.maxsize > 1 << 31 or ring - before <= RING_BYTES, ring - before


def test_the_board_has_not_loaded_what_is_for_people():
    for name in ("firmware.safety.names", "firmware.faults", "hal.link.host", "hal.link.reference"):
        assert "ampkeeper." + name not in sys.modules, name
