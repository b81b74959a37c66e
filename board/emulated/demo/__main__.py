"""``make run``: a central system, a charger and a car; one charge by card, from plug to receipt."""

import argparse
import asyncio
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from ampkeeper.board.emulated.demo.client import ControlClient, ControlError
from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.demo.view import Seen, line, receipt, render

CARD = "04A224B1"
CONFIG = """\
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"

[board]
name = "emulated"

[[evse]]
id = 1
max_a = 32
phases = 3
socket = true

[ocpp]
url = "{url}"
id = "AK0001"
versions = ["{version}"]

[ocpp.keys]
MeterValueSampleInterval = 5
"""
CAR = {"soc_percent": 80.0, "capacity_wh": 600, "max_a": 16, "phases": 3, "cable_a": 20}
LOG = "charger.log"  # in the state folder, which it marks as a demonstration's
STATE_HELP = "folder of the charger's memory, emptied first (default .state/run)"
READY_S = 30.0
STEP_S = 60.0
CHARGE_S = 600.0
LOOK_S = 0.25
PICTURE_COLUMNS = 110
INTERRUPTED = 130  # as a shell says of Ctrl-C
FONT_FACE = re.compile(r"@font-face \{[^}]*\}\s*")  # a picture loads nothing from elsewhere
PICTURE_PERCENT = 94.0  # of the battery: from here the car draws less


class Demo:
    """One run. ``draw`` shows the present state."""

    def __init__(self, control: ControlClient, seen: Seen, draw: Callable[[Any], None]):
        self._control = control
        self._seen = seen
        self._draw = draw

    async def until(self, what: str, is_so: Callable[[dict[str, Any]], bool], wait_s: float) -> Any:
        """Show the state until ``is_so``; raise ControlError if that takes too long."""
        self._seen.step = what
        waited_s = 0.0
        while True:
            state = await self._control.state()
            self._draw(state)
            if is_so(state["evses"][0]) and state["csms"]["registration"] == "accepted":
                return state
            waited_s += LOOK_S
            if waited_s > wait_s:
                raise ControlError(f"{what}: not within {wait_s:g} s; the state is {state}")
            await asyncio.sleep(LOOK_S)

    async def charge(self) -> tuple[str, str]:
        """Plug in, swipe, charge to the end, unplug; the start's and the end's time."""
        await self.until("the charger registers", lambda evse: True, STEP_S)
        await self._control.change_car(**CAR)
        await self._control.change_car(plugged=True, ready=True)
        await self.until("a car is plugged in", lambda evse: evse["status"] == "Preparing", STEP_S)
        await self._control.swipe(CARD)
        started = await self.until("a card is held", lambda evse: evse["power_w"] > 0, STEP_S)
        await self.until(
            "it charges until the battery is full",
            lambda evse: evse["status"] == "SuspendedEV" and evse["power_w"] == 0,
            CHARGE_S,
        )
        await self._control.swipe(CARD)
        ended = await self.until(
            "the same card ends it", lambda evse: evse["session"] is None, STEP_S
        )
        await self._control.change_car(plugged=False)
        await self.until("the car leaves", lambda evse: evse["status"] == "Available", STEP_S)
        return started["time"], ended["time"]


async def run(arguments: argparse.Namespace) -> None:
    """Start all three and charge once; raise ControlError, or OSError for a file or port."""
    console = Console()
    seen = Seen()
    state_dir = Path(arguments.state)
    _empty(state_dir)
    csms = DemoCsms(observer=lambda station, direction, frame: seen.note(direction, frame))
    url = await csms.start()
    config = state_dir / "charger.toml"
    config.write_text(CONFIG.format(url=url, version=arguments.ocpp))
    charger = await _start(config, state_dir, arguments.speed)
    try:
        control = ControlClient(await _ready(charger, state_dir / LOG))
        started, ended = await _show(console, control, seen, arguments.picture)
        await _delivered(csms)
        for booked in csms.books.transactions.values():
            console.print(receipt(booked, started, ended))
    finally:
        if charger.returncode is None:
            charger.terminate()
        await charger.wait()
        await csms.stop()


