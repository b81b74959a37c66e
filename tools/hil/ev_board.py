"""EV board backend: the car's side is ``board/ev_rp2040`` at a serial port.

The board stamps each edge of pilot and coil to the microsecond by its own clock, and switches by
it too. It lets everything go when its E-stop loop opens or nobody speaks to it for 2 s; this half
asks it for that first, and treats every other answer than "ok" as the end of the run.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from ampkeeper.board.ev_rp2040.ev import GREETING
from ampkeeper.board.ev_rp2040.wiring import MAINS, SWITCHES
from tools.hil import bench as b
from tools.hil.record import COIL, DUTY, Record
from tools.hil.station_door import StationDoor

LOOK_MS = 2
ANSWER_S = 1.0
RELEASE_S = 0.02  # for the word to go out before the port is closed
PING_MS = 500  # the board waits 2 s for the next word
READ_BYTES = 4_096
READS_MAX = 100
LINE_BYTES_MAX = 120
EVENTS = {"coil": 2, "duty": 3, "estop": 1, "silent": 1, "lost": 1}  # and how many numbers follow


class Line(Protocol):
    """A serial port that does not wait."""

    def read(self, size: int) -> bytes:
        """What came in, at most so much; nothing if nothing did."""
        ...

    def write(self, data: bytes) -> Any:
        """Send it."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


