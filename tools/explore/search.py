"""Search: breadth-first over every state and every letter, until nothing new is found.

A broken invariant ends it with the shortest sequence of letters that leads there. I7 is judged
at the end: from every state, the letter that is home again and again must lead to a charger that
is ready, or to one whose latched fault a person may clear, and then is ready.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from traceback import extract_tb

from ampkeeper.firmware.safety import sequence
from ampkeeper.firmware.safety.fault import CODE_COUNT, PE_LOST, SERVICE, clearing_of
from ampkeeper.firmware.safety.lock import NO_LOCK, UNLOCKED
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore.again import Again, Parted
from tools.explore.debounce import Asked, FurtherAsked
from tools.explore.forget import forget, rules_of
from tools.explore.memory import Memory
from tools.explore.watch import Broken, Watch
from tools.explore.world import CLASSES, Letter, Plan, World

HOME = 0  # the first letter
CHARGE = Letter(cp="C", host="16A")
CHARGE_TICKS, STEADY_TICKS = 100, 3
CHECK_EVERY = 5_000
AGAIN_EVERY = 53  # ways are gone again
SETTLE_TICKS = 12  # at home, until all ages since boot have come to their end
WATCH_BYTES = 4
UNSEEN, UNDER_WAY = -1, -2
TRIAL_TICKS, TRIAL_HOLD = 2_000, 12


class Counterexample(Exception):
    """An invariant that does not hold, with the shortest way to it."""


@dataclass(frozen=True)
class Result:
    """What was covered."""

    states: int
    transitions: int
    depth: int  # of the state that is farthest from boot, in ticks
    is_closed: bool  # False: the budget ended it
    home_ticks: int  # the longest way home
    widest: tuple[str, ...]  # attributes with the most values
    sequences: frozenset[int]  # states of the sequence that were reached


class Search:
    """One exploration of one supervisor."""

    def __init__(self, supervisor: Supervisor, plan: Plan) -> None:
        self.letters = plan.letters()
        self.supervisor = supervisor
        self.memory = Memory(supervisor, rules_of(supervisor, plan))
        self.world = World(supervisor, plan)
        self._has_bounces = plan.has_bounces
        self.asked = Asked(self.memory.parts)
        self.watch = Watch(self.world)
        self.states: list[bytes] = []
        self._again = Again(self)
        self._starts: list[tuple[bytes, tuple[int, ...]]] = []  # and the way there
        self._count = 0  # of transitions
        self._sequences: set[int] = set()
        self._watched: list[tuple[int, ...]] = []
        self._number_of_watched: dict[tuple[int, ...], int] = {}
        self._number_of: dict[bytes, int] = {}
        self._parent = array("i")
        self._by = array("b")
        self._home = array("i")  # where the letter home leads from each state
        self._depth = array("i")

    def run(self, most_states: int, is_from_charge: bool = False) -> Result:
        """Explore until closure, or until so many states are known.

        ``is_from_charge`` starts in a charge as well as at home: a small budget sees more so.
        """
        with self.asked:
            self._try_out()
            while (result := self._tried(most_states, is_from_charge)) is None:
                self._clear()
            return result

    def step(self, index: int) -> None:
        """Let one letter happen, and judge what came of it.

        Where a plan has no bounces, what the car newly shows lasts a tick longer, until it
        counts.
        """
        letter = self.letters[index]
        if not self._has_bounces and self.supervisor.pilot._raw.value != CLASSES[letter.cp]:
            self.world.step(index)
            self.watch.judge(letter)
        self.world.step(index)
        self.watch.judge(letter)

    def state(self) -> bytes:
        """Forget what nobody will ask for, and return the key of the rest."""
        self.asked.stop()
        forget(self.supervisor)
        return self.memory.save() + self._watch_key()

    def go_to(self, state: bytes) -> None:
        """Become what a key says."""
        self.memory.load(state[:-WATCH_BYTES])
        self.watch.load(self._watched_of(state))

    def differences(self, state: bytes, other: bytes) -> list[str]:
        """Name what differs between two states."""
        told = self.memory.differences(state[:-WATCH_BYTES], other[:-WATCH_BYTES])
        one, two = self._watched_of(state), self._watched_of(other)
        return told + ([f"watch: {one} and {two}"] if one != two else [])

    def letters_to(self, number: int) -> list[int]:
        """Return the shortest sequence of letters that leads to a state from home."""
        way: list[int] = []
        while self._parent[number] >= 0:
            way.append(self._by[number])
            number = self._parent[number]
        start = self._starts[number][1] if number < len(self._starts) else ()
        return [*start, *reversed(way)]

    def _try_out(self) -> None:
        """Let random letters happen, so that most questions to the levels are known."""
        for _ in range(SETTLE_TICKS):
            self.world.step(HOME)
        self._again.begin()
        start = self.state()
        dice = Random(1)
        index = HOME
        for tick in range(TRIAL_TICKS):
            if tick % TRIAL_HOLD == 0:
                index = dice.randrange(len(self.letters))
            try:
                self.world.step(index)
            except AssertionError:
                break  # the search will find the shortest way there
        self.memory.touch()
        self.go_to(start)
        self.asked.is_trial = False
        self._starts = [(self.state(), ())]

    def _tried(self, most_states: int, is_from_charge: bool) -> Result | None:
        """Explore; return None if a level was asked further than was known."""
        try:
            if is_from_charge:
                self._starts[1:] = [self._charge()]
            return self._run(most_states)
        except FurtherAsked:
            return None

    def _charge(self) -> tuple[bytes, tuple[int, ...]]:
        """Return a state in mid charge, or the first one if this plan never charges."""
        self.go_to(self._starts[0][0])
        charge = replace(CHARGE, outlet=self.letters[HOME].outlet)
        index = self.letters.index(charge) if charge in self.letters else HOME
        charged = ticks = 0
        while ticks < CHARGE_TICKS and charged < STEADY_TICKS:
            self.step(index)
            self.go_to(self.state())
            ticks += 1
            is_charging = self.supervisor.sequence.state == sequence.CHARGING
            charged = charged + 1 if is_charging else 0
        return self.state(), (index,) * ticks

    def _clear(self) -> None:
        """Start anew: a level has to count further than was known."""
        self.memory.touch()
        self.states.clear()
        self._number_of.clear()
        for column in (self._parent, self._by, self._home, self._depth):
            del column[:]
        self._again.clear()
        self._count = 0

    def _watched_of(self, state: bytes) -> tuple[int, ...]:
        return self._watched[int.from_bytes(state[-WATCH_BYTES:], "little")]

    def _watch_key(self) -> bytes:
        watched = self.watch.save()
        number = self._number_of_watched.get(watched, -1)
        if number < 0:
            number = len(self._watched)
            self._number_of_watched[watched] = number
            self._watched.append(watched)
        return number.to_bytes(WATCH_BYTES, "little")

    def _run(self, most_states: int) -> Result:
        for start, _ in self._starts:
            self.memory.touch()
            self.go_to(start)
            self._note(-1, -1)
        number = 0
        while number < len(self.states):
            self._expand(number)
            number += 1
            if number % CHECK_EVERY == 0:
                self.memory.check_shape()
            if len(self.states) >= most_states:
                break
        self.memory.check_shape()
        try:
            self._again.go()
        except Parted as parted:
            raise Counterexample(_told(str(parted), self.words_of(parted.way))) from parted
        is_closed = number == len(self.states)
        return Result(
            states=len(self.states),
            transitions=self._count,
            depth=self._depth[-1],
            is_closed=is_closed,
            home_ticks=self._judge_ways_home() if is_closed else -1,
            widest=tuple(self.memory.widest()),
            sequences=frozenset(self._sequences),
        )

    def words_of(self, way: list[int]) -> list[str]:
        """Return a sequence of letters in words."""
        return [self.letters[index].words() for index in way]

    def _expand(self, number: int) -> None:
        state = self.states[number]
        self.go_to(state)
        has_faults = self.supervisor.faults.bitmap() != 0
        for index, letter in enumerate(self.letters):
            if letter.clears and not has_faults:
                continue  # nothing to clear: as without
            self.go_to(state)
            try:
                self.step(index)
            except (Broken, AssertionError) as error:
                way = self.words_of([*self.letters_to(number), index])
                raise Counterexample(_told(str(error) or _place_of(error), way)) from error
            found = self._note(number, index)
            if index == HOME:
                self._home.append(found)
            self._count += 1
            if self._count % AGAIN_EVERY == 0:
                self._again.add(number, index, found)

    def _note(self, parent: int, by: int) -> int:
        state = self.state()
        found = self._number_of.get(state, -1)
        if found < 0:
            found = len(self.states)
            self._number_of[state] = found
            self.states.append(state)
            self._sequences.add(self.supervisor.sequence.state)
            self._parent.append(parent)
            self._by.append(by)
            self._depth.append(self._depth[parent] + 1 if parent >= 0 else 0)
        return found

    def _judge_ways_home(self) -> int:
        """I7: return the longest way home in ticks; raise for a state that has none."""
        ticks = array("i", [UNSEEN]) * len(self.states)
        for start in range(len(self.states)):
            way = []
            number = start
            while ticks[number] == UNSEEN:
                ticks[number] = UNDER_WAY
                way.append(number)
                number = self._home[number]
            length = ticks[number]
            if length == UNDER_WAY:  # from here it goes in a circle, most often of one state
                begin = way.index(number)
                for each in way[begin:]:
                    self._judge_end(each)
                    ticks[each] = 0
                del way[begin:]
                length = 0
            for passed in reversed(way):
                length += 1
                ticks[passed] = length
        return max(ticks)

    def _judge_end(self, number: int) -> None:
        """Judge a state that going home does not leave."""
        self.go_to(self.states[number])
        if self._is_ready():
            return
        latched = list(self._latched())
        if latched:
            for code in latched:
                self.supervisor.clear(code)
            for _ in range(50):
                self.world.step(HOME)
            self.memory.touch()
        if not latched or not self._is_ready():
            words = "I7: unplugging does not lead to a charger that is ready"
            raise Counterexample(_told(words, self.words_of(self.letters_to(number))))

    def _is_ready(self) -> bool:
        ring = self.supervisor
        is_quiet = ring.faults.high_count == 0 and ring.faults.medium_count == 0
        is_free = ring.lock.state in (NO_LOCK, UNLOCKED)
        is_idle = ring.sequence.state == sequence.IDLE and not ring.contactor.coil
        return is_idle and is_quiet and is_free

    def _latched(self) -> Iterator[int]:
        for code in range(CODE_COUNT):
            is_latched = clearing_of(code) == SERVICE or code == PE_LOST
            if is_latched and self.supervisor.faults.is_raised(code):
                yield code


def _place_of(error: BaseException) -> str:
    """Name the line of an assertion without words."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{frame.line} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"


def _told(words: str, way: list[str]) -> str:
    lines: list[str] = []
    start = 0
    for end in range(1, len(way) + 1):
        if end == len(way) or way[end] != way[start]:
            lines.append(f"  {end - start:3} x {way[start]}")
            start = end
    return "\n".join([words, f"after {len(way)} ticks:", *lines])
