"""Station: one charger's whole part in a site, with the car on its cable.

What decides is the shipped ``Party``, seals and all, on a clock of its own that runs apart.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ampkeeper.firmware.site.circuits import PHASES, PerPhase
from ampkeeper.firmware.site.party import Party
from ampkeeper.firmware.site.place import Send, Wish
from ampkeeper.firmware.site.roster import NOTHING_A, Seat
from ampkeeper.firmware.site.seal import Seals
from tools.site.bus import CUT_OFF
from tools.site.cars import Car

if TYPE_CHECKING:
    from tools.site.world import Site

KEYS = (b"a key of 32 bytes for one site..",)
EVSE = 1
TICK_S = 0.5  # as often as a station looks


class Station:
    """Off, it draws nothing and says nothing."""

    def __init__(self, site: "Site", seat: Seat, rate: float, offset_s: float) -> None:
        self.site, self.seat = site, seat
        self.rate, self.offset_s = rate, offset_s
        self.car = Car()
        self.is_on = True
        self.group = 0
        self.boots = 0
        self.offered_a: PerPhase = NOTHING_A  # as of the last step
        self.drawn_a: PerPhase = NOTHING_A
        self.boot()

    @property
    def now_s(self) -> float:
        """By its own clock."""
        return self.offset_s + self.site.now_s * self.rate

    @property
    def state(self) -> str:
        """As the table of members has it."""
        return self.party.state

    @property
    def leads(self) -> bool:
        """True if it leads, or believes so."""
        return self.party.leader is not None

    def boot(self) -> None:
        """Begin anew, with nothing in mind."""
        self.boots += 1
        name = self.seat.member
        place = self.site.place_of(name)
        seals = Seals(KEYS, "site", name, f"{name}-{self.boots}", tuple(self.site.roster.seats))
        self.party = Party(place, seals, self.now_s)
        self.is_on = True
        self.car.cut()
        self.connect(self.group)
        self._due_s = self.now_s + self.site.chance.random() * TICK_S

    def die(self) -> None:
        """Lose power, and all that it had in mind."""
        self.is_on = False
        self.party.leader = None
        self.car.cut()

    def connect(self, group: int) -> None:
        """Hear those of this group, or nobody."""
        self.group = group
        self.party.on_bus(group != CUT_OFF, self.now_s)

    def step(self, step_s: float) -> None:
        """Offer, let the car follow, and tell when it is time."""
        phases = tuple(phase for phase in self.car.phases if phase in self.seat.phases)
        offer_a = self._offer_a(phases)
        drawn_a = self.car.step(offer_a, self.site.now_s, step_s) if self.is_on else 0.0
        self.offered_a, self.drawn_a = _on(phases, offer_a), _on(phases, drawn_a)
        if self.is_on and self.now_s >= self._due_s:
            self._due_s += TICK_S
            self._tick()

    def hear(self, topic: str, payload: bytes) -> None:
        """Take what the bus brought."""
        if self.is_on:
            self._say(self.party.hear(topic, payload, self.now_s))

    def _tick(self) -> None:
        if not self.party.is_due(self.now_s):
            return
        wish = Wish(self.car.phases, self.car.wish_a, self.car.min_a, self.drawn_a)
        self._say(self.party.tick({EVSE: wish}, self.site.readings(self), self.now_s))

    def _say(self, sends: Sequence[Send]) -> None:
        for send in sends:
            self.site.publish(self, send)

    def _offer_a(self, phases: tuple[int, ...]) -> float:
        """Less than a car can use is nothing."""
        if not self.is_on or not phases:
            return 0.0
        limit_a = self.party.limit_a(EVSE, set(phases), self.now_s)
        offer_a = min(limit_a, self.car.wish_a)
        return offer_a if offer_a >= self.car.min_a else 0.0


def _on(phases: tuple[int, ...], current_a: float) -> PerPhase:
    if current_a == 0.0:
        return NOTHING_A
    a, b, c = (current_a if phase in phases else 0.0 for phase in PHASES)
    return a, b, c
