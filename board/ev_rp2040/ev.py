"""Ev: what the board does with what it is told: switches, and an interlock of its own.

One line in, one line out: ``ok <us>`` or ``no <why>``. Nothing is switched before ``arm``, which
needs a whole E-stop loop. When the loop opens, or the host says nothing for 2 s, everything is
let go, mains first, and only ``arm`` goes on; after an open loop only a restart of the board.
Pure: relays and the loop are given. Both interpreters.
"""

from ampkeeper.board.ev_rp2040 import wiring as w

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

GREETING = "ampkeeper-ev 1"
LINE_CHARACTERS_MAX = 40
SILENT_MS = 2_000
LOOKS = 10  # the loop has to be whole in each


class Ev:
    """``drive(pin, level)`` moves a relay; ``is_whole()`` reads the E-stop loop."""

    def __init__(self, drive: "Callable[[int, int], None]", is_whole: "Callable[[], bool]") -> None:
        self.is_armed = False
        self.has_tripped = False
        self.notes: list[str] = []  # to be told to the host, in order
        self._drive = drive
        self._is_whole = is_whole
        self._silent_ms = 0
        self._relays = dict(w.RELAYS)
        self._codings = dict(w.CODINGS)
        self.release()

    def release(self) -> None:
        """Let everything go, mains first. Safe at any time."""
        self.is_armed = False
        for _, pin in w.RELAYS:
            self._drive(pin, 0)
        for _, pin in w.CODINGS:
            self._drive(pin, 0)

    def trip(self, now_us: int) -> None:
        """The E-stop loop is open."""
        self.release()
        if not self.has_tripped:
            self.has_tripped = True
            self.notes.append(f"estop {now_us}")

    def tick(self, elapsed_ms: int, now_us: int) -> None:
        """Let time pass: look at the loop, and for how long the host has said nothing."""
        if not self._is_whole():
            self.trip(now_us)
        self._silent_ms += elapsed_ms
        if self.is_armed and self._silent_ms >= SILENT_MS:
            self.release()
            self.notes.append(f"silent {now_us}")

    def take(self, line: str, now_us: int) -> str:
        """Do what a line says; return the answer."""
        self._silent_ms = 0
        if len(line) > LINE_CHARACTERS_MAX:
            return f"no line longer than {LINE_CHARACTERS_MAX} characters"
        words = line.split()
        name = words[0] if words else ""
        if name == "hello" and len(words) == 1:
            return f"ok {now_us} {GREETING}"
        if name == "ping" and len(words) == 1:
            return f"ok {now_us}"
        if name == "off" and len(words) == 1:
            self.release()
            return f"ok {now_us}"
        if name == "arm" and len(words) == 1:
            return self._arm(now_us)
        if name == "set" and len(words) == 3:
            return self._set(words[1], words[2], now_us)
        if name == "pp" and len(words) == 2:
            return self._code(words[1], now_us)
        return "no such line; there are hello, ping, arm, off, set NAME 0|1, pp AMPERES"

    def _arm(self, now_us: int) -> str:
        for _ in range(LOOKS):
            if not self._is_whole():
                self.trip(now_us)
        if self.has_tripped:
            return "no E-stop loop: pressed, cut or not wired; close it and restart the board"
        self.is_armed = True
        return f"ok {now_us}"

    def _set(self, name: str, level: str, now_us: int) -> str:
        if name not in self._relays or level not in ("0", "1"):
            names = " ".join([each for each, _ in w.RELAYS])
            return "no such switch; there are " + names + ", each 0 or 1"
        if not self._may_switch(now_us):
            return "no: not armed"
        self._drive(self._relays[name], int(level))
        return f"ok {now_us}"

    def _code(self, text: str, now_us: int) -> str:
        """One coding resistor, or none; never two."""
        current_a = int(text) if text in ("0", "13", "20", "32", "63") else -1
        if current_a < 0:
            return "no such cable; there are 0 13 20 32 63"
        if not self._may_switch(now_us):
            return "no: not armed"
        for _, pin in w.CODINGS:
            self._drive(pin, 0)
        if current_a:
            self._drive(self._codings[current_a], 1)
        return f"ok {now_us}"

    def _may_switch(self, now_us: int) -> bool:
        if not self._is_whole():
            self.trip(now_us)
        return self.is_armed