class EvBoardBench:
    """``line`` to the board; ``clock`` in seconds and ``sleep`` are the host's."""

    resolution_us = 1

    def __init__(
        self,
        line: Line,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        door: StationDoor | None = None,
    ) -> None:
        self.about = "EV board on an RP2040, stamps by PIO"
        self.record = Record({DUTY: 0})
        asked = {b.LIMIT} if door else set()
        switches = {name for name, _ in SWITCHES}
        self.offers = frozenset(switches | {b.CABLE, b.PROXIMITY_OPEN} | asked)
        self._door = door
        self._line = line
        self._clock = clock
        self._sleep = sleep
        self._kept = b""
        self._answers: list[str] = []
        self._has_tripped = False
        self._is_energised = False
        self._current_a = max(b.CABLES_A)
        self._board_us, self._at_s = 0, clock()  # the board's time, and when that was
        self._forget()
        told = self._ask("hello")
        if GREETING not in told:
            raise b.HilError(f"the board says {told!r}; allowed is {GREETING!r}: flash it anew")

    def now_us(self) -> int:
        """The board's clock."""
        return self._board_us + round((self._clock() - self._at_s) * 1e6)

    def energise(self) -> None:
        """See ``Bench``. The board itself looks at its loop."""
        if self._has_tripped:
            raise b.InterlockError(TRIPPED)
        self._ask("arm")
        if self.record.last(COIL):
            self._ask("off")
            raise b.HilError("the coil is driven before there is mains: look at the wiring")
        self._ask(f"set {MAINS} 1")
        self._is_energised = True

    def begin(self) -> None:
        """See ``Bench``."""
        self.record = self.record.continued()

    def switch(self, what: str, is_on: bool) -> int:
        """See ``Bench``; the stamp is the board's."""
        assert self._is_energised, "a switch before energise"
        if what in (b.PLUG, b.PROXIMITY_OPEN):
            is_coded = is_on if what == b.PLUG else not is_on
            self._ask(f"pp {self._current_a if is_coded else 0}")
        if what != b.PROXIMITY_OPEN:
            self._ask(f"set {what} {int(is_on)}")
        return self._board_us

    def cable(self, current_a: int) -> None:
        """See ``Bench``."""
        self._current_a = current_a

    def limit(self, current_a: float) -> int:
        """See ``Bench``; the stamp is of before it was asked."""
        assert self._door is not None, "not offered"
        at_us = self.now_us()
        self._door.limit(current_a)
        return at_us

    def host(self, is_alive: bool) -> int:
        """Not offered."""
        raise b.HilError("this rig cannot stop the station alone")

    def wait(self, wait_ms: int) -> None:
        """See ``Bench``."""
        end_us = self.now_us() + wait_ms * 1_000
        while (left_us := end_us - self.now_us()) > 0:
            self._sleep(min(left_us, LOOK_MS * 1_000) / 1e6)
            self._read()
            if (self._clock() - self._at_s) * 1_000 >= PING_MS:
                self._ask("ping")

    def release(self) -> None:
        """See ``Bench``. A board that does not answer lets go by itself within 2 s."""
        self._is_energised = False
        self._line.write(b"\noff\n")
        self._sleep(RELEASE_S)

    def close(self) -> None:
        """Let everything go and give the port back."""
        self.release()
        self._line.close()
        if self._door is not None:
            self._door.clear()

    def _forget(self) -> None:
        """Whatever the board still had to say to somebody before."""
        self._line.write(b"\n")
        self._sleep(RELEASE_S)
        for _ in range(READS_MAX):
            if not self._line.read(READ_BYTES):
                return

    def _ask(self, words: str) -> str:
        """Say a line; return the answer. HilError, with everything let go, unless that is ok."""
        self._answers.clear()
        self._line.write(f"{words}\n".encode())
        end_s = self._clock() + ANSWER_S
        self._read()
        while not self._answers and self._clock() < end_s:
            self._sleep(LOOK_MS / 1_000)
            self._read()
        if not self._answers:
            self.release()
            raise b.HilError(f"no answer to {words!r} within {ANSWER_S:g} s: is the board there?")
        answer = self._answers[-1]
        kind, _, rest = answer.partition(" ")
        number = rest.partition(" ")[0]
        if kind == "ok" and number.isdecimal():
            self._board_us, self._at_s = int(number), self._clock()
            return answer
        self.release()
        if "E-stop" in answer:
            raise b.InterlockError(f"the board says {answer!r}; nothing is energised")
        raise b.HilError(f"the board says {answer!r} to {words!r}; nothing is energised")

    def _read(self) -> None:
        """Take what came in; InterlockError as soon as the loop is told to be open."""
        data = self._kept + self._line.read(READ_BYTES)
        *lines, self._kept = data.split(b"\n")
        self._kept = self._kept[-LINE_BYTES_MAX:]
        for line in lines:
            self._take(line[:LINE_BYTES_MAX].decode("ascii", errors="replace").strip())

    def _take(self, line: str) -> None:
        kind, *rest = line.split() or [""]
        numbers = [int(each) for each in rest if each.isdecimal()]
        if EVENTS.get(kind) != len(rest) or len(numbers) != len(rest):
            if kind in ("ok", "no", "no:"):
                self._answers.append(line)
        elif kind == "coil":
            self.record.note(COIL, numbers[0], min(numbers[1], 1))
        elif kind == "duty":
            self.record.note(DUTY, numbers[0], round(numbers[1] * 1_000 / max(numbers[2], 1)))
        else:
            self._end(kind)

    def _end(self, kind: str) -> None:
        self.release()
        self._has_tripped |= kind == "estop"
        if kind == "estop":
            raise b.InterlockError(TRIPPED)
        raise b.HilError(WHY[kind])


TRIPPED = (
    "the E-stop loop of the EV board is open: pressed, cut or not wired; "
    "close it, restart the board and start anew; nothing is energised"
)
WHY = {
    "silent": "the EV board heard nothing from here for 2 s and let everything go",
    "lost": "edges came faster than the EV board could tell: look at the wiring of the comparator",
}


def open_line(port: str) -> Line:
    """The board's serial port; HilError if it cannot be had."""
    import serial

    try:
        made: Line = serial.Serial(port, 115_200, timeout=0, exclusive=True)
    except (OSError, ValueError) as error:  # SerialException is an OSError
        raise b.HilError(f"{port}: {error}; allowed is the EV board's serial port") from error
    return made
