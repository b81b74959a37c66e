"""Debounce: how far each level has to count, found by asking it.

A level counts blocks and time for ever; only what is asked of it matters. ``Asked`` notes what
each level is asked during a trial run. A question afterwards that goes further is noted too, and
the search starts anew; so a level that is stopped there is as good as one that counts on.
"""

from typing import Any

from ampkeeper.firmware.safety.level import Level

CLASS: Any = Level  # its method is replaced while a search runs
NOT_FOLLOWED = (10**9, 10**9)  # a level of a part that is left alone counts as it likes


class Asked:
    """What was asked of each level of one supervisor; put in the place of ``is_held``."""

    def __init__(self, parts: list[object]) -> None:
        self.levels = [part for part in parts if isinstance(part, Level)]
        self.most = {id(level): (0, 0) for level in self.levels}  # blocks, ms
        self.is_trial = True
        self._original = Level.is_held

    def __enter__(self) -> "Asked":
        asked = self

        def is_held(level: Level, blocks: int, held_ms: int) -> bool:
            most_blocks, most_ms = asked.most.get(id(level), NOT_FOLLOWED)
            if blocks > most_blocks or held_ms > most_ms:
                asked.note(level, max(blocks, most_blocks), max(held_ms, most_ms))
            return level.blocks >= blocks and level.held_ms >= held_ms

        CLASS.is_held = is_held
        return self

    def __exit__(self, *_: object) -> None:
        CLASS.is_held = self._original

    def note(self, level: Level, blocks: int, held_ms: int) -> None:
        """Take a question that goes further than those before."""
        self.most[id(level)] = (blocks, held_ms)
        if not self.is_trial:
            raise FurtherAsked(f"a level is asked for {blocks} blocks and {held_ms} ms")

    def stop(self) -> None:
        """Stop every level where nothing is asked any more; call after each tick."""
        for level in self.levels:
            blocks, held_ms = self.most[id(level)]
            if level.blocks > blocks:
                level.blocks = blocks
            if level.held_ms > held_ms:
                level.held_ms = held_ms


class FurtherAsked(Exception):
    """A level was asked more than was known: states seen so far may have been one too early."""
