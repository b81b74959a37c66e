"""Last of three: the heap with ring 1, which has no budget of its own but a figure."""

import kept


def test_ring_1_is_less_than_the_board_may_be():
    kept.mark()
    before, after = kept.marks
    print("ring 1 takes", after - before, "bytes")
    assert 0 < after - before <= kept.BUDGET_BYTES, after - before
