"""Search: breadth-first over every state and every letter, until nothing new is found.

A broken invariant ends it with the shortest sequence of letters that leads there. I7 is judged
at the end: from every state, the letter that is home again and again must lead to a charger that
is ready, or to one whose latched fault a person may clear, and then is ready.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from traceback import extract_tb

from ampkeeper.firmware.safety import sequence
from ampkeeper.firmware.safety.fault import CODE_COUNT, PE_LOST, SERVICE, clearing_of
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore.debounce import Asked, FurtherAsked
from tools.explore.memory import Memory
from tools.explore.ring import caps_of
from tools.explore.scale import LONGEST_MS
from tools.explore.watch import Broken, Watch
from tools.explore.world import Letter, Plan, World

HOME = 0  # the first letter
CHARGE = Letter(cp="C", host="16A")
CHARGE_TICKS, STEADY_TICKS = 100, 3
CHECK_EVERY = 5_000
AGAIN_EVERY = 53
SETTLE_TICKS = 12  # at home, until all ages since boot have come to their end
TRIAL_TICKS, TRIAL_HOLD = 2_000, 12
State = tuple[bytes, tuple[int, ...]]


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
        self.letters = letters = plan.letters()
        self.supervisor = supervisor
        self.memory = Memory(supervisor, LONGEST_MS, caps_of(supervisor), plan.blind)
        self.world = World(supervisor, letters)
        self.asked = Asked(self.memory.parts)
        self.watch = Watch(self.world)
        self._starts: list[State] = []
        self._count = 0  # of transitions
        self._sequences: set[int] = set()
        self._again: list[tuple[int, int, int]] = []  # from, letter, to
        self._states: list[State] = []
        self._number_of: dict[State, int] = {}
        self._parent = array("l")
        self._by = array("l")
        self._home = array("l")  # where the letter home leads from each state
        self._depth = array("l")

    def run(self, most_states: int, is_from_charge: bool = False) -> Result:
        """Explore until closure, or until so many states are known.

        ``is_from_charge`` starts in a charge as well as at home: a small budget sees more so.
        """
        with self.asked:
            self._try_out()
            if is_from_charge:
                self._starts.append(self._charge())
            while True:
                try:
                    return self._run(most_states)
                except FurtherAsked:
                    self._forget()

    def _try_out(self) -> None:
        """Let random letters happen, so that most questions to the levels are known."""
        for _ in range(SETTLE_TICKS):
            self.world.step(HOME)
        start = self._state()
        dice = Random(1)
        index = HOME
        for tick in range(TRIAL_TICKS):
            if tick % TRIAL_HOLD == 0:
                index = dice.randrange(len(self.letters))
            try:
                self.world.step(index)
            except AssertionError:
                break  # the search will find the shortest way there
        self._go_to(start)
        self.asked.is_trial = False
        self._starts = [self._state()]

    def _charge(self) -> State:
        """Return a state in mid charge, or the first one if this plan never charges."""
        self._go_to(self._starts[0])
        index = next((i for i, each in enumerate(self.letters) if each == CHARGE), HOME)
        charged = 0
        for _ in range(CHARGE_TICKS):
            self.world.step(index)
            self.watch.judge(self.letters[index])
            self._state()
            is_charging = self.supervisor.outputs.sequence == sequence.CHARGING
            charged = charged + 1 if is_charging else 0
            if charged == STEADY_TICKS:
                break
        return self._state()

    def _go_to(self, state: State) -> None:
        self.memory.touch()
        self.memory.load(state[0])
        self.watch.load(state[1])

    def _forget(self) -> None:
        """Start anew: a level has to count further than was known."""
        self._states.clear()
        self._number_of.clear()
        for column in (self._parent, self._by, self._home, self._depth):
            del column[:]
        self._again.clear()
        self._count = 0

    def _state(self) -> State:
        self.asked.stop()
        return (self.memory.save(), self.watch.save())

    def _run(self, most_states: int) -> Result:
        for start in self._starts:
            self._go_to(start)
            self._note(-1, -1)
        number = 0
        while number < len(self._states):
            self._expand(number)
            number += 1
            if number % CHECK_EVERY == 0:
                self.memory.check_shape()
            if len(self._states) >= most_states:
                break
        self.memory.check_shape()
        self._go_again()
        is_closed = number == len(self._states)
        return Result(
            states=len(self._states),
            transitions=self._count,
            depth=self._depth[-1],
            is_closed=is_closed,
            home_ticks=self._judge_ways_home() if is_closed else -1,
            widest=tuple(self.memory.widest()),
            sequences=frozenset(self._sequences),
        )

    def way_to(self, number: int) -> list[str]:
        """Return the shortest sequence of letters to a state, in words."""
        words: list[str] = []
        while self._parent[number] >= 0:
            words.append(self.letters[self._by[number]].words())
            number = self._parent[number]
        if number != HOME:
            words.append("in a charge")
        return words[::-1]

    def _expand(self, number: int) -> None:
        key, remembered = self._states[number]
        for index, letter in enumerate(self.letters):
            self.memory.load(key)
            if letter.clears and self.supervisor.faults.bitmap() == 0:
                continue  # nothing to clear: as without
            self.watch.load(remembered)
            try:
                self.world.step(index)
                self.watch.judge(letter)
            except (Broken, AssertionError) as error:
                way = [*self.way_to(number), letter.words()]
                raise Counterexample(_told(str(error) or _place_of(error), way)) from error
            found = self._note(number, index)
            if index == HOME:
                self._home.append(found)
            self._count += 1
            if self._count % AGAIN_EVERY == 0:
                self._again.append((number, index, found))

    def _note(self, parent: int, by: int) -> int:
        state = self._state()
        found = self._number_of.get(state)
        if found is None:
            found = len(self._states)
            self._number_of[state] = found
            self._states.append(state)
            self._sequences.add(self.supervisor.outputs.sequence)
            self._parent.append(parent)
            self._by.append(by)
            self._depth.append(self._depth[parent] + 1 if parent >= 0 else 0)
        return found

    def _go_again(self) -> None:
        """Go ways again, out of order: they must lead where they led, or a key forgets too much."""
        Random(2).shuffle(self._again)
        for number, index, found in self._again:
            key, remembered = self._states[number]
            self.memory.load(key)
            self.watch.load(remembered)
            self.world.step(index)
            self.watch.judge(self.letters[index])
            if self._state() != self._states[found]:
                letter = self.letters[index].words()
                words = f"the same letter leads elsewhere the second time: {letter}"
                raise Counterexample(_told(words, self.way_to(number)))

    def _judge_ways_home(self) -> int:
        """I7: return the longest way home in ticks; raise for a state that has none."""
        ticks = array("l", [-1]) * len(self._states)
        for start in range(len(self._states)):
            way = []
            number = start
            while ticks[number] < 0 and self._home[number] != number:
                way.append(number)
                ticks[number] = 0  # on the way: a second visit is a circle
                number = self._home[number]
                if number in way[-1:]:
                    break
            if ticks[number] < 0:
                self._judge_end(number)
                ticks[number] = 0
            length = ticks[number]
            for passed in reversed(way):
                length += 1
                ticks[passed] = length
        return max(ticks)

    def _judge_end(self, number: int) -> None:
        """Judge a state that going home does not leave."""
        self.memory.load(self._states[number][0])
        self.watch.load(self._states[number][1])
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
            raise Counterexample(_told(words, self.way_to(number)))

    def _is_ready(self) -> bool:
        supervisor = self.supervisor
        out = supervisor.outputs
        is_quiet = supervisor.faults.high_count == 0 and supervisor.faults.medium_count == 0
        is_free = out.lock in (0, 1)
        return out.sequence == sequence.IDLE and is_quiet and is_free and not out.coil

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
