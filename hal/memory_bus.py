"""Memory bus: a broker without a network, with as many clients as are asked for.

It loses, delays and doubles what it is told to, is cut off for single clients, and stops and
starts again; by the loop's clock, so in virtual time too. What is retained outlives a stop.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ampkeeper.hal.bus import HEARD_MAX, check_filter, check_message, matches
from ampkeeper.hal.ports import BusMessage

Handler = Callable[[BusMessage], None]


@dataclass
class BusTroubles:
    """What becomes of each message on its way to each of its hearers."""

    loss: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)
    doubled: float = 0.0


class MemoryBroker:
    """The middle of it; ``client`` makes its ends."""

    def __init__(self, seed: int = 1, troubles: BusTroubles | None = None) -> None:
        self.troubles = troubles or BusTroubles()
        self.retained: dict[str, BusMessage] = {}
        self.published: deque[BusMessage] = deque(maxlen=10_000)
        self.is_up = True
        self.clients: list[MemoryBus] = []
        self._chance = Random(seed)

    def client(self) -> "MemoryBus":
        """One more client; it connects when it runs."""
        made = MemoryBus(self)
        self.clients.append(made)
        return made

    def stop(self) -> None:
        """The broker is gone."""
        self.is_up = False
        self._look()

    def start(self) -> None:
        """The broker is back."""
        self.is_up = True
        self._look()

    def _look(self) -> None:
        for client in self.clients:
            client._look()

    def take(self, message: BusMessage) -> None:
        """A client, or a will, says something to all who asked for it."""
        self.published.append(message)
        if message.is_retained and message.payload:
            self.retained[message.topic] = message
        elif message.is_retained:
            self.retained.pop(message.topic, None)
        live = BusMessage(message.topic, message.payload)
        for client in self.clients:
            if client.is_connected and client.hears(message.topic):
                self._carry(client, live)

    def _carry(self, client: "MemoryBus", message: BusMessage) -> None:
        troubles, chance = self.troubles, self._chance
        for _ in range(1 + (chance.random() < troubles.doubled)):
            if chance.random() >= troubles.loss:
                delay_s = chance.uniform(*troubles.delay_s)
                asyncio.get_running_loop().call_later(delay_s, client._hear, message)


class MemoryBus:
    """One client of a ``MemoryBroker``."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.is_connected = False
        self.dropped_count = 0
        self._broker = broker
        self._is_cut = False
        self._is_running = False
        self._will: BusMessage | None = None
        self._last_words: BusMessage | None = None
        self._left: BusMessage | None = None  # the will of the present connection
        self._handlers: dict[str, Handler] = {}
        self._watchers: list[Callable[[bool], None]] = []
        self._heard: deque[BusMessage] = deque()
        self._changed = asyncio.Event()

    @property
    def problem(self) -> str:
        """Why there is no connection; "": there is one."""
        return "" if self.is_connected else "the broker is not there"

    # the far side

    def cut(self, is_cut: bool = True) -> None:
        """Cut the line between this client and the broker, or mend it."""
        self._is_cut = is_cut
        self._look()

    # the port

    def publish(
        self, topic: str, payload: bytes, *, is_retained: bool = False, qos: int = 0
    ) -> bool:
        """Say it to all who asked for it."""
        message = BusMessage(topic, payload, is_retained)
        check_message(message, qos)
        if not self.is_connected:
            self.dropped_count += 1
            return False
        self._broker.take(message)
        return True

    def subscribe(self, topic_filter: str, handler: Handler, *, qos: int = 0) -> None:
        """Ask for what matches."""
        check_filter(topic_filter)
        is_new = topic_filter not in self._handlers
        self._handlers[topic_filter] = handler
        if is_new and self.is_connected:
            self._recall(topic_filter)

    def watch(self, handler: Callable[[bool], None]) -> None:
        """Tell when the broker comes and goes."""
        self._watchers.append(handler)

    def set_will(self, will: BusMessage, *, with_goodbye: bool = False) -> None:
        """What the broker says when this client vanishes."""
        self._will = will
        self._last_words = will if with_goodbye else None

    async def run(self) -> None:
        """Be there until cancelled."""
        self._is_running = True
        self._look()
        try:
            while True:
                while self._heard:
                    self._hand_over(self._heard.popleft())
                self._changed.clear()
                await self._changed.wait()  # ended by a message
        finally:
            self._left = None  # a goodbye, so no will
            if self._last_words is not None and self.is_connected:
                self._broker.take(self._last_words)
            self._is_running = False
            self._look()

    # what the broker calls

    def hears(self, topic: str) -> bool:
        """True if it asked for such a topic."""
        return any(matches(each, topic) for each in self._handlers)

    def _look(self) -> None:
        is_there = self._is_running and self._broker.is_up and not self._is_cut
        if is_there == self.is_connected:
            return
        self.is_connected = is_there
        if is_there:
            self._left = self._will
            for topic_filter in self._handlers:
                self._recall(topic_filter)
        elif self._left is not None and self._broker.is_up:
            self._broker.take(self._left)
        for tell in self._watchers:
            tell(is_there)

    def _recall(self, topic_filter: str) -> None:
        """What was retained before it asked."""
        for message in self._broker.retained.values():
            if matches(topic_filter, message.topic):
                self._hear(message)

    def _hear(self, message: BusMessage) -> None:
        if not self.is_connected:
            return
        if len(self._heard) >= HEARD_MAX:
            self._heard.popleft()
            self.dropped_count += 1
        self._heard.append(message)
        self._changed.set()

    def _hand_over(self, message: BusMessage) -> None:
        for topic_filter, handler in tuple(self._handlers.items()):
            if matches(topic_filter, message.topic):
                handler(message)
