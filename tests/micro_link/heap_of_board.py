"""Last of three: the heap with the whole board, and what it may be."""

import sys

import kept

IS_32_BIT = sys.maxsize < 1 << 31  # as on the RP2040
# Of 192 KB there. Where words have 64 bits this is what it was; it may only go down.
BUDGET_BYTES = (80 if IS_32_BIT else 106) * 1024


def test_the_board_stays_within_its_budget():
    kept.mark()
    before, ring, board = kept.marks
    print("ring 1 takes", ring - before, "bytes, with its end of the link", board - before)
    assert board - before <= BUDGET_BYTES, board - before


def test_the_board_has_not_loaded_what_is_for_people():
    for name in ("firmware.safety.names", "firmware.faults", "hal.link.host", "hal.link.reference"):
        assert "ampkeeper." + name not in sys.modules, name
