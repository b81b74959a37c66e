"""Site members: many parties of one site in one process, each with its own client of a real broker.

Their time runs ``SPEED`` times as fast as the wall's: what they wait for is longer than a test may
take, and a broker on loopback is quicker than any in the field by more than that.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ampkeeper.firmware.site.circuits import PHASES, Circuit, Tree
from ampkeeper.firmware.site.party import Party
from ampkeeper.firmware.site.place import Place, Wish
from ampkeeper.firmware.site.roster import Roster, Seat
from ampkeeper.firmware.site.seal import Seals
from ampkeeper.hal.linux.mqtt import MqttBus
from ampkeeper.hal.ports import BusMessage
from tests.support.broker import Mosquitto
from tests.support.pki import Authority

SPEED = 4.0
KEY = b"k" * 32
TOPIC = "ampkeeper/site/yard/"
STEP_S = 0.02


ACL = """
pattern write ampkeeper/site/+/beat/%u
pattern write ampkeeper/site/+/to/+/%u
pattern read ampkeeper/site/+/beat/+
pattern read ampkeeper/site/+/to/%u/+
"""


def names_of(count: int) -> list[str]:
    return [f"AK{number:02}" for number in range(1, count + 1)]


def guarded_broker(folder: Path, ca: Authority, names: list[str]) -> Mosquitto:
    """A broker with TLS, and a password and an ACL for each charger; it is not started."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "roots.pem").write_text(ca.pem)
    users = {name: f"password of {name}" for name in names}
    for name, password in users.items():
        (folder / f"{name}.password").write_text(password)
    return Mosquitto(folder / "broker", ca=ca, users=users, acl=ACL)


@dataclass
class Voice:
    """One charger on the bus."""

    name: str
    bus: MqttBus
    party: Party
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    is_on: bool = True


class Yard:
    """So many chargers behind one fuse, with a safe share each."""

    def __init__(
        self, count: int, fuse_a: float, safe_a: float, make_bus: Callable[[str], MqttBus]
    ) -> None:
        self.names = names_of(count)
        self.fuse_a, self.safe_a = fuse_a, safe_a
        self.worst_a = 0.0
        self._make_bus = make_bus
        self._boots = 0
        self._group: asyncio.TaskGroup
        seats = [Seat(name, "feeder", PHASES, safe_a) for name in self.names]
        self._roster = Roster(Tree([Circuit("feeder", (fuse_a,) * 3)]), seats)
        self._stations = {name: ((1, name),) for name in self.names}
        self.voices: dict[str, Voice] = {}

    @staticmethod
    def now_s() -> float:
        return asyncio.get_running_loop().time() * SPEED

    def start(self, group: asyncio.TaskGroup) -> None:
        """Power on, all of them, and somebody who watches the fuse."""
        self._group = group
        for name in self.names:
            self.boot(name)
        self._watching = group.create_task(self._watch())

    def boot(self, name: str) -> None:
        """One charger begins a new life."""
        self._boots += 1
        seals = Seals((KEY,), "f", name, f"boot{self._boots}", self.names)
        party = Party(Place(self._roster, self._stations, {}, name), seals, self.now_s())
        voice = Voice(name, self._make_bus(name), party)

        def hear(message: BusMessage) -> None:
            topic = message.topic.removeprefix(TOPIC)
            for send in party.hear(topic, message.payload, self.now_s()):
                voice.bus.publish(TOPIC + send.topic, send.payload)

        voice.bus.watch(lambda is_up: party.on_bus(is_up, self.now_s()))
        voice.bus.subscribe(f"{TOPIC}beat/+", hear)
        voice.bus.subscribe(f"{TOPIC}to/{name}/+", hear)
        voice.tasks = [
            self._group.create_task(voice.bus.run()),
            self._group.create_task(self._tick(voice)),
        ]
        self.voices[name] = voice

    def kill(self, name: str) -> None:
        """It is gone, and says nothing more; its car stops."""
        self.voices[name].is_on = False
        for task in self.voices[name].tasks:
            task.cancel()

    def end(self) -> None:
        """Power off, all of them."""
        self._watching.cancel()
        for name in self.names:
            self.kill(name)

    def limit_a(self, voice: Voice) -> float:
        limit_a = voice.party.limit_a(1, set(PHASES), self.now_s()) if voice.is_on else 0.0
        return limit_a if limit_a >= 6.0 else 0.0

    def total_a(self) -> float:
        return sum(self.limit_a(voice) for voice in self.voices.values())

    def states(self) -> list[str]:
        return [voice.party.state for voice in self.voices.values() if voice.is_on]

    def leading(self) -> list[str]:
        return [
            name
            for name, voice in self.voices.items()
            if voice.is_on and voice.party.state == "leading"
        ]

    def is_shared(self) -> bool:
        """One leads, all others follow, and little of the fuse is left."""
        states = self.states()
        is_led = states.count("leading") == 1 and states.count("following") == len(states) - 1
        return is_led and self.total_a() >= 0.97 * self.fuse_a

    def is_safe(self) -> bool:
        """Nobody is led, and each takes its safe share."""
        limits = {self.limit_a(voice) for voice in self.voices.values() if voice.is_on}
        return limits == {self.safe_a}

    async def until(self, is_so: Callable[[], bool], seconds: float) -> None:
        """Wait by the wall's clock; TimeoutError says what there is."""
        for _ in range(round(seconds / STEP_S)):
            if is_so():
                return
            await asyncio.sleep(STEP_S)  # the broker is another process
        raise TimeoutError(f"{self.total_a():.1f} A, {self.states()}")

    async def _tick(self, voice: Voice) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            amps = self.limit_a(voice)
            wish = Wish(PHASES, 32.0, 6.0, (amps, amps, amps))
            for send in voice.party.tick({1: wish}, {}, self.now_s()):
                voice.bus.publish(TOPIC + send.topic, send.payload)
            due_s = max(due_s + 1 / SPEED, loop.time())
            await asyncio.sleep(due_s - loop.time())

    async def _watch(self) -> None:
        while True:
            self.worst_a = max(self.worst_a, self.total_a())
            await asyncio.sleep(STEP_S)
