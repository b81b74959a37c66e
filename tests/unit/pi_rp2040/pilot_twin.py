"""Pilot twin: the shipped program of the pilot board under MicroPython, on a pseudo-terminal.

A processor that starts anew is the next process; its flash is a folder. ``cut`` takes its power.
"""

import os
import subprocess
import sys
import threading
import tty
from contextlib import suppress
from functools import cache
from pathlib import Path

from ampkeeper.firmware.faces.cli.pilot_image import STEM
from ampkeeper.firmware.faces.cli.pilot_plan import PACKAGE, File, compiler, files
from tests.unit.pilot_rp2040.pilot_ports import unused_pty

UNIX = Path(sys.executable).with_name("micropython")
CHIP = Path(__file__).with_name("chip_on_a_pc.py")
RUN = "import main\nmain.main()\n"


@cache
def shipped() -> tuple[File, ...]:
    """What ``ampkeeper pilot flash`` copies."""
    return files(compiler())


def program() -> bytes:
    """What ``ampkeeper pilot part`` writes, without its head: the same program."""
    (found,) = (file.data for file in shipped() if file.path == f"{PACKAGE}/{STEM}.mpy")
    return found


class PilotTwin:
    """Start it, and its line is at ``path``; ``said`` is what it did, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.start_count = 0
        self._near, self._far = unused_pty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self.path = os.ttyname(self._far)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._live, daemon=True)
        for file in shipped():
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.path).write_bytes(file.data)
        (folder / "machine.py").write_text(CHIP.read_text())
        (folder / "rp2.py").write_text("from machine import DMA\n")

    def start(self) -> None:
        """Give it power."""
        self._thread.start()

    def car(self, state: str) -> None:
        """Bring the pilot to A, B or C."""
        with self._lock:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(state.encode())
            self._process.stdin.flush()

    def cut(self) -> None:
        """Its power goes, and comes back."""
        with self._lock:
            assert self._process is not None
            self._process.kill()

    def stop(self) -> None:
        """Its power goes for good."""
        self._is_over = True
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._thread.join()
        os.close(self._near)
        os.close(self._far)

    def _live(self) -> None:
        while not self._is_over:
            with self._lock:
                self._process = process = self._begun()
            with suppress(BrokenPipeError), process:  # of a letter that nobody read
                assert process.stdout is not None
                for line in process.stdout:
                    self.said.append(line.decode(errors="replace").strip())
            self.said.append(f"end {process.wait()}")

    def _begun(self) -> "subprocess.Popen[bytes]":
        self.start_count += 1
        return subprocess.Popen(
            [UNIX, "-X", "heapsize=1M", "-c", RUN],
            cwd=self.folder,
            env={"MICROPYPATH": ".", "LINE_FD": str(self._near)},
            pass_fds=[self._near],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
