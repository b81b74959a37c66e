"""The RP2040's own launcher and UART driver on a chip in memory, one turn at a time.

``launch.choose`` is a loop that sleeps; here it runs in a thread that moves only while the test
waits for it, so time stays virtual. The program that runs is the ring 1 of this process.
"""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ampkeeper.board.pilot_rp2040 import launch
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.hal.link.flash_slots import NONE
from ampkeeper.hal.link.messages import BOOT_POWER, BOOT_SOFTWARE
from ampkeeper.hal.micro import registers as r
from tests.unit.link.flash_rig import Memory

BOOT_MS = 200
NOT_AGAIN = 100  # between two epochs of one life


class PowerGone(BaseException):
    """Ends the thread of a processor that lost its power."""


class Turns:
    """Work that sleeps, in a thread that moves only in ``go_on``."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.is_over = False
        self.result: Any = None
        self.error: BaseException | None = None
        self._is_killed = False
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """To its next sleep, or its end; raises what it raised."""
        self._go.release()
        self._back.acquire()
        if self.error is not None:
            raise self.error

    def sleep(self) -> None:
        self._back.release()
        self._go.acquire()
        if self._is_killed:
            raise PowerGone

    def kill(self) -> None:
        if not self.is_over:
            self._is_killed = True
            self._go.release()
            self._thread.join()

    def _run(self, work: Callable[[], Any]) -> None:
        self._go.acquire()
        try:
            if not self._is_killed:
                self.result = work()
        except PowerGone:
            pass
        except BaseException as error:  # handed to who waits
            self.error = error
        self.is_over = True
        self._back.release()


class Uart:
    def __init__(self) -> None:
        self.incoming, self.outgoing = bytearray(), bytearray()

    def any(self) -> int:
        return len(self.incoming)

    def readinto(self, view: memoryview) -> int:
        count = min(len(view), len(self.incoming))
        view[:count] = self.incoming[:count]
        del self.incoming[:count]
        return count

    def write(self, data: memoryview) -> int:
        self.outgoing += data
        return len(data)


class LaunchedRp2040:
    """As ``PilotMachine``; use it below ``clocked``."""

    now_ms = 0
    turns: Turns | None = None  # of the processor that runs; one at a time

    def __init__(self, settings: Settings, epoch: int, store: Memory) -> None:
        if LaunchedRp2040.turns is not None:
            LaunchedRp2040.turns.kill()
        self.start_count = 0
        self.place = NONE
        self.board = PilotBoard(settings, launch.BOARD, epoch)
        self._settings, self._epoch, self._store = settings, epoch, store
        self._uart = Uart()
        self._scratch = dict.fromkeys((r.WATCHDOG_SCRATCH0, r.WATCHDOG_SCRATCH2), 0)
        self._rest_ms = 0
        self._idle = Outputs()
        self._begin(BOOT_POWER)

    @property
    def flasher(self) -> Turns | None:
        """None while ring 1 runs."""
        return self._turns if self.place == NONE else None

    def feed(self, data: bytes) -> None:
        if self._rest_ms:
            return
        if self.place == NONE:
            self._uart.incoming += data
        else:
            self.board.feed(data)

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        if self._rest_ms:
            self._rest_ms = max(0, self._rest_ms - elapsed_ms)
            if not self._rest_ms:
                self._begin(BOOT_SOFTWARE)
            return self._idle
        if self.place != NONE:
            return self.board.tick(elapsed_ms, inputs)
        until_ms = LaunchedRp2040.now_ms + elapsed_ms
        while LaunchedRp2040.now_ms < until_ms and not self._turns.is_over:
            self._turns.go_on()
        if self._turns.is_over:
            self._restart(0)
        return self._idle

    def to_send(self) -> bytes:
        if self._rest_ms:
            return b""
        if self.place == NONE:
            sent = bytes(self._uart.outgoing)
            self._uart.outgoing.clear()
            return sent
        frame = bytes(self.board.to_send())
        if self.board.is_leaving:
            self._restart(launch.FLASH_WISH)
        return frame

    def _restart(self, wish: int) -> None:
        """As ``main.py`` does."""
        self._scratch[r.WATCHDOG_SCRATCH2] = wish
        self._rest_ms = BOOT_MS

    def _begin(self, reason: int) -> None:
        self.start_count += 1
        self._uart = Uart()
        chip = SimpleNamespace(
            mem32=self._scratch,
            freq=lambda hertz: None,
            Pin=lambda gpio: gpio,
            UART=lambda number, **options: self._uart,
            WDT=lambda timeout: SimpleNamespace(feed=lambda: None),
        )
        launch_files[0] = self._store
        self._turns = LaunchedRp2040.turns = Turns(lambda: launch.choose(chip))
        self.place = NONE
        self._turns.go_on()
        if not self._turns.is_over:
            return
        folder, told, _ = self._turns.result
        assert folder, "a flasher that is over at once"
        self.place = launch.PLACES.index(folder)
        epoch = self._epoch + NOT_AGAIN * self.start_count
        self.board = PilotBoard(self._settings, launch.BOARD, epoch, "1.0.0", reason, told)


launch_files: list[Memory] = [Memory()]


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the launcher a clock in virtual time, and a flash in memory."""

    def sleep_ms(ms: int) -> None:
        LaunchedRp2040.now_ms += ms
        assert LaunchedRp2040.turns is not None
        LaunchedRp2040.turns.sleep()

    clock = SimpleNamespace(
        ticks_ms=lambda: LaunchedRp2040.now_ms,
        ticks_diff=lambda one, other: one - other,
        sleep_ms=sleep_ms,
    )
    monkeypatch.setattr(launch, "time", clock)
    monkeypatch.setattr(launch, "Files", lambda root: launch_files[0])
