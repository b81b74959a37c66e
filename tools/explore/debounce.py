"""Debounce: how far each level has to count, found by asking it.

A level counts blocks and time for ever; only what is asked of it matters, and only while it has
the value that it is asked about, since another value begins anew. ``Asked`` notes what each
level is asked at each value during a trial run. A question afterwards that goes further is noted
too, and the search starts anew; so a level that is stopped there is as good as one that counts
on.
"""

from __future__ import annotations

from typing import Any

from ampkeeper.firmware.safety.level import Level

CLASS: Any = Level  # its method is replaced while a search runs
NOTHING = (0, 0)

Most = dict[int, tuple[int, int]]  # value -> blocks, ms


class Asked:
    """What was asked of each level of one supervisor; put in the place of ``is_held``."""

    def __init__(self, parts: list[object]) -> None:
        self.levels: list[tuple[Level, Most]] = [(p, {}) for p in parts if isinstance(p, Level)]
        self.is_trial = True
        self._most = {id(level): most for level, most in self.levels}
        self._original = Level.is_held

    def __enter__(self) -> Asked:
        asked = self

        def is_held(level: Level, blocks: int, held_ms: int) -> bool:
            most = asked._most.get(id(level))
            if most is not None:  # else of a part that is left alone: it counts as it likes
                most_blocks, most_ms = most.get(level.value, NOTHING)
                if blocks > most_blocks or held_ms > most_ms:
                    most[level.value] = (max(blocks, most_blocks), max(held_ms, most_ms))
                    asked.note(level)
            return level.blocks >= blocks and level.held_ms >= held_ms

        CLASS.is_held = is_held
        return self

    def __exit__(self, *_: object) -> None:
        CLASS.is_held = self._original

    def note(self, level: Level) -> None:
        """Take a question that goes further than those before."""
        if not self.is_trial:
            raise FurtherAsked(f"a level at {level.value} is asked further than before")

    def stop(self) -> None:
        """Stop every level where nothing is asked any more; call after each tick."""
        for level, most in self.levels:
            blocks, held_ms = most.get(level.value, NOTHING)
            if level.blocks > blocks:
                level.blocks = blocks
            if level.held_ms > held_ms:
                level.held_ms = held_ms


class FurtherAsked(Exception):
    """A level was asked more than was known: states seen so far may have been one too early."""
