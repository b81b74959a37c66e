"""Sharing one limit among the EVSEs of one station, in the order in which they came.

Equal parts of at least 6 A; where that is not enough for all, the last to come wait. Pure.
"""

from collections.abc import Sequence

from ampkeeper.firmware.limits.ledger import CURRENT_A_MIN


def equal_shares(total_a: float, wanting: Sequence[int]) -> dict[int, float]:
    """The part per phase of each id in ``wanting``; the sum is never above ``total_a``."""
    count = min(len(wanting), int(total_a // CURRENT_A_MIN))
    if count == 0:
        return dict.fromkeys(wanting, 0.0)
    part_a = total_a / count
    return {wanter: part_a if place < count else 0.0 for place, wanter in enumerate(wanting)}