def _empty(state_dir: Path) -> None:
    """Make room for a new charger; ControlError where something else lives."""
    if state_dir.is_dir() and any(state_dir.iterdir()):
        if not (state_dir / LOG).is_file():
            allowed = "must be an empty folder, or that of an earlier demonstration"
            raise ControlError(f"--state {state_dir}: {allowed}: nothing was deleted")
        shutil.rmtree(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True)


async def _show(
    console: Console, control: ControlClient, seen: Seen, picture: str | None
) -> tuple[str, str]:
    """Charge with a live view, or with one line a change where there is no terminal."""
    if picture is not None:
        return await Demo(control, seen, Painter(picture, seen).draw).charge()
    if not console.is_terminal:
        return await Demo(control, seen, Lines(console, seen).draw).charge()
    with Live(render(None, None, seen), console=console, refresh_per_second=8) as live:

        def draw(state: Any) -> None:
            live.update(render(state, soc_percent(state), seen))

        return await Demo(control, seen, draw).charge()


class Lines:
    """One line for each change."""

    def __init__(self, console: Console, seen: Seen) -> None:
        self._console = console
        self._seen = seen
        self._last = ""

    def draw(self, state: Any) -> None:
        """Print the state if it is another one."""
        step = f"{self._seen.step}: {state['evses'][0]['status']}"
        if step != self._last:
            self._last = step
            self._console.print(f"{self._seen.step}: {line(state, self._seen)}", soft_wrap=True)


class Painter:
    """Paints the live view in mid-charge, for the README."""

    def __init__(self, path: str, seen: Seen) -> None:
        self._path = path
        self._seen = seen

    def draw(self, state: Any) -> None:
        """Paint while it charges; the last picture stays."""
        screen = render(state, soc_percent(state), self._seen)
        evse = state["evses"][0]
        if evse["status"] != "Charging" or soc_percent(state) > PICTURE_PERCENT:
            return
        console = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO())
        console.print(screen)
        drawn = console.export_svg(title="make run")
        Path(self._path).write_text(FONT_FACE.sub("", drawn))


def soc_percent(state: dict[str, Any]) -> float:
    """The battery, as the driver of this car would reckon it from the energy."""
    session = state["evses"][0]["session"]
    energy_wh = session["energy_wh"] if session is not None else 0
    return min(100.0, CAR["soc_percent"] + 100 * energy_wh / CAR["capacity_wh"])


async def _start(config: Path, state_dir: Path, speed: float) -> asyncio.subprocess.Process:
    log = os.open(state_dir / LOG, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    words = ["-m", "ampkeeper.firmware.faces.cli", "emulate", "--config", str(config)]
    words += ["--state", str(state_dir), "--control", "127.0.0.1:0", "--speed", str(speed)]
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    finally:
        os.close(log)


async def _ready(charger: asyncio.subprocess.Process, log: Path) -> str:
    """The control address that the charger prints when it can be driven."""
    assert charger.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            text = await charger.stdout.readline()
        ready = json.loads(text)
        return str(ready["control"])
    except (TimeoutError, ValueError, KeyError):
        raise ControlError(f"the charger did not start; {log} ends: {_end_of(log)}") from None


def _end_of(log: Path) -> str:
    return ("", *log.read_text(errors="replace").splitlines())[-1]


async def _delivered(csms: DemoCsms) -> None:
    """Wait for the last message; the charger owes it until it is answered."""
    try:
        async with asyncio.timeout(STEP_S):
            await csms.books.closed.wait()
    except TimeoutError:
        raise ControlError(f"the end of the charge was not told within {STEP_S:g} s") from None


def main() -> int:
    """The command line of the demonstration."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="times real time, 0.1 to 1000 (default 1)",
    )
    versions = ("1.6", "2.0.1", "2.1")
    parser.add_argument("--ocpp", choices=versions, default="2.0.1", help="default 2.0.1")
    parser.add_argument("--picture", metavar="FILE", help="paint the live view into an SVG file")
    parser.add_argument("--state", default=".state/run", metavar="DIR", help=STATE_HELP)
    arguments = parser.parse_args()
    try:
        asyncio.run(run(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ControlError as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"make run: {_said(error)}", file=sys.stderr)
        return 1
    return 0


def _said(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


if __name__ == "__main__":
    sys.exit(main())
