"""A pilot board's console in memory, and one that is MicroPython on a pseudo-terminal."""

import hashlib
import os
import pty
import subprocess
import tempfile
import tty

from ampkeeper.firmware import __version__
from ampkeeper.firmware.faces.cli.pilot_port import Identity
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings


class FakePort:
    """Files in a dictionary; ``run`` answers a greeting as the board of ``board`` would."""

    def __init__(self):
        self.identity = Identity("micropython", (1, 27, 0), "rp2", 6)
        self.files = {}
        self.folders = set()
        self.calls = []
        self.board = PilotBoard(Settings(), "pilot_rp2040", 5, __version__)
        self.spoils = None  # a path whose bytes change on the way

    def identify(self):
        return self.identity

    def hashes(self):
        return {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}

    def make_folder(self, path):
        parent = path.rpartition("/")[0]
        assert not parent or parent in self.folders, path
        self.folders.add(path)

    def write(self, path, data, progress):
        folder = path.rpartition("/")[0]
        assert not folder or folder in self.folders, path
        self.files[path] = data[:-1] + b"?" if path == self.spoils else data
        self.calls.append(("write", path))
        progress(len(data))

    def remove(self, path):
        del self.files[path]
        self.calls.append(("remove", path))

    def run(self, code):
        hello = bytes.fromhex(code.split("unhexlify('")[1].split("'")[0])
        self.board.feed(hello)
        self.calls.append(("run", ""))
        return bytes(self.board.to_send()).hex() + "\n"

    def reset(self):
        self.calls.append(("reset", ""))


UNUSED_COUNT = 48  # more lines than the tests of all workers have open at one time


def unused_pty() -> tuple[int, int]:
    """Both ends of a pty with a number that no line of another test had before.

    The kernel gives the lowest free number. Whoever still looks for a line that ended, such as
    the guard of a station that was killed, would find this one, and talk Modbus to its REPL.
    """
    pairs = [pty.openpty() for _ in range(UNUSED_COUNT)]
    for near, far in pairs[:-1]:
        os.close(near)
        os.close(far)
    return pairs[-1]


class PtyBoard:
    """The unix port of MicroPython, its REPL on a pseudo-terminal, its files in a folder."""

    def __init__(self, interpreter):
        self.folder = tempfile.TemporaryDirectory()
        near, self._far = unused_pty()  # kept open: without it the near end would report an error
        tty.setraw(self._far)
        self.device = os.ttyname(self._far)
        self._process = subprocess.Popen(
            [interpreter, "-i"],
            stdin=near,
            stdout=near,
            stderr=near,
            cwd=self.folder.name,
            env={"MICROPYPATH": ""},
            start_new_session=True,
        )
        os.close(near)

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._far)
        self.folder.cleanup()
