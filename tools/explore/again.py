"""Again: proof by sample that a key forgets nothing that decides.

Three ways, each with a supervisor that remembers more than a key does:

- a step taken again, out of order, while parts that a key leaves out are as they happen to be;
- after such a step, every letter, once with all that the supervisor has and once with what the
  key holds of it;
- whole ways from home, to states chosen at random and along letters chosen at random, by a
  supervisor from which nothing was ever taken.

Whatever is left of it after each tick must be the state that the search found there.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tools.explore.memory import Memory, Rules
from tools.explore.watch import Broken

if TYPE_CHECKING:
    from tools.explore.search import Search

WIDE_MAX = 1_000  # steps after which every letter is tried
WAYS_MAX = 200  # to states
WALK_TICKS_MAX = 20_000
HOLD_TICKS_MAX = 15  # a letter of the walk
SHARE = 100  # of so many states one is gone to; a small search takes small proof


class Parted(Exception):
    """A supervisor that remembers more goes elsewhere; ``way`` leads there."""

    def __init__(self, words: str, way: list[int]) -> None:
        super().__init__(words)
        self.way = way


class Again:
    """The proof for one search."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._whole = Memory(search.supervisor, Rules())
        self._start = b""
        self._steps: list[tuple[int, int, int]] = []  # from, letter, to

    def begin(self) -> None:
        """Take the supervisor as it is for the one from which nothing was ever taken."""
        self._start = self._whole.save()

    def add(self, number: int, index: int, found: int) -> None:
        """Note a step that is to be taken again."""
        self._steps.append((number, index, found))

    def clear(self) -> None:
        """Forget the steps: the search starts anew."""
        self._steps.clear()

    def go(self) -> None:
        """Go everything again; raise ``Parted`` if it leads elsewhere."""
        states = self._search.states
        dice = Random(2)
        dice.shuffle(self._steps)
        wide = min(WIDE_MAX, len(states) // SHARE)
        for at, (number, index, found) in enumerate(self._steps):
            self._step_again(number, index, found)
            if at < wide:
                self._step_wide(number, index, found)
        for _ in range(min(WAYS_MAX, len(states) // SHARE)):
            self._walk(self._search.letters_to(dice.randrange(len(states))))
        ticks = min(WALK_TICKS_MAX, len(states) // 2)
        way: list[int] = []
        while len(way) < ticks:
            index = dice.randrange(len(self._search.letters))
            way += [index] * dice.randint(1, HOLD_TICKS_MAX)
        self._walk(way)

    def _step_again(self, number: int, index: int, found: int) -> None:
        search = self._search
        search.go_to(search.states[number])
        search.step(index)
        self._compare(search.state(), search.states[found], [*search.letters_to(number), index])

    def _step_wide(self, number: int, index: int, found: int) -> None:
        search = self._search
        search.go_to(search.states[number])
        search.step(index)
        whole, watched = self._whole.save(), search.watch.save()
        for letter in range(len(search.letters)):
            self._become(whole, watched)
            search.step(letter)
            left = search.state()
            search.go_to(search.states[found])
            search.step(letter)
            self._compare(left, search.state(), [*search.letters_to(number), index, letter])

    def _walk(self, way: list[int]) -> None:
        search = self._search
        search.go_to(search.states[0])
        whole, watched = self._start, search.watch.save()
        state = search.states[0]
        for tick, index in enumerate(way):
            self._become(whole, watched)
            try:
                search.step(index)
            except (Broken, AssertionError) as error:
                raise Parted(str(error), way[: tick + 1]) from error
            whole, watched = self._whole.save(), search.watch.save()
            left = search.state()
            search.go_to(state)
            search.step(index)
            state = search.state()
            self._compare(left, state, way[: tick + 1])

    def _become(self, whole: bytes, watched: tuple[int, ...]) -> None:
        self._whole.touch()
        self._whole.load(whole)
        self._search.memory.touch()
        self._search.watch.load(watched)

    def _compare(self, left: bytes, expected: bytes, way: list[int]) -> None:
        if left != expected:
            differences = ", ".join(self._search.differences(left, expected))
            raise Parted(f"a key forgets what decides: {differences}", way)
