"""A real MicroPython with its flash as a folder: flashed over its line, killed midway, gone on."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ampkeeper.board.pilot_rp2040.launch import BOARD, FLASH_WISH
from ampkeeper.firmware.faces.cli.pilot_plan import compiler, files
from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_host import MEND, Flashable, FlashHost
from ampkeeper.hal.micro.registers import WATCHDOG_SCRATCH0

UNIX = Path(sys.executable).with_name("micropython")
KEY = bytes(range(32))
PROGRAM = """
WEIGHT = {weight!r}
def begin(chip, rp2, kbd_intr, told):
    print("ran", told)
    return False
"""
MACHINE = """
import sys, select
mem32 = {{ {scratch0}: 0, {scratch0} + 4: 0, {scratch0} + 8: {wish} }}
class Pin:
    OUT = 1
    def __init__(self, *args, **options):
        pass
class WDT:
    def __init__(self, timeout):
        pass
    def feed(self):
        pass
class UART:
    def __init__(self, number, **options):
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
    def any(self):
        return 1 if self._poll.poll(0) else 0
    def readinto(self, view):
        return sys.stdin.buffer.readinto(view)
    def write(self, data):
        sys.stdout.buffer.write(data)
def freq(hz):
    pass
def reset():
    raise SystemExit
"""
RUN = "import main\nmain.main()\n"
WAIT_S = 20.0  # for a MicroPython that takes its time on a busy machine


class Board:
    """Its files, and one process after the other that runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for file in files(compiler()):
            (folder / file.path).parent.mkdir(exist_ok=True)
            (folder / file.path).write_bytes(file.data)
        (folder / "rp2.py").write_text("")

    def start(self, wish: int) -> subprocess.Popen[bytes]:
        text = MACHINE.format(scratch0=WATCHDOG_SCRATCH0, wish=wish)
        (self.folder / "machine.py").write_text(text)
        return subprocess.Popen(
            [UNIX, "-X", "heapsize=192K", "-c", RUN],
            cwd=self.folder,
            env={"MICROPYPATH": "."},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def flash(self, host: FlashHost, bytes_most: int) -> None:
        """Flash until so many bytes are written, or it starts anew; then its power goes."""
        process = self.start(FLASH_WISH)
        assert process.stdin is not None
        assert process.stdout is not None
        begin_s = time.monotonic()
        host.start(0)
        try:
            while process.poll() is None and host.state.get("received", 0) < bytes_most:
                now_ms = int((time.monotonic() - begin_s) * 1000)
                assert now_ms < 1000 * WAIT_S, host.state
                host.tick(now_ms)
                process.stdin.write(host.to_send())
                process.stdin.flush()
                if select.select([process.stdout], [], [], 0.02)[0]:
                    host.feed(os.read(process.stdout.fileno(), 4096), now_ms)
        except BrokenPipeError:
            pass  # it starts anew
        finally:
            process.kill()
            process.communicate()


@pytest.mark.process
def test_a_real_micropython_is_flashed_killed_and_gone_on_with_and_runs_it(tmp_path: Path) -> None:
    if not UNIX.exists():
        pytest.skip("no unix port of MicroPython here")
    board = Board(tmp_path)
    weight = "".join(chr(33 + (at * 7 + at // 91) % 90) for at in range(2_500))
    program = compiler()("image", PROGRAM.format(weight=weight))
    image = Flashable(BOARD, "2.0.0", 3, program, KEY)
    board.flash(FlashHost(MEND, image), f.BLOCK_BYTES + 1)
    assert (tmp_path / "a/image.mpy").stat().st_size == f.BLOCK_BYTES
    host = FlashHost(MEND, image)
    board.flash(host, len(program))
    assert (tmp_path / "a/image.mpy").read_bytes() == program
    for told in (f.TRYING, f.TRYING, f.TRYING):
        process = board.start(0)
        said, _ = process.communicate(timeout=WAIT_S)
        assert said.decode().strip() == f"ran {4 * image.image_id + told}"
