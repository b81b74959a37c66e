"""The guard beside a bought board: when it acts, and until when it tries."""

import os
import signal
import termios
import threading
from collections.abc import Iterator

import pytest

from ampkeeper.board.host import guard
from ampkeeper.hal.linux.stream import set_raw

ORDER, ANSWER = b"set to nothing", b"taken"
STATION = 4_711


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
    guard.watch(pipe[0], STATION, hang_s=0.05)
    assert killed == [(STATION, signal.SIGKILL)]


def test_a_station_that_ended_is_not_killed(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    os.write(pipe[1], b"...")
    os.close(pipe[1])
    guard.watch(pipe[0], STATION)
    assert killed == []


def test_whoever_has_the_pid_of_a_dead_station_is_not_killed(
    pipe: tuple[int, int], killed: list[tuple[int, int]]
) -> None:
    guard.watch(pipe[0], STATION + 1, hang_s=0.05)
    assert killed == []


def test_the_order_is_repeated_until_it_is_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    far, near = os.openpty()
    set_raw(near, termios.B9600)
    heard = []

    def board() -> None:
        for answer in (b"noise", b"x" + ANSWER + b"y"):
            heard.append(os.read(far, 256))
            os.write(far, answer)

    thread = threading.Thread(target=board)
    thread.start()
    done = guard.set_to_nothing(os.ttyname(near), termios.B9600, "N", ORDER, ANSWER)
    thread.join()
    os.close(far)
    os.close(near)
    assert (done, heard) == (guard.DONE, [ORDER, ORDER])
    assert "set to 0 A" in capsys.readouterr().err


def test_a_line_that_is_gone_is_given_up_in_time_and_named_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = guard.set_to_nothing("/dev/none", termios.B9600, "N", ORDER, ANSWER, last_s=0.5)
    assert done == guard.HOPELESS
    said = capsys.readouterr().err
    assert said.count("No such file") == 1
    assert "0 A was not confirmed in 0.5 s" in said
