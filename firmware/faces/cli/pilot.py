"""Pilot: ``ampkeeper pilot flash`` and ``pilot shell`` over the board's USB, and ``pilot where``.

What belongs on a board is in ``pilot_plan.py``, how it gets there in ``pilot_flash.py``, and the
wire in ``pilot_port.py``; what its tracebacks mean is in ``pilot_where.py``. This file asks for a
device, shows progress and prints the answer.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.devices import require_device
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_flash import PLATFORM, Announce, Answer, flash
from ampkeeper.firmware.faces.cli.pilot_image import Image
from ampkeeper.firmware.faces.cli.pilot_link import greet_at
from ampkeeper.firmware.faces.cli.pilot_part import write_part
from ampkeeper.firmware.faces.cli.pilot_plan import compiler, files, image
from ampkeeper.firmware.faces.cli.pilot_port import NO_MPREMOTE, MpremotePort, Progress
from ampkeeper.firmware.faces.cli.pilot_where import told as told_places
from ampkeeper.firmware.faces.cli.pilot_where import translated

TRACE_LETTERS_MAX = 100_000  # a console's last pages
USB_VENDOR = 0x2E8A  # Raspberry Pi; MicroPython on an RP2040 uses it


def run_pilot(arguments: argparse.Namespace) -> int:
    """Carry out one of them; the return value is the exit code."""
    if arguments.verb == "where":
        whole, _ = image()
        print(told_places(arguments.lines, whole) if arguments.lines else traced(whole))
        return codes.OK
    if arguments.verb == "part":
        print(write_part(arguments.file, compiler()))
        return codes.OK
    device = arguments.port or found_device()
    for each in filter(None, (device, arguments.link)):
        require_device(each)
    if arguments.verb == "shell":
        return shell(device)
    answer = flash_device(device, link=arguments.link)
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        print(told(answer))
    return codes.OK


def flash_device(device: str, link: str | None = None, platform: str = PLATFORM) -> Answer:
    """Flash the board at ``device``; greet it at ``link`` afterwards, if that is named."""
    wanted = files(compiler())
    port = MpremotePort(device)
    port.open()
    try:
        with progress_bar() as (announce, progress):
            answer = flash(port, wanted, announce, progress, platform)
    finally:
        port.close()
    if link:
        greet_at(link)
    return {"port": device, **answer, "greeted_at": link}


def shell(device: str) -> int:
    """Hand this terminal over to the board's REPL; Ctrl-] leaves it."""
    try:
        mpremote = importlib.import_module("mpremote.main")
    except ImportError as error:
        raise RefusedError(NO_MPREMOTE) from error
    sys.argv = ["mpremote", "connect", device, "repl"]  # all that its main looks at
    return int(mpremote.main() or codes.OK)


def traced(whole: Image) -> str:
    """What comes in, which may be a traceback of a board, translated."""
    return translated(sys.stdin.read(TRACE_LETTERS_MAX), whole).rstrip()


def found_device() -> str:
    """The one RP2040 on USB; RefusedError if there is none, or more than one."""
    from serial.tools import list_ports

    found = sorted(port.device for port in list_ports.comports() if port.vid == USB_VENDOR)
    if len(found) != 1:
        seen = ", ".join(found) or "none"
        raise RefusedError(f"boards on USB: {seen}; name one with --port")
    return found[0]


def told(answer: Answer) -> str:
    """The answer in a few lines."""
    written, removed = answer["written"], answer["removed"]
    assert isinstance(written, list)
    assert isinstance(removed, list)
    text = (
        f"{answer['port']}: {answer['board']} {answer['firmware_version']}, link protocol "
        f"{answer['protocol']}, MicroPython {answer['micropython']}\n"
        f"{answer['files']} files, {answer['bytes']:,} bytes: {len(written)} written, "
        f"{len(removed)} removed, all read back; the board answered our greeting"
    )
    return text + (f" at {answer['greeted_at']} too" if answer["greeted_at"] else "")


@contextmanager
def progress_bar() -> Iterator[tuple[Announce, Progress]]:
    """A bar on the terminal for what takes its time; without a terminal, nothing is drawn."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)

        def announce(what: str, size: int) -> None:
            bar.reset(task, total=size or None, description=what)

        def advance(size: int) -> None:
            bar.advance(task, size)

        yield announce, advance
