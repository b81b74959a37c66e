"""Image install: puts an image on this machine, through the station that runs or without one.

The image must be the maker's; the central system has no say. It is on trial from the next start:
a station that runs restarts when nobody charges.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ampkeeper.firmware.config import load
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.cli.start import checkers, folders_of, hold_slots

LOOK_S = 0.3
GONE = "the station restarts into it"
NOT_BESIDE = "the station runs and does not answer, or somebody else installs: wait, or stop it"
ENDS = ("idle", "restarting", "trying")
WAITS = ("waiting", "dated")  # it goes on without us

Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def install(arguments: argparse.Namespace, bar: Bar) -> int:
    """Install FILE; the return value is the exit code."""
    file = arguments.file.resolve()
    try:
        ask(arguments.state, "image", action="install", file=str(file))
    except NotReachableError:
        return _say(arguments, _install_here(arguments, file, bar))
    return _say(arguments, _follow(arguments.state, bar))


def status(arguments: argparse.Namespace) -> int:
    """What runs, and where an update stands."""
    told = ask(arguments.state, "image", action="status")
    if arguments.json:
        print(json.dumps(told, indent=2))
        return codes.OK
    print(f"version {told['version'] or 'of the machine'}; last installation: {told['trial']}")
    print(f"update: {told['state']}" + (f", {told['reason']}" if told["reason"] else ""))
    return codes.OK


def _follow(state: Path, bar: Bar) -> str:
    """Watch the station install it; what became of it. RefusedError says why not."""
    with bar("installing", 100) as advance:
        while True:
            try:
                told = ask(state, "image", action="status")
            except NotReachableError:
                return GONE
            if told["state"] in WAITS:
                return "it is installed when nobody charges: see `ampkeeper image status`"
            if told["state"] in ENDS:
                return _ended(told)
            advance(told["percent"] if told["state"] == "installing" else 0)
            time.sleep(LOOK_S)


def _ended(told: dict[str, Any]) -> str:
    if told["state"] == "idle":
        raise RefusedError(told["reason"] or "the station did not install it")
    return GONE


def _install_here(arguments: argparse.Namespace, file: Path, bar: Bar) -> str:
    """No station runs: straight into the free slot."""
    config: Config = load(arguments.config, arguments.set, checkers())
    folders = folders_of(config, arguments.state)
    try:
        handle = hold_slots(arguments.state)
    except BlockingIOError:
        raise RefusedError(NOT_BESIDE) from None
    try:
        with file.open("rb") as opened, bar("installing", 1000) as advance:
            head = folders.install(opened, datetime.now(UTC), advance)
    finally:
        os.close(handle)
    return f"{head.manifest.version} is installed, and on trial from the next start"


def _say(arguments: argparse.Namespace, text: str) -> int:
    print(json.dumps({"result": text}, indent=2) if arguments.json else f"{arguments.file}: {text}")
    return codes.OK
