"""Last of three: the heap with the whole board, and what it may be."""

import kept


def test_the_board_stays_within_its_budget():
    kept.mark()
    before, after = kept.marks
    most = kept.most[0]
    print("ring 1 with its end of the link takes", after - before, "bytes,", most, "on the way")
    assert most <= 192 * 1024, most
    assert 0 < after - before <= kept.BUDGET_BYTES, after - before
