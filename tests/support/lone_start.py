"""Lone start: a station of a Pi, from its configuration to its registration, and what that loads.

A program of its own: ``python -m tests.support.lone_start CONFIG STATE`` prints the names of all
its modules once the central system has accepted it. Of a Pi only the hardware's drivers are left
out.
"""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ampkeeper.board.host.broker import mqtt_bus
from ampkeeper.board.host.dial import file_carriers, websocket_dialer
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config import load
from ampkeeper.firmware.faces.cli.start import checkers
from ampkeeper.hal.fake import FakeMeter, FakeReader
from ampkeeper.hal.linux.clock import SystemClock
from ampkeeper.hal.ports import PilotIdentity, PilotStatus
from tests.support.reports import FREE_SOCKET

REPORT_S = 0.1
LOOK_S = 0.02


class FreePilot:
    """Ring 1 before a socket that nobody uses."""

    can_switch_phases = False

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    async def open(self) -> PilotIdentity:
        return PilotIdentity("free", "1", 3)

    async def next_status(self) -> PilotStatus:
        await asyncio.sleep(REPORT_S)
        now_s = self._clock.now_s()
        return replace(FREE_SOCKET, taken_s=now_s, uptime_ms=round(now_s * 1_000))

    def take_tests(self) -> tuple[()]:
        return ()

    def take_trace(self) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        """Whatever the station says is heard and needs nothing."""
        return lambda *args: None


async def modules(config_file: Path, state: Path) -> list[str]:
    """Start, wait for the registration, end; ended by that, or by who waits for it."""
    clock = SystemClock()
    hardware = Hardware({1: FreePilot(clock)}, {1: FakeMeter(clock)}, {1: FakeReader()})
    around = Surroundings(
        make_dialer=websocket_dialer, make_bus=mqtt_bus, make_carriers=file_carriers
    )
    app = App(load(config_file, (), checkers()), state, hardware, clock, around)
    life = asyncio.ensure_future(app.run())
    while app.csms.view()["registration"] != "accepted":  # noqa: ASYNC110 - from outside
        await asyncio.sleep(LOOK_S)
    found = sorted(sys.modules)
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(modules(Path(sys.argv[1]), Path(sys.argv[2])))))
