"""Main of the EV board: every relay off first; then edges, lines and the E-stop loop, for ever.

If a file is missing or broken, the import below fails with every relay off, and the board stays
in the REPL. The watchdog runs from the first ``arm`` on: a loop that hangs restarts the board, and
the resistors let the relays go.
"""

import select
import sys
import time as clock

import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RELAY_PINS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)  # the mains first; wiring.py says which is what
WATCHDOG_MS = 1_000
LINE_CHARACTERS_MAX = 80  # beyond that the rest of a line is thrown away
WORDS_PER_TURN = 64  # of edges, so that a noisy line cannot keep the host waiting


def make_safe() -> None:
    """Every relay off."""
    for gpio in RELAY_PINS:
        machine.Pin(gpio, machine.Pin.OUT, value=0)


class Board:
    """The pins, and what goes over the line. ``turn`` it as often as possible."""

    def __init__(self) -> None:
        from ampkeeper.board.ev_rp2040 import catcher, stamps
        from ampkeeper.board.ev_rp2040 import wiring as w
        from ampkeeper.board.ev_rp2040.ev import Ev

        self._clock: Any = clock
        self._now_us = self._ticked_us = 0
        machine.freq(catcher.SYSTEM_HZ)
        pins = {gpio: machine.Pin(gpio, machine.Pin.OUT, value=0) for gpio in RELAY_PINS}
        self._loop = machine.Pin(w.ESTOP, machine.Pin.IN, machine.Pin.PULL_DOWN)
        self.ev = Ev(lambda gpio, level: pins[gpio].value(level), lambda: bool(self._loop.value()))
        self._loop.irq(lambda _: self.ev.trip(self._now_us), machine.Pin.IRQ_FALLING)
        self._stamps = stamps
        self._pilot_pin = machine.Pin(w.PILOT, machine.Pin.IN)
        self._coil_pin = machine.Pin(w.COIL, machine.Pin.IN)
        self._pilot = catcher.Catcher(machine, 0, w.PILOT)
        self._coil = catcher.Catcher(machine, 1, w.COIL)
        self._pilot.open()
        self._coil.open()
        self._duty = stamps.Duty()
        self._line = ""
        self._watchdog: Any = None
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._last_us = self._clock.ticks_us()
        self._lost = 0
        catcher.start_all(machine, 2)

    def now_us(self) -> int:
        """Since the catchers started; does not come round."""
        ticks = self._clock.ticks_us()
        self._now_us += self._clock.ticks_diff(ticks, self._last_us)
        self._last_us = ticks
        return self._now_us

    def turn(self) -> None:
        """Everything once."""
        now_us = self.now_us()
        self._tell_edges(now_us)
        while self._poll.poll(0):
            self._hear(sys.stdin.buffer.read(1), now_us)
        elapsed_ms = (now_us - self._ticked_us) // 1_000
        self._ticked_us += elapsed_ms * 1_000
        self.ev.tick(elapsed_ms, now_us)
        while self.ev.notes:
            print(self.ev.notes.pop(0))
        if self._watchdog:
            self._watchdog.feed()

    def _hear(self, byte: bytes, now_us: int) -> None:
        if byte not in (b"\r", b"\n"):
            self._line = (self._line + chr(byte[0] & 0x7F))[:LINE_CHARACTERS_MAX]
            return
        if self._line:
            print(self.ev.take(self._line, now_us))
        if self._line == "hello":
            print("coil", now_us, self._coil_pin.value())
            self._duty.forget()
        self._line = ""
        if self.ev.is_armed and not self._watchdog:
            self._watchdog = machine.WDT(timeout=WATCHDOG_MS)

    def _tell_edges(self, now_us: int) -> None:
        stamps, duty = self._stamps, self._duty
        per_us = stamps.COUNTS_PER_US
        for _ in range(WORDS_PER_TURN):
            word = self._coil.take()
            if word < 0:
                break
            at = stamps.count_of(word, self.now_us() * per_us)
            print("coil", at // per_us, stamps.level_of(word))
        for _ in range(WORDS_PER_TURN):
            word = self._pilot.take()
            if word < 0:
                break
            if duty.feed(stamps.count_of(word, self.now_us() * per_us), stamps.level_of(word)):
                print("duty", duty.at // per_us, duty.high, duty.period)
        if self._pilot.lost + self._coil.lost != self._lost:
            self._lost = self._pilot.lost + self._coil.lost
            print("lost", self._lost)
        if duty.look(now_us * per_us, self._pilot_pin.value()):
            print("duty", duty.at // per_us, duty.high, duty.period)


def main() -> None:
    """Run until somebody breaks in from the console; then every relay is off."""
    try:
        board = Board()
        while True:
            board.turn()
    finally:
        make_safe()


make_safe()
if __name__ == "__main__":
    main()
