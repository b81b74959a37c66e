"""Process: ``ampkeeper emulate`` as a child, its log, its end, and its stream of events."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.shapes import Event

READY_S = 60.0  # a busy pipeline; nothing here is timed
GONE_S = 10.0  # an orderly end takes 5 s at most
EVENTS_KEPT = 10_000
TAIL_LINES = 12
DATA = b"data: "


class Process:
    """One life of a charger at a time; its log goes on over all of them."""

    def __init__(self, log: Path, words: Sequence[str]) -> None:
        self.events: list[Event] = []  # of this life, oldest first
        self.news = threading.Condition()
        self.address = ""
        self._log = log
        self._words = [sys.executable, "-m", "ampkeeper.firmware.faces.cli", "emulate", *words]
        self._child: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """True while the process is there."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it and wait until it can be driven; ChargerError if it does not come up."""
        if self.is_running:
            raise ChargerError("start: it runs already")
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own command
                self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        self.address = self._ready(self._child)
        self.events = []
        self._listener = threading.Thread(
            target=self._listen, args=(self.address, self.events), daemon=True
        )
        self._listener.start()

    def end(self) -> int:
        """Ask it to end, as a service manager does; return its exit code."""
        if self._child is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGTERM)
        return self.gone()

    def gone(self) -> int:
        """Wait for its end; after ``GONE_S`` it is killed, and that is a ChargerError."""
        assert self._child is not None, "it was started"
        try:
            code = self._child.wait(GONE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            raise ChargerError(f"it did not end within {GONE_S:g} s\n{self.said()}") from None
        finally:
            if self._child.stdout is not None:
                self._child.stdout.close()
            if self._listener is not None:
                self._listener.join()
            self._child = None
        return code

    def said(self) -> str:
        """The newest lines of its log."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        except OSError as error:
            return f"its log {self._log}: {error.strerror}"
        return "\n".join([f"its log {self._log} ends:", *(f"  {line}" for line in lines)])

    def _ready(self, child: "subprocess.Popen[bytes]") -> str:
        assert child.stdout is not None, "it was opened as a pipe"
        found, _, _ = select.select([child.stdout], [], [], READY_S)
        line = child.stdout.readline() if found else b""
        try:
            return str(json.loads(line)["control"])
        except (ValueError, KeyError, TypeError):
            child.kill()
            self._listener = None
            self.gone()
            raise ChargerError(f"the charger did not start\n{self.said()}") from None

    def _listen(self, address: str, events: list[Event]) -> None:
        """Keep every event, until the process is gone."""
        line = HTTPConnection(address)
        with contextlib.suppress(OSError, HTTPException, ValueError):
            line.request("GET", "/v1/events")
            answer = line.getresponse()
            while text := answer.readline():  # ended by the end of the process
                if text.startswith(DATA):
                    self._keep(json.loads(text.removeprefix(DATA)), events)
        line.close()

    def _keep(self, event: Event, events: list[Event]) -> None:
        with self.news:
            events.append(event)
            del events[:-EVENTS_KEPT]
            self.news.notify_all()


def environment_of(name: str) -> str | None:
    """A variable of the environment; an empty one is none."""
    return os.environ.get(name) or None
