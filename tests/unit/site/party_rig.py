"""Party rig: whole parties of a site on a broker that loses, with a recorder on the line."""

from dataclasses import dataclass, field
from random import Random

from ampkeeper.firmware.site.circuits import PHASES, Circuit, PerPhase, Tree
from ampkeeper.firmware.site.party import Party
from ampkeeper.firmware.site.place import Measured, Place, Send, Wish
from ampkeeper.firmware.site.roster import NOTHING_A, Roster, Seat
from ampkeeper.firmware.site.seal import Seals

KEY = b"k" * 32
FULL = Wish(PHASES, 32.0, 6.0)


@dataclass
class Yard:
    """So many chargers at one fuse; each is a party, and may be away."""

    count: int
    feeder_a: float = 63.0
    safe_a: float = 6.0
    loss: float = 0.0
    now_s: float = 0.0
    others_a: PerPhase = NOTHING_A
    meter: str = ""
    wishes: dict[str, Wish] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)  # whom the broker lets read nothing
    barred: set[tuple[str, str, str]] = field(default_factory=set)  # (who, read or write, what)
    line: list[tuple[str, bytes]] = field(default_factory=list)  # all that went over it
    is_up: bool = True

    def __post_init__(self) -> None:
        tree = Tree([Circuit("feeder", (self.feeder_a,) * 3)])
        self.names = [f"AK{number}" for number in range(1, self.count + 1)]
        self.chance = Random(1)
        seats = [Seat(name, "feeder", PHASES, self.safe_a) for name in self.names]
        meters = {"feeder": self.meter} if self.meter else {}
        others_a = {"feeder": (25.0, 25.0, 25.0)} if self.meter else {}
        self.roster = Roster(tree, seats, others_a)
        self.stations = {name: ((1, name),) for name in self.names}
        self.meters = meters
        self.boots = 0
        self.parties = {name: self.boot(name) for name in self.names}

    def boot(self, name: str) -> Party:
        """A new life."""
        self.boots += 1
        place = Place(self.roster, self.stations, dict(self.meters), name)
        seals = Seals((KEY,), "f", name, f"boot{self.boots}", self.names)
        party = Party(place, seals, self.now_s)
        party.on_bus(True, self.now_s)
        if hasattr(self, "parties"):
            self.parties[name] = party
        return party

    def run(self, seconds: int) -> None:
        """Tick all, one after the other within each second."""
        for _ in range(seconds):
            began_s = self.now_s
            for place, name in enumerate(self.names):
                self.now_s = began_s + place / (self.count + 1)
                self.look()
                if name not in self.away:
                    self.tick(name)
            self.now_s = began_s + 1.0

    def tick(self, name: str) -> None:
        wish = self.wishes.get(name, FULL)
        amps = self.limit_a(name)
        taken_a = min(amps, wish.max_a)
        wish = Wish(wish.phases, wish.max_a, wish.min_a, (taken_a, taken_a, taken_a))
        shown = Measured(self.meter_a(), self.now_s)
        meters = {"feeder": shown} if name == self.meter else {}
        self.carry(self.parties[name].tick({1: wish}, meters, self.now_s))

    def carry(self, sends: list[Send]) -> None:
        """What is said goes to all who asked for it, and what they answer too."""
        waiting = list(sends)
        while waiting:
            send = waiting.pop(0)
            self.line.append((send.topic, send.payload))
            kind, sender = send.topic.split("/")[0], send.topic.split("/")[-1]
            if (sender, "write", kind) in self.barred:
                continue
            for name, party in self.parties.items():
                is_heard = send.topic.startswith(("beat/", f"to/{name}/"))
                is_lost = self.chance.random() < self.loss
                is_heard &= (name, "read", kind) not in self.barred
                if is_heard and self.is_up and name not in self.away | self.deaf and not is_lost:
                    waiting += party.hear(send.topic, send.payload, self.now_s)

    def play(self, recorded: list[tuple[str, bytes]]) -> int:
        """Say again what was said; how much was answered."""
        answers = 0
        for topic, payload in recorded:
            for name, party in self.parties.items():
                if topic.startswith(("beat/", f"to/{name}/")):
                    answers += len(party.hear(topic, payload, self.now_s))
        return answers

    def limit_a(self, name: str) -> float:
        if name in self.away:
            return 0.0
        limit_a = self.parties[name].limit_a(1, set(PHASES), self.now_s)
        return limit_a if limit_a >= 6.0 else 0.0

    def meter_a(self) -> PerPhase:
        taken_a = sum(self.limit_a(name) for name in self.names)
        a, b, c = (each + taken_a for each in self.others_a)
        return a, b, c

    def look(self) -> None:
        """No more than the fuse carries, ever."""
        taken_a = sum(self.limit_a(name) for name in self.names)
        assert taken_a <= self.feeder_a + 1e-6, f"{taken_a} A at {self.now_s} s"

    def states(self) -> dict[str, str]:
        return {name: party.state for name, party in self.parties.items()}

    def leading(self) -> list[str]:
        return [name for name, state in self.states().items() if state == "leading"]
