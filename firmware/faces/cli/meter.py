"""Meter: ``ampkeeper meter detect``, ``read`` and ``watch``, without a station.

The drivers are reached by name through the board's tool, as boards are (``start.py``): the
firmware imports none. This file asks for them, shows progress and prints the answer.
"""

import argparse
import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.devices import require_device
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.meter_text import found_text, line_text, reading_text
from ampkeeper.firmware.faces.cli.start import BOARDS
from ampkeeper.hal.errors import HalError, WrongDeviceError

TOOL = f"{BOARDS}.host.meter_tool"


def run_meter(arguments: argparse.Namespace) -> int:
    """Carry out one of the three; the return value is the exit code."""
    require_device(arguments.port)
    tool: Any = importlib.import_module(TOOL)
    try:
        if arguments.verb == "detect":
            return _detect(tool, arguments)
        settings = tool.MeterSettings(
            arguments.map,
            arguments.port,
            arguments.unit,
            arguments.baud,
            arguments.parity,
            arguments.stop_bits,
        )
        if arguments.verb == "read":
            return _read(tool, settings, arguments)
        return asyncio.run(_watch(tool, settings, arguments))
    except WrongDeviceError as error:
        hint = f"`ampkeeper meter detect --port {arguments.port}` says which meter is there"
        raise RefusedError(f"{error}; {hint}") from error
    except (HalError, ValueError) as error:  # the device's, or a wrong map or port
        raise RefusedError(str(error)) from error
    except KeyboardInterrupt:
        return codes.OK


def _detect(tool: Any, arguments: argparse.Namespace) -> int:
    lines = tool.lines_of(arguments.baud, arguments.parity)
    units: Sequence[int] = arguments.units or tool.usual_units()
    with _progress(tool.steps(arguments.port, lines, units)) as step:
        found = tool.found_on(arguments.port, lines, units, step)
    if arguments.json:
        print(json.dumps({"port": arguments.port, "found": found}, indent=2))
    else:
        print(found_text(arguments.port, found, [str(line) for line in lines], units))
    return codes.OK if found else codes.NO


def _read(tool: Any, settings: Any, arguments: argparse.Namespace) -> int:
    answer = tool.read(settings)
    print(json.dumps(answer, indent=2) if arguments.json else reading_text(answer))
    return codes.OK


async def _watch(tool: Any, settings: Any, arguments: argparse.Namespace) -> int:
    """Print until interrupted, or ``--count`` readings; each line stands for itself."""
    left = arguments.count
    async for answer in tool.watch(settings, arguments.every):
        print(json.dumps(answer) if arguments.json else line_text(answer), flush=True)
        left -= 1
        if left == 0:
            break
    return codes.OK


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on the terminal while it looks; without a terminal, nothing is drawn."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("opening the port", total=total)

        def step(what: str) -> None:
            bar.update(task, advance=1, description=what)

        yield step
