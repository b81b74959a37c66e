"""First of three: the heap before anything of ours is loaded."""

import kept


def test_the_heap_is_measured():
    kept.mark()
