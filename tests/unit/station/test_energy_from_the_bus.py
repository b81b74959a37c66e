"""Mains and prices by MQTT: what a broker hands over, and what is refused of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.config import Config, parse
from ampkeeper.firmware.energy.mains import REFUSED
from ampkeeper.firmware.station.feeds import hear_energy
from ampkeeper.hal.memory_bus import MemoryBroker, MemoryBus
from tests.unit.config.files import SMALLEST

from .energy_rig import Home

MAINS = '[mains]\nsource = "mqtt"\ntopics = ["home/em"]\nplaces = ["p[0]", "p[1]", "p[2]"]\n'
PRICES = (
    b'{"currency": "EUR", "prices": [{"start": "2026-01-01T00:00:00Z",'
    b' "end": "2026-01-02T00:00:00Z", "price": 0.25}]}'
)


class Inbox:
    """Applies what is posted at once."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock

    def post(self, event: Callable[..., Any]) -> bool:
        event(self._clock.now(), self._clock.now_s())
        return True


def play(text: str, story: Callable[[Home, MemoryBus], Any], is_before: bool = False) -> Home:
    """A station that listens to a broker, to which somebody else speaks, or spoke before."""
    config: Config = parse(SMALLEST + text)
    home = Home(mode="price", price_limit=0.3)

    async def run() -> None:
        clock, broker = LoopClock(), MemoryBroker()
        ours, theirs = broker.client(), broker.client()
        hear_energy(Inbox(clock), home.energy, config, ours, clock)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(theirs.run())]
            await asyncio.sleep(1)
            if is_before:
                story(home, theirs)
            tasks.append(group.create_task(ours.run()))
            await asyncio.sleep(1)
            if not is_before:
                story(home, theirs)
            await asyncio.sleep(1)
            home.now_s = clock.now_s()
            for task in tasks:
                task.cancel()

    run_virtual(run())
    return home


def test_the_mains_are_heard() -> None:
    home = play(MAINS, lambda _, bus: bus.publish("home/em", b'{"p": [230, -460, 0]}'))
    flow = home.guard.mains.newest
    assert flow is not None
    assert flow.current_a == (1.0, -2.0, 0.0)


def test_what_the_broker_kept_from_before_counts_as_nothing() -> None:
    def story(home: Home, bus: MemoryBus) -> None:
        bus.publish("home/em", b'{"p": [1, 1, 1]}', is_retained=True)

    assert play(MAINS, story, is_before=True).guard.mains.newest is None
    assert play(MAINS, story).guard.mains.newest is not None


def test_prices_that_the_broker_kept_count_for_they_say_when_they_hold() -> None:
    def story(home: Home, bus: MemoryBus) -> None:
        bus.publish("home/prices", PRICES, is_retained=True, qos=1)

    text = '[price]\ntopic = "home/prices"\n'
    assert play(text, story, is_before=True).energy.prices.slots


def test_what_is_no_value_is_refused_and_told() -> None:
    home = play(MAINS, lambda _, bus: bus.publish("home/em", b"unavailable"))
    quality, words = home.guard.mains.quality(home.now_s)
    assert quality == REFUSED
    assert "home/em: not JSON" in words


def test_prices_are_heard_and_wrong_ones_change_nothing() -> None:
    def story(home: Home, bus: MemoryBus) -> None:
        bus.publish("home/prices", PRICES, qos=1)
        bus.publish("home/prices", b"{}", qos=1)

    home = play('[price]\ntopic = "home/prices"\n', story)
    assert home.energy.prices.slots[0].price == 0.25


def test_nothing_is_asked_for_that_is_not_configured() -> None:
    home = play("", lambda _, bus: bus.publish("home/em", b"5"))
    assert home.guard.mains.newest is None
