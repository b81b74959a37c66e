"""Guard: a process that sets a bought board to nothing when its station is dead or hangs.

A board without a communication watchdog keeps its last current for ever. So a second process
holds one end of a pipe: no beat for ``HANG_S``, and it kills the station; the pipe's end, and it
takes the serial line and repeats the order "0 A" until the board, asked, shows it. A station that
ends in order and saw 0 A itself says so: then there is nothing to do.
It is no watchdog of the computer: a dead kernel, a pulled plug or a cut line stop it too.

python -m ampkeeper.board.host.guard PORT BAUD PARITY ORDER ANSWER QUESTION SHOWN   (4 in hex)
"""

import fcntl
import os
import select
import signal
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from ampkeeper.hal.linux.by_id import BY_ID, lasting_name

HANG_S = 10.0  # without a beat: the station's event loop stands
TRY_S = 0.5  # for the board to confirm
AGAIN_S = 0.2
GAP_S = 0.1  # such boards want some time between two requests
LAST_S = 60.0  # then nobody is there to be told
DONE, HOPELESS = 0, 1
PARITY_BITS = {"N": 0, "E": termios.PARENB, "O": termios.PARENB | termios.PARODD}
CC = 6
BEAT, AT_NOTHING = b".", b"0"  # the second: the board was seen at 0 A, and the station ends
READ_MAX = 256


class Port:
    """A serial port by its path; an adapter is remembered by the name that lasts."""

    def __init__(self, path: str, by_id: Path = BY_ID) -> None:
        self._path = path
        self._by_id = by_id
        self._known = ""

    def look(self) -> str:
        """Return the name to open; look for the lasting one until it was seen."""
        self._known = self._known or lasting_name(self._path, self._by_id)
        return self._known or self._path


def watch(pipe: int, station: int, port: Port, hang_s: float = HANG_S) -> bool:
    """Return when the station is dead; one that hangs is killed. False: it left nothing to do."""
    while True:
        port.look()
        ready, _, _ = select.select([pipe], [], [], hang_s)
        if not ready:
            _say(f"the station gave no sign for {hang_s:g} s: it is killed")
            if os.getppid() == station:
                os.kill(station, signal.SIGKILL)
            return True
        heard = os.read(pipe, READ_MAX)
        if not heard or AT_NOTHING in heard:
            return not heard


def set_to_nothing(
    port: Port, speed: int, parity: str, frames: Sequence[bytes], last_s: float = LAST_S
) -> int:
    """Repeat order and question until the answer is that of a board at nothing.

    ``frames``: order, its answer, question, what is to be in its answer. DONE or HOPELESS.
    """
    end_s = time.monotonic() + last_s
    said = ""  # once: the rest is the same five times a second
    while time.monotonic() < end_s:
        name = port.look()
        try:
            if _told(name, speed, parity, frames):
                _say(f"{name}: set to 0 A")
                return DONE
        except (OSError, termios.error) as error:
            if str(error) != said:
                said = str(error)
                _say(f"{name}: {said}")
        time.sleep(AGAIN_S)
    _say(f"{port.look()}: 0 A was not seen in {last_s:g} s")
    return HOPELESS


def _told(port: str, speed: int, parity: str, frames: Sequence[bytes]) -> bool:
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the next station may have it by now
        attributes = termios.tcgetattr(fd)
        flags = termios.CS8 | termios.CREAD | termios.CLOCAL | PARITY_BITS[parity]
        attributes[:6] = [0, 0, flags, 0, speed, speed]
        attributes[CC][termios.VMIN], attributes[CC][termios.VTIME] = 1, 0
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        order, answer, question, shown = frames
        _asked(fd, order, answer)
        time.sleep(GAP_S)
        return _asked(fd, question, shown)  # alone counts: the answer may be to an older order
    finally:
        os.close(fd)


def _asked(fd: int, request: bytes, answer: bytes) -> bool:
    """Send; tell whether the answer is in what comes."""
    termios.tcflush(fd, termios.TCIOFLUSH)
    os.write(fd, request)
    heard = b""
    end_s = time.monotonic() + TRY_S
    while (left_s := end_s - time.monotonic()) > 0 and answer not in heard:
        ready, _, _ = select.select([fd], [], [], left_s)
        if ready:
            heard = (heard + os.read(fd, READ_MAX))[-4 * READ_MAX :]
    return answer in heard


def main(arguments: Sequence[str]) -> int:
    """The process; the return value is its exit code."""
    path, baud, parity, *frames = arguments
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # systemd tells all at once; we end after the rest
    port = Port(path)
    if not watch(sys.stdin.fileno(), os.getppid(), port):
        return DONE
    speed = int(getattr(termios, f"B{baud}"))
    return set_to_nothing(port, speed, parity, [bytes.fromhex(frame) for frame in frames])


def _say(text: str) -> None:
    print(f"guard: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
