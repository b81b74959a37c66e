"""Site processes: emulated chargers of one site, each a process, at a real broker; and who watches.

Their time is the wall's or slower, never faster: what hangs must find its clock gone on. Currents
are those of the cars, not offers. A process that is paused is a charger whose ring 1 is not: its
permit runs out, and a car has 5 s to follow; after that it counts with its safe share, as whoever
leads counts it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.firmware.faces.cli.client import NotReachableError, ask
from tests.support.configs import FREE
from tests.support.emulator import Emulator

CAR = {"plugged": True, "max_a": 16.0, "phases": 3, "cable_a": 20, "capacity_wh": 100_000}
LOOK_S = 1.0
STARTS_AT_ONCE = 4
PERMIT_S, FOLLOW_S = 2.0, 5.0  # of ring 1, and of a car: IEC 61851-1 Table A.6
SITE = """
[ocpp]
url = ""
[mqtt]
url = "mqtts://127.0.0.1:{port}"
user = "{name}"
password_file = "{folder}/{name}.password"
ca_file = "{folder}/roots.pem"
keepalive_s = 5
[site]
name = "yard"
key_file = "{folder}/site.key"
[[circuit]]
name = "feeder"
max_a = {fuse_a}
"""
MEMBER = """\
[[member]]
name = "{name}"
circuit = "feeder"
safe_a = {safe_a}
"""


@dataclass
class Flow:
    """What flows through the fuse, as long as it is watched."""

    fuse_a: float
    worst_a: float = 0.0
    over_s: float = 0.0  # the longest without a break
    looks: int = 0
    _since_s: float | None = None

    def look(self, total_a: float, now_s: float) -> None:
        """So much flows now."""
        self.looks += 1
        self.worst_a = max(self.worst_a, total_a)
        if total_a <= self.fuse_a * 1.01:  # a car and its meter are as exact
            self._since_s = None
            return
        self._since_s = now_s if self._since_s is None else self._since_s
        self.over_s = max(self.over_s, now_s - self._since_s)


@dataclass
class Charger:
    """One of them, as it was seen last."""

    process: Emulator
    current_a: float = 0.0
    limit_a: float = 0.0
    limited_by: str = ""
    state: str = ""
    faults: tuple[str, ...] = ()
    paused_s: float | None = None
    is_on: bool = False


@dataclass
class Yard:
    """All of them behind one fuse."""

    folder: Path  # with what ``guarded_broker`` wrote
    port: int  # of the broker
    names: list[str]
    fuse_a: float
    safe_a: float
    speed: float = 1.0
    chargers: dict[str, Charger] = field(init=False)
    flow: Flow = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "site.key").write_text("6b" * 32)
        self.flow = Flow(self.fuse_a)
        self.chargers = {name: self._made(name) for name in self.names}

    def _made(self, name: str) -> Charger:
        told = {"folder": self.folder, "port": self.port, "fuse_a": self.fuse_a}
        members = "".join(MEMBER.format(name=each, safe_a=self.safe_a) for each in self.names)
        config = FREE.replace("AK-0001", name) + SITE.format(name=name, **told) + members
        return Charger(Emulator(self.folder / name, config, speed=self.speed))

    async def boot(self, *names: str) -> None:
        """Power on, with a car at each; all at once where they are few."""
        wanted = names or tuple(self.names)
        for first in range(0, len(wanted), STARTS_AT_ONCE):
            batch = wanted[first : first + STARTS_AT_ONCE]
            await asyncio.gather(*(self._boot(self.chargers[name]) for name in batch))

    async def _boot(self, charger: Charger) -> None:
        await charger.process.start()
        await charger.process.car(**CAR)
        charger.is_on = True

    async def kill(self, name: str) -> None:
        """Its power is gone, and its car with it."""
        charger = self.chargers[name]
        charger.is_on, charger.current_a, charger.limit_a, charger.state = False, 0.0, 0.0, ""
        await charger.process.kill()

    def pause(self, name: str) -> None:
        """It hangs."""
        self.chargers[name].paused_s = self.now_s()
        self.chargers[name].process.pause()

    def resume(self, name: str) -> None:
        """It goes on."""
        self.chargers[name].process.resume()
        self.chargers[name].paused_s = None

    async def end(self) -> None:
        """All of them are taken away."""
        for name in self.names:
            await self.kill(name)

    # what there is

    def now_s(self) -> float:
        """By the chargers' clocks."""
        return asyncio.get_running_loop().time() * self.speed

    def awake(self) -> list[Charger]:
        return [each for each in self.chargers.values() if each.is_on and each.paused_s is None]

    def leading(self) -> list[str]:
        awake = self.awake()
        found = self.chargers.items()
        return [name for name, each in found if each in awake and each.state == "leading"]

    def is_led(self) -> bool:
        """One leads, and the others follow."""
        states = [each.state for each in self.awake()]
        return states.count("leading") == 1 and states.count("following") == len(states) - 1

    def is_shared(self) -> bool:
        """It is led, and little is left of what those who are not heard have no claim to."""
        awake = self.awake()
        left_a = self.fuse_a - self.safe_a * (len(self.names) - len(awake))
        most_a = min(left_a, len(awake) * float(CAR["max_a"]))
        return self.is_led() and sum(each.current_a for each in awake) >= 0.99 * most_a

    def is_safe(self) -> bool:
        """Nobody is led, and each offers its safe share."""
        return all(
            each.limit_a == self.safe_a and each.state in ("alone", "stale")
            for each in self.awake()
        )

    async def until(self, what: str, is_so: Callable[[], bool], seconds: float) -> float:
        """Wait so many seconds of theirs, looking all the while; for how long it was."""
        began_s = self.now_s()
        while self.now_s() < began_s + seconds:
            await self.look()
            if is_so():
                return self.now_s() - began_s
            await asyncio.sleep(LOOK_S / self.speed)  # other processes work
        said = "\n".join(f"{name}: {each.process.said()}" for name, each in self.chargers.items())
        raise TimeoutError(f"{what}: not within {seconds:g} s: {self.told()}\n{said}")

    async def look(self) -> None:
        """See all that answer, about the same moment."""
        await asyncio.gather(*map(self._look_at, self.awake()))
        now_s = self.now_s()
        self.flow.look(sum(self._counted_a(each, now_s) for each in self.chargers.values()), now_s)

    def told(self) -> Mapping[str, tuple[object, ...]]:
        """For people: state in the site, offer, current, limit that binds and faults of each."""
        found = self.chargers.items()
        return {
            name: (each.state, each.limit_a, each.current_a, each.limited_by, *each.faults)
            for name, each in found
        }

    async def _look_at(self, charger: Charger) -> None:
        process = charger.process
        with contextlib.suppress(httpx.TransportError, NotReachableError):
            seen = await process.evse()
            charger.current_a = max(seen["current_a"])
            charger.limit_a = float(seen["limit_a"])
            charger.limited_by = str(seen["limited_by"])
            charger.faults = tuple(map(str, seen["faults"]))
            site: dict[str, Any] = await asyncio.to_thread(ask, process.state_dir, "site")
            charger.state = site["site"]["state"]

    def _counted_a(self, charger: Charger, now_s: float) -> float:
        if charger.paused_s is None or now_s - charger.paused_s < PERMIT_S + FOLLOW_S:
            return charger.current_a
        return min(charger.current_a, self.safe_a)
