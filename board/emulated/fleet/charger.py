"""Charger: one of a fleet. A whole one in real time, with its own connection, whose cars come."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.calm_charger import CalmCharger
from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.fleet.numbers import CountingDialer, Numbers
from ampkeeper.board.emulated.fleet.profile import Profile
from ampkeeper.board.emulated.simulate.hands import Hands
from ampkeeper.board.emulated.simulate.visits import Step, coming, steps
from ampkeeper.board.emulated.virtual_charger import CONFIG, Trace
from ampkeeper.board.host.dial import websocket_dialer
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from ampkeeper.hal.memory_socket import MemoryDialer

NOBODY = DemoCsms()  # in memory, where a fleet's charger never calls


def config_of(profile: Profile) -> Config:
    """What all chargers of a fleet have in common; raises ConfigError."""
    sets = [
        ("ocpp.url", profile.url),
        ("ocpp.id", id_of(profile, 1)),
        ("station.serial", serial_of(profile, 1)),
        *profile.sets,
    ]
    if profile.versions:
        listed = ", ".join(f'"{version}"' for version in profile.versions)
        sets.append(("ocpp.versions", f"[{listed}]"))
    return parse(CONFIG, sets)


def id_of(profile: Profile, number: int) -> str:
    """The identity of one of them at the central system."""
    return f"{profile.id_prefix}{number:05}"


def serial_of(profile: Profile, number: int) -> str:
    """What is written on its housing."""
    return f"{profile.id_prefix}-{number:05}"


class FleetCharger(CalmCharger):
    """``number`` counts from 1; its id is the profile's prefix and that number.

    ``config`` is that of ``config_of``, read once for all.
    """

    def __init__(
        self,
        number: int,
        profile: Profile,
        config: Config,
        seed: int,
        state_dir: Path,
        numbers: Numbers,
    ) -> None:
        ocpp = replace(config.ocpp, id=id_of(profile, number))
        station = replace(config.station, serial=serial_of(profile, number))
        own = replace(config, ocpp=ocpp, station=station)
        super().__init__(state_dir, seed * 1_000_003 + number, config=own)
        self.csms = NOBODY
        self.dialer = MemoryDialer(lambda socket, url, subprotocols: None)
        self.trace = Trace(_Events(number, numbers))
        self._numbers = numbers
        self._began_s = asyncio.get_running_loop().time()
        self._coming = coming(f"fleet {seed} {number}", profile.habits)
        self._hands = Hands(self, f"{number:08X}")

    def dial(self, access: Access) -> Dialer:
        """Over the network, counted."""
        self._counting = CountingDialer(websocket_dialer(access), self._numbers)
        return self._counting

    async def live(self) -> None:
        """Charge one car after the other; ended by cancellation."""
        todo = self._todo()
        while True:
            async with self.running():
                self._numbers.running += 1
                try:
                    off_s = await self._until_cut(todo)
                finally:
                    self._numbers.running -= 1
            await asyncio.sleep(off_s)

    def _todo(self) -> Iterator[Step]:
        for visit in self._coming:
            yield from steps([visit])

    async def _until_cut(self, todo: Iterator[Step]) -> float:
        """Let happen what comes; return for how long the supply is cut then."""
        loop = asyncio.get_running_loop()
        for step in todo:
            at_s, what, visit = step
            await asyncio.sleep(max(0.0, self._began_s + at_s - loop.time()))
            if what == "break" and visit.mishap == "power":
                return visit.lasts_s
            await self._hands.do(step)
        raise AssertionError("somebody always comes")


class _Events(list[tuple[float, str, dict[str, Any]]]):
    """Counts what happens, and keeps nothing."""

    def __init__(self, number: int, numbers: Numbers) -> None:
        super().__init__()
        self._number = number
        self._numbers = numbers

    def append(self, event: tuple[float, str, dict[str, Any]]) -> None:
        _, kind, fields = event
        self._numbers.note(self._number, kind, fields)
