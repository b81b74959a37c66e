"""The guard beside a bought board: when it acts, and until when it tries."""

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.board.host import guard, guarding
from ampkeeper.board.host.guard import Port
from ampkeeper.board.host.guarding import Guarding
from ampkeeper.hal.linux.stream import set_raw
from ampkeeper.hal.pilots import bought as driver
from ampkeeper.hal.ports import Permit
from tests.support.bought import EVSE_DIN, bought

FRAMES = (b"set to nothing", b"taken", b"what are you set to", b"nothing is set")
ORDER, TAKEN, QUESTION, NOTHING = FRAMES
STATION = 4_711
NOWHERE = Port("/dev/none")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = list(os.pipe())
    yield ends[0], ends[1]
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    kills: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: kills.append((pid, number)))
    monkeypatch.setattr(os, "getppid", lambda: STATION)
    return kills


def test_a_station_that_does_not_beat_is_killed(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    os.write(pipe[1], b".")  # one beat, then none
    assert guard.watch(pipe[0], STATION, NOWHERE, hang_s=0.05)
    assert killed == [(STATION, signal.SIGKILL)]


def test_a_station_that_ended_is_not_killed(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    os.write(pipe[1], b"...")
    os.close(pipe[1])
    assert guard.watch(pipe[0], STATION, NOWHERE)
    assert killed == []


def test_a_station_that_saw_the_board_at_nothing_leaves_nothing_to_do(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    os.write(pipe[1], b"..0")
    assert not guard.watch(pipe[0], STATION, NOWHERE, hang_s=0.05)
    assert killed == []


def test_whoever_has_the_pid_of_a_dead_station_is_not_killed(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    assert guard.watch(pipe[0], STATION + 1, NOWHERE, hang_s=0.05)
    assert killed == []


class Board:
    """The far end of a pty: hears, and gives the next of its answers."""

    def __init__(self, *answers: bytes) -> None:
        self.heard: list[bytes] = []
        self._answers = answers
        self._far, self._near = os.openpty()
        set_raw(self._near, termios.B9600)
        self.path = os.ttyname(self._near)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._thread.join()
        os.close(self._far)
        os.close(self._near)

    def _serve(self) -> None:
        for answer in self._answers:
            self.heard.append(os.read(self._far, 256))
            os.write(self._far, answer)


def set_to_nothing(port: Port, last_s: float = guard.LAST_S) -> int:
    return guard.set_to_nothing(port, termios.B9600, "N", FRAMES, last_s)


def test_the_order_is_repeated_until_the_board_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = Board(b"x" + TAKEN, b"16 A are set", TAKEN, b"noise" + NOTHING + b"y")
    done = set_to_nothing(Port(board.path))
    board.close()
    assert (done, board.heard) == (guard.DONE, [ORDER, QUESTION] * 2)
    assert "set to 0 A" in capsys.readouterr().err


def test_a_confirmation_without_the_look_is_not_believed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    board = Board(TAKEN, TAKEN)  # the second: late, for an order of the dead station
    assert set_to_nothing(Port(board.path), last_s=0.8) == guard.HOPELESS
    board.close()
    assert "0 A was not seen in 0.8 s" in capsys.readouterr().err


def test_an_adapter_that_came_back_as_another_device_is_found(tmp_path: Path) -> None:
    gone, board = Board(), Board(TAKEN, NOTHING)
    link = tmp_path / "usb-adapter-A1"
    link.symlink_to(gone.path)
    port = Port(gone.path, tmp_path)
    assert port.look() == str(link)
    link.unlink()
    link.symlink_to(board.path)
    assert set_to_nothing(port) == guard.DONE
    board.close()
    gone.close()


def test_a_line_that_is_gone_is_given_up_in_time_and_named_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert set_to_nothing(NOWHERE, last_s=0.5) == guard.HOPELESS
    said = capsys.readouterr().err
    assert said.count("No such file") == 1
    assert "0 A was not seen in 0.5 s" in said


class Listener:
    """A guard that only notes what it is told."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "told"
        program = f"import sys; open({str(self._file)!r}, 'wb', 0).write(sys.stdin.buffer.read())"
        self.guarding = Guarding([sys.executable, "-c", program])

    async def told(self, wait_s: float) -> bytes:
        """What it was told in a life of so long, at whose end the board was seen at nothing."""
        running = asyncio.ensure_future(self.guarding.run())
        await asyncio.sleep(wait_s)
        self.guarding.is_at_nothing = True
        running.cancel()
        await asyncio.wait([running])
        return self._file.read_bytes()


async def test_the_guard_is_let_go_by_a_station_that_saw_nothing(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    assert await listener.told(0.2) == guard.BEAT + guard.AT_NOTHING


async def test_a_driver_that_stands_makes_no_beats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "STUCK_S", 1.0)
    monkeypatch.setattr(guarding, "BEAT_S", 0.1)
    async with bought(EVSE_DIN, LoopClock()) as rig:
        listener = Listener(tmp_path)
        listener.guarding.pilots = (rig.pilot,)
        await rig.pilot.open()
        for _ in range(6):
            rig.pilot.permit(Permit(16.0, 3, keep_locked=False))
            await rig.pilot.next_status()
            assert not rig.pilot.is_stuck
        await asyncio.sleep(1.0)  # who took the reports takes no more
        assert rig.pilot.is_stuck
        assert await listener.told(0.5) == guard.AT_NOTHING  # and no beat
        rig.pilot.close()
        assert not rig.pilot.is_stuck
