"""Guard: a process that sets a bought board to nothing when its station is dead or hangs.

A board without a communication watchdog keeps its last current for ever. So a second process
holds one end of a pipe: no beat for ``HANG_S``, and it kills the station; the pipe's end, and it
takes the serial line and repeats the order "0 A" until the board confirms it.
It is no watchdog of the computer: a dead kernel, a pulled plug or a cut line stop it too.

python -m ampkeeper.board.host.guard PORT BAUD PARITY REQUEST ANSWER   (the last two in hex)
"""

import fcntl
import os
import select
import signal
import sys
import termios
import time
from collections.abc import Sequence

HANG_S = 10.0  # without a beat: the station's event loop stands
TRY_S = 0.5  # for the board to confirm
AGAIN_S = 0.2
LAST_S = 60.0  # then nobody is there to be told
DONE, HOPELESS = 0, 1
PARITY_BITS = {"N": 0, "E": termios.PARENB, "O": termios.PARENB | termios.PARODD}
CC = 6
READ_MAX = 256


def watch(pipe: int, station: int, hang_s: float = HANG_S) -> None:
    """Return when the station is dead; one that hangs is killed."""
    while True:
        ready, _, _ = select.select([pipe], [], [], hang_s)
        if not ready:
            _say(f"the station gave no sign for {hang_s:g} s: it is killed")
            if os.getppid() == station:
                os.kill(station, signal.SIGKILL)
            return
        if not os.read(pipe, READ_MAX):
            return


def set_to_nothing(
    port: str, speed: int, parity: str, request: bytes, answer: bytes, last_s: float = LAST_S
) -> int:
    """Repeat the order until it is confirmed; return DONE or HOPELESS."""
    end_s = time.monotonic() + last_s
    said = ""  # once: the rest is the same five times a second
    while time.monotonic() < end_s:
        try:
            if _told(port, speed, parity, request, answer):
                _say(f"{port}: set to 0 A")
                return DONE
        except (OSError, termios.error) as error:
            if str(error) != said:
                said = str(error)
                _say(f"{port}: {said}")
        time.sleep(AGAIN_S)
    _say(f"{port}: 0 A was not confirmed in {last_s:g} s")
    return HOPELESS


def _told(port: str, speed: int, parity: str, request: bytes, answer: bytes) -> bool:
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the next station may have it by now
        attributes = termios.tcgetattr(fd)
        flags = termios.CS8 | termios.CREAD | termios.CLOCAL | PARITY_BITS[parity]
        attributes[:6] = [0, 0, flags, 0, speed, speed]
        attributes[CC][termios.VMIN], attributes[CC][termios.VTIME] = 1, 0
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        termios.tcflush(fd, termios.TCIOFLUSH)
        os.write(fd, request)
        return _confirmed(fd, answer)
    finally:
        os.close(fd)


def _confirmed(fd: int, answer: bytes) -> bool:
    heard = b""
    end_s = time.monotonic() + TRY_S
    while (left_s := end_s - time.monotonic()) > 0 and answer not in heard:
        ready, _, _ = select.select([fd], [], [], left_s)
        if ready:
            heard = (heard + os.read(fd, READ_MAX))[-4 * READ_MAX :]
    return answer in heard


def main(arguments: Sequence[str]) -> int:
    """The process; the return value is its exit code."""
    port, baud, parity, request, answer = arguments
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # systemd tells all at once; we end after the rest
    station = os.getppid()
    watch(sys.stdin.fileno(), station)
    speed = int(getattr(termios, f"B{baud}"))
    return set_to_nothing(port, speed, parity, bytes.fromhex(request), bytes.fromhex(answer))


def _say(text: str) -> None:
    print(f"guard: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
