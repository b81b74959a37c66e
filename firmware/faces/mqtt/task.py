"""The face's task: tells the state where it changed, and carries out commands one by one.

What is told is retained, and told anew whenever the broker comes back. A queue of commands that
is full refuses the next; what became of each is told on ``result``. No charge depends on it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator

from ampkeeper.firmware.faces.api import Ask, State
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.mqtt.commands import Command, CommandRefused, command_of
from ampkeeper.firmware.faces.mqtt.discovery import Discovery
from ampkeeper.firmware.faces.mqtt.topics import OFFLINE, ONLINE, Topics, told
from ampkeeper.hal.ports import Bus, BusMessage

LOOK_S = 1.0
ORDERS_MAX = 16
ANSWER_S = 20.0  # of the station; longer than the wait for a card's verdict
WORDS_MAX = 300

log = logging.getLogger(__name__)


class MqttFace:
    """``discovery`` None: Home Assistant is told nothing, and what it was told is taken back."""

    def __init__(
        self, bus: Bus, read: Callable[[], State], ask: Ask, found: Discovery, is_discovered: bool
    ) -> None:
        self._bus = bus
        self._read = read
        self._ask = ask
        self._found = found
        self._is_discovered = is_discovered
        self._topics: Topics = found.topics
        self._told: dict[str, bytes] = {}
        self._orders: asyncio.Queue[tuple[BusMessage, Command]] = asyncio.Queue(ORDERS_MAX)
        gone = BusMessage(self._topics.status, OFFLINE, is_retained=True)
        bus.set_will(gone, with_goodbye=True)
        bus.watch(self._on_bus)
        if found.has_commands:
            for topic_filter in self._topics.orders:
                bus.subscribe(topic_filter, self.hear, qos=1)

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start both tasks; ended by cancellation."""
        return [
            group.create_task(self.run(), name="MQTT state"),
            group.create_task(self.obey(), name="MQTT commands"),
        ]

    async def run(self) -> None:
        """Tell the state where it changed, for ever."""
        while True:
            if self._bus.is_connected:
                self.tell()
            await asyncio.sleep(LOOK_S)

    async def obey(self) -> None:
        """Carry out commands, for ever."""
        while True:
            message, command = await self._orders.get()
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._ask(command.verb, command.arguments)
                self._answer(message, result=str(answer.get("result", "done")))
            except LocalRefusedError as error:
                self._answer(message, error=str(error))
            except TimeoutError:
                self._answer(message, error=f"the station did not answer within {ANSWER_S:g} s")

    def tell(self) -> None:
        """Say what is not known there yet."""
        for topic, payload in self._messages(self._read()):
            if self._told.get(topic) == payload:
                continue
            if self._bus.publish(topic, payload, is_retained=True, qos=1):
                self._told[topic] = payload

    def hear(self, message: BusMessage) -> None:
        """Somebody tells the charger what to do."""
        if message.is_retained and not message.payload:
            return
        try:
            command = command_of(message, self._topics)
            self._orders.put_nowait((message, command))
        except CommandRefused as error:
            self._answer(message, error=str(error))
        except asyncio.QueueFull:
            self._answer(message, error=f"{ORDERS_MAX} commands wait already")

    def _messages(self, state: State) -> Iterator[tuple[str, bytes]]:
        yield from told(self._topics, state)
        if self._is_discovered:
            yield from self._found.outdated(state)
            yield from self._found.messages(state)
        else:
            yield from self._found.withdrawals(state)
        yield self._topics.status, ONLINE

    def _on_bus(self, is_up: bool) -> None:
        self._told.clear()

    def _answer(self, message: BusMessage, **words: str) -> None:
        name, text = next(iter(words.items()))
        command = message.topic.removeprefix(f"{self._topics.base}/")
        level = logging.WARNING if name == "error" else logging.INFO
        log.log(level, "MQTT %s: %s", command[:100], text[:WORDS_MAX])
        payload = json.dumps({"command": command[:100], name: text[:WORDS_MAX]}).encode()
        self._bus.publish(self._topics.result, payload)
