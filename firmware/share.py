"""Sharing one limit among those who charge, in the order in which they came.

Who cannot have the least that he can use waits, and keeps nobody who can use less from charging.
The rest is shared so that none has less than another, but for those who need more than that at
least. Pure.
"""

from collections.abc import Mapping


def fitting(total_a: float, least_a: Mapping[int, float]) -> list[int]:
    """Those of ``least_a`` who can have at least that together, first come first served."""
    found, left_a = [], total_a
    for wanter, need_a in least_a.items():
        if need_a <= left_a:
            left_a -= need_a
            found.append(wanter)
    return found


def parts_of(total_a: float, least_a: Mapping[int, float]) -> dict[int, float]:
    """Equal parts of ``total_a`` per phase, none below the least of its id.

    The sum is ``total_a``, if all have their least in that; nobody is left out here.
    """
    most: dict[int, float] = {}  # those whose least is more than an equal part
    left_a, count = total_a, len(least_a)
    for wanter, need_a in sorted(least_a.items(), key=lambda one: -one[1]):
        if need_a <= left_a / count:
            break
        most[wanter] = need_a
        left_a, count = left_a - need_a, count - 1
    part_a = left_a / max(1, count)
    return {wanter: most.get(wanter, part_a) for wanter in least_a}


def equal_shares(total_a: float, least_a: Mapping[int, float]) -> dict[int, float]:
    """The part per phase of each id; the sum is never above ``total_a``.

    ``least_a``: the least that each can use, in the order in which they came.
    """
    served = parts_of(total_a, {one: least_a[one] for one in fitting(total_a, least_a)})
    return dict.fromkeys(least_a, 0.0) | served
