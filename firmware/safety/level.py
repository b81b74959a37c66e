"""Level: how long a raw reading has been the same, for every debounce in ring 1.

A reading counts once it was the same for a number of blocks *and* a time: two blocks are no
proof when blocks are 1 ms long, and 20 ms are none when they were seen only once.
"""

from ampkeeper.firmware.safety.units import BLOCK_MS, const

_HELD_MS_MAX = const(60_000)  # counting on would reach large integers, which allocate


class Level:
    """One raw reading and its age."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.blocks = 0
        self.held_ms = 0

    def tick(self, elapsed_ms: int, value: int) -> None:
        """Take the reading of the block that ended now."""
        if value == self.value:
            if self.held_ms < _HELD_MS_MAX:
                self.blocks += 1
                self.held_ms = min(self.held_ms + elapsed_ms, _HELD_MS_MAX)
        else:
            self.value = value
            self.blocks = 1
            self.held_ms = min(elapsed_ms, BLOCK_MS)  # nobody saw what was before the block

    def is_held(self, blocks: int, held_ms: int) -> bool:
        """Tell whether the reading lasted ``blocks`` blocks and ``held_ms``."""
        return self.blocks >= blocks and self.held_ms >= held_ms

    def reset(self, value: int) -> None:
        """Forget the past."""
        self.value = value
        self.blocks = 0
        self.held_ms = 0
