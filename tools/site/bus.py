"""Bus: what becomes of each message on its way to each hearer.

It loses, delays and doubles. What one sends to another comes in its order, as MQTT has it, but for
the copies. Members of one group hear each other, and nobody else; who
is in group -1 hears nobody, as all are while the broker is down.
"""

import heapq
import random
from dataclasses import dataclass
from typing import Protocol

CUT_OFF = -1


class Hearer(Protocol):
    """Who is on the bus."""

    group: int

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message."""


@dataclass
class Bus:
    """Parts of one, and seconds."""

    loss: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.1)
    doubled: float = 0.0


class Line:
    """All that is on its way."""

    def __init__(self, bus: Bus, chance: random.Random) -> None:
        self.bus, self.chance = bus, chance
        self._flying: list[tuple[float, int, Hearer, str, bytes]] = []
        self._count = 0
        self._last_s: dict[tuple[int, int], float] = {}  # arrival, by sender and hearer

    def send(
        self, sender: Hearer, hearer: Hearer, topic: str, payload: bytes, now_s: float
    ) -> None:
        """Put it on its way, unless it is lost."""
        if CUT_OFF in (sender.group, hearer.group) or sender.group != hearer.group:
            return
        pair = id(sender), id(hearer)
        for is_copy in (False, True)[: 1 + (self.chance.random() < self.bus.doubled)]:
            if self.chance.random() < self.bus.loss:
                continue
            self._count += 1
            arrives_s = now_s + self.chance.uniform(*self.bus.delay_s)
            if not is_copy:
                arrives_s = self._last_s[pair] = max(arrives_s, self._last_s.get(pair, 0.0))
            heapq.heappush(self._flying, (arrives_s, self._count, hearer, topic, payload))

    def deliver(self, now_s: float) -> None:
        """Hand over all that has arrived."""
        while self._flying and self._flying[0][0] <= now_s:
            _, _, hearer, topic, payload = heapq.heappop(self._flying)
            if hearer.group != CUT_OFF:
                hearer.hear(topic, payload)
