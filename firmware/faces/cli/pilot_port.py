"""Pilot port: a pilot board's console over USB, as files and one way to run a piece of code.

``MpremotePort`` speaks MicroPython's raw REPL through ``mpremote``, which is imported late: only
who flashes needs it. Its failures become RefusedError; nothing of it shows above.
"""

import ast
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from ampkeeper.firmware.faces.cli.errors import RefusedError

Progress = Callable[[int], None]  # told the bytes written since the last call
NO_MPREMOTE = "mpremote is not installed: pip install 'mpremote>=1.29,<1.30'"

IDENTIFY = (
    "import sys\n"
    "i=sys.implementation\n"
    "print((i.name,tuple(i.version)[:3],sys.platform,getattr(i,'_mpy',0)&255))"
)
# Hashes on the board itself; prints one line per file, so a slow board is no silent one.
LIST = """
import os, hashlib, binascii
def _hash(p):
    h = hashlib.sha256()
    with open(p, 'rb') as f:
        b = f.read(512)
        while b:
            h.update(b)
            b = f.read(512)
    print(str(binascii.hexlify(h.digest()), 'ascii'), p)
_left = ['ampkeeper', 'a', 'b']
for _p in (
    'main.py', 'updater.mpy', 'manifest.txt', 'slots.0', 'slots.1', 'part', 'pair.key', 'pair.key2',
):
    try:
        _hash(_p)
    except OSError:
        pass
while _left:
    _f = _left.pop()
    try:
        _all = list(os.ilistdir(_f))
    except OSError:
        continue
    for _e in _all:
        _p = _f + '/' + _e[0]
        if _e[1] & 0x4000:
            _left.append(_p)
        else:
            _hash(_p)
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What answers at the other end."""

    name: str
    version: tuple[int, ...]
    platform: str
    mpy: int  # version of the .mpy files that it takes


class PilotPort(Protocol):
    """A board with its program stopped."""

    def identify(self) -> Identity:
        """Which interpreter answers."""
        ...

    def hashes(self) -> dict[str, str]:
        """SHA-256 by path, of every file of ours."""
        ...

    def make_folder(self, path: str) -> None:
        """Make a folder, unless it is there."""
        ...

    def write(self, path: str, data: bytes, progress: Progress) -> None:
        """Write a file anew."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file."""
        ...

    def run(self, code: str) -> str:
        """Run code and return what it prints."""
        ...

    def reset(self) -> None:
        """Start the board anew."""
        ...


class MpremotePort:
    """The port over a serial device, such as ``/dev/ttyACM0``."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._errors: tuple[type[Exception], ...] = (OSError,)
        self._line: Any = None

    def open(self) -> None:
        """Interrupt the program and enter the raw REPL. Ignored by a board that supplies a car."""
        try:
            transport = importlib.import_module("mpremote.transport_serial")
        except ImportError as error:
            raise RefusedError(NO_MPREMOTE) from error
        self._errors = (OSError, transport.TransportError)
        with self._refusals("does not answer; is it charging?"):
            self._line = transport.SerialTransport(self.device)
            self._line.enter_raw_repl(soft_reset=False)

    def close(self) -> None:
        """Leave the REPL; safe twice."""
        if self._line is not None:
            line, self._line = self._line, None
            with self._refusals("cannot be closed"):
                line.close()

    def identify(self) -> Identity:
        with self._refusals("does not say what it is"):
            try:
                name, version, platform, mpy = ast.literal_eval(self.run(IDENTIFY))
                return Identity(str(name), tuple(map(int, version)), str(platform), int(mpy))
            except (SyntaxError, TypeError, ValueError) as error:
                raise RefusedError(f"{self.device}: no MicroPython answers") from error

    def hashes(self) -> dict[str, str]:
        lines = (line.partition(" ") for line in self.run(LIST).splitlines())
        return {path: digest for digest, _, path in lines if path}

    def make_folder(self, path: str) -> None:
        code = f"import os\ntry:\n os.mkdir({path!r})\nexcept OSError as e:\n"
        self.run(code + " if e.errno != 17: raise\n")

    def write(self, path: str, data: bytes, progress: Progress) -> None:
        told = 0

        def tell(written: int, _total: int) -> None:
            nonlocal told
            progress(written - told)
            told = written

        with self._refusals(f"cannot write {path}"):
            self._line.fs_writefile(path, data, progress_callback=tell)

    def remove(self, path: str) -> None:
        self.run(f"import os\nos.remove({path!r})")

    def run(self, code: str) -> str:
        with self._refusals("failed"):
            return bytes(self._line.exec(code)).decode(errors="replace").replace("\r\n", "\n")

    def reset(self) -> None:
        with self._refusals("cannot be reset"):
            self._line.exec_raw_no_follow("import machine\nmachine.reset()")

    @contextmanager
    def _refusals(self, what: str) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise RefusedError(f"{self.device} {what}: {str(error).strip()[-300:]}") from error
