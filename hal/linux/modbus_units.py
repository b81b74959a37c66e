"""Units of a Modbus line: what was asked of each, what may still come, and when it is asked again.

Pure; time is an argument. Two rules of the bus live here.

- One shape, one address: per unit and function, a number of registers belongs to one address, so
  that an answer cannot be one to another question.
- A unit that left a question unanswered *rests* before it is asked again: for a time-out, and
  longer each time while others use the line. All silent units together take about one part in
  ``REST_MAX`` of it, once they are known; who asks for one in its rest is told so at once.
"""

import math
from dataclasses import dataclass, field

from ampkeeper.hal.errors import TransientError

READS = (3, 4)  # function codes: read holding registers, read input registers
COUNT_MAX = 125  # registers in one answer, V1.1b3 section 6.3
WRITTEN_MAX = 123  # registers in one write, V1.1b3 section 6.12
UNIT_MAX = 247  # V1.02 section 2.2
WORD_MAX = 0xFFFF
REST_MAX = 8  # time-outs per silent unit, if others use the line
OTHERS_S = 10.0  # a unit asked within this time uses the line

Shape = tuple[int, int]  # function, number of registers


@dataclass(frozen=True, slots=True)
class Request:
    """One question; ``values`` are for a write."""

    unit: int
    function: int
    address: int
    count: int
    values: tuple[int, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.function in READS

    @property
    def shape(self) -> Shape:
        """What an answer to it looks like."""
        return self.function, self.count


@dataclass(slots=True)
class _Unit:
    """What is known of one unit."""

    addresses: dict[Shape, int] = field(default_factory=dict)
    answered: dict[Shape, Request] = field(default_factory=dict)
    owed: dict[Shape, float] = field(default_factory=dict)  # unanswered since: may still come
    asked_s: float = 0.0
    free_s: float = 0.0  # the end of its rest
    silent_count: int = 0  # questions in a row without an answer


class Units:
    """All units of one line; ``timeout_s`` is how long an answer is waited for."""

    def __init__(self, name: str, timeout_s: float) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._units: dict[int, _Unit] = {}  # at most 247

    def check(self, request: Request) -> None:
        """Refuse what the line cannot carry without doubt; it is a mistake in our own map."""
        unit, count, address = request.unit, request.count, request.address
        if not 1 <= unit <= UNIT_MAX:
            raise ValueError(f"unit {unit}: must be 1 to {UNIT_MAX}")
        count_max = COUNT_MAX if request.is_read else WRITTEN_MAX
        if not (1 <= count <= count_max and 0 <= address <= WORD_MAX + 1 - count):
            raise ValueError(f"{count} registers at {address:#06x}: need 1 to {count_max}")
        if not all(0 <= value <= WORD_MAX for value in request.values):
            raise ValueError(f"values are {request.values}: each must be 0 to {WORD_MAX}")
        if not request.is_read:
            return  # the answer to a write has its address
        known = self._of(unit).addresses.setdefault(request.shape, address)
        if known != address:
            raise ValueError(
                f"unit {unit}: {count} registers are read at {known:#06x} already; an answer"
                f" could not be told from one for {address:#06x}. Read another number of them"
            )

    def forget(self, unit: int) -> None:
        """Forget what was asked of a unit; the line must be silent before it is asked again."""
        self._units.pop(unit, None)

    def rest_s(self, request: Request, now_s: float) -> float:
        """Return how long to wait before asking; raise TransientError if others come first."""
        unit = self._of(request.unit)
        unit.asked_s = now_s
        left_s = max(0.0, unit.free_s - now_s)
        if left_s > 0 and unit.silent_count > 1 and self._has_others(request.unit, now_s):
            raise TransientError(
                f"{self._name}: unit {request.unit} gave no answer to {unit.silent_count}"
                f" questions and rests for {left_s:.1f} s, for others use the line"
            )
        return left_s

    def attempts(self, unit: int, wanted: int) -> int:
        """How often to ask: a unit that was silent to the end last time has one chance."""
        return 1 if self._of(unit).silent_count > 1 else wanted

    def drain(self, request: Request) -> Request | None:
        """Return the question to ask first, so that an owed answer is not taken for the next.

        A slave answers in order. Whoever owes an answer of this shape and then answers to
        another shape has sent what it had. One that owes all is asked what it has owed for longest.
        """
        unit = self._of(request.unit)
        if not (request.is_read and request.shape in unit.owed):
            return None
        known = (*unit.answered.values(), request)
        first = min(known, key=lambda one: unit.owed.get(one.shape, -math.inf))
        return None if first.shape == request.shape else first

    def on_answer(self, request: Request) -> None:
        """The right answer has come, and with it all that came before."""
        unit = self._of(request.unit)
        unit.silent_count = 0
        unit.free_s = 0.0
        unit.owed.clear()
        if request.is_read:
            unit.answered[request.shape] = request

    def on_refusal(self, request: Request) -> None:
        """It answers, but this may be a late refusal of another question: what it owes stands."""
        unit = self._of(request.unit)
        unit.silent_count = 0
        unit.free_s = 0.0

    def on_silence(self, request: Request, now_s: float) -> None:
        """A time-out has passed without the right answer."""
        unit = self._of(request.unit)
        unit.silent_count += 1
        unit.owed[request.shape] = now_s
        silent = sum(other.silent_count > 1 for other in self._units.values())
        rest = 1
        if self._has_others(request.unit, now_s):
            rest = min(REST_MAX, 2 ** min(unit.silent_count - 1, REST_MAX)) * max(1, silent)
        unit.free_s = now_s + rest * self._timeout_s

    def _has_others(self, number: int, now_s: float) -> bool:
        """Whether anybody else is there to use the line and answers."""
        return any(
            other != number and unit.silent_count == 0 and now_s - unit.asked_s <= OTHERS_S
            for other, unit in self._units.items()
            if unit.answered
        )

    def _of(self, number: int) -> _Unit:
        return self._units.setdefault(number, _Unit())
