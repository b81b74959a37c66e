"""The face at a broker: what it tells and when, and what becomes of commands; in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.mqtt.task import ORDERS_MAX
from ampkeeper.hal.memory_bus import MemoryBroker

from .mqtt_rig import CARD, TOPICS, Charger, Home, looks

EVSE = TOPICS.evse(1)
CHARGE = f"{EVSE}/set/charge"
POWER = "homeassistant/sensor/ampkeeper_AK-0001/evse1_power_w/config"
START = "homeassistant/button/ampkeeper_AK-0001/evse1_start/config"


def story(
    tell: Callable[[MemoryBroker, Charger, Home], Awaitable[None]],
    has_commands: bool = True,
    is_discovered: bool = True,
) -> MemoryBroker:
    """A charger and a home at a broker; what the broker knows at the end."""
    broker = MemoryBroker()

    async def main() -> None:
        charger, home = Charger(broker.client(), has_commands, is_discovered), Home(broker)
        async with home.listening():
            async with charger.running():
                await looks()
                await tell(broker, charger, home)
            await looks(1)

    run_virtual(main())
    return broker


async def nothing(broker: MemoryBroker, charger: Charger, home: Home) -> None:
    """As it is."""


def test_the_state_is_told_once_and_again_where_it_changed() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        told = json.loads(home.last(EVSE) or b"")
        assert (told["status"], told["power_w"], told["plugged"]) == ("Charging", 11_040.0, "ON")
        assert (told["limit_a"], told["limited_by"], told["owner_limit_a"]) == (16.0, "cable", 32.0)
        assert json.loads(home.last(TOPICS.state) or b"")["mode"] == "now"
        await looks(5)
        assert (home.count(EVSE), home.count(TOPICS.state)) == (1, 1)
        charger.power_w = 4_000.0
        await looks()
        assert (home.count(EVSE), home.count(TOPICS.state)) == (2, 1)

    broker = story(tell)
    assert {TOPICS.state, EVSE, TOPICS.status} <= broker.retained.keys()


def test_no_card_is_told() -> None:
    broker = story(nothing)
    assert not any(CARD.encode() in message.payload for message in broker.published)


def test_it_is_online_once_all_is_told_and_offline_with_its_goodbye() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        assert home.last(TOPICS.status) == b"online"
        topics = [one.topic for one in home.heard]
        assert topics.index(TOPICS.status) > topics.index(EVSE)

    broker = story(tell)
    assert broker.retained[TOPICS.status].payload == b"offline"


def test_a_line_that_is_cut_is_a_will_and_all_is_told_again() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        assert charger.bus is broker.clients[0]
        broker.clients[0].cut()
        await looks(1)
        assert home.last(TOPICS.status) == b"offline"
        broker.clients[0].cut(False)
        await looks()
        assert home.last(TOPICS.status) == b"online"
        assert home.count(EVSE) == 2

    story(tell)


def test_a_command_is_carried_out_and_answered() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        home.bus.publish(CHARGE, b"stop")
        await looks(1)
        assert charger.asked == [("stop", {"evse": 1})]
        answer = {"command": "evse/1/set/charge", "result": "accepted"}
        assert json.loads(home.last(TOPICS.result) or b"") == answer
        charger.refusal = "evse 1: there is no charge to stop"
        home.bus.publish(CHARGE, b"stop")
        await looks(1)
        assert json.loads(home.last(TOPICS.result) or b"")["error"] == charger.refusal

    story(tell)


def test_a_retained_start_is_refused_now_and_with_each_connection() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        broker.clients[0].cut()
        home.bus.publish(CHARGE, b"start", is_retained=True)
        for _ in range(2):
            broker.clients[0].cut(False)
            await looks(1)
            assert b"a retained command" in (home.last(TOPICS.result) or b"")
            broker.clients[0].cut()
        assert charger.asked == []
        assert home.count(TOPICS.result) == 2

    story(tell)


def test_without_commands_nobody_is_heard() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        home.bus.publish(CHARGE, b"start")
        await looks(1)
        assert (charger.asked, home.count(TOPICS.result)) == ([], 0)

    broker = story(tell, has_commands=False)
    assert POWER in broker.retained
    assert START not in broker.retained


def test_more_commands_than_may_wait_are_refused_and_the_rest_carried_out() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        charger.answers.clear()
        for _ in range(ORDERS_MAX + 3):
            home.bus.publish(CHARGE, b"stop")
        await asyncio.sleep(0.5)
        assert f"{ORDERS_MAX} commands wait" in str(home.last(TOPICS.result))
        charger.answers.set()
        await looks(1)
        assert ORDERS_MAX <= len(charger.asked) <= ORDERS_MAX + 1

    story(tell)


def test_a_station_that_does_not_answer_is_told_so_and_the_next_command_is_heard() -> None:
    async def tell(broker: MemoryBroker, charger: Charger, home: Home) -> None:
        charger.answers.clear()
        home.bus.publish(CHARGE, b"stop")
        await looks(25)
        assert "did not answer within 20 s" in str(home.last(TOPICS.result))
        charger.answers.set()
        home.bus.publish(CHARGE, b"stop")
        await looks(1)
        assert charger.asked == [("stop", {"evse": 1})]

    story(tell)


def test_home_assistant_finds_it_and_with_the_switch_off_forgets_it() -> None:
    broker = story(nothing)
    assert {POWER, START} <= broker.retained.keys()
    kept = dict(broker.retained)

    async def again() -> None:
        broker.retained.update(kept)
        charger = Charger(broker.client(), is_discovered=False)
        async with charger.running():
            await looks()

    run_virtual(again())
    assert not any(topic.startswith("homeassistant/") for topic in broker.retained)


def test_entities_that_command_go_when_commands_are_taken_no_more() -> None:
    broker = story(nothing)

    async def again() -> None:
        charger = Charger(broker.client(), has_commands=False)
        async with charger.running():
            await looks()

    run_virtual(again())
    assert POWER in broker.retained
    assert START not in broker.retained
