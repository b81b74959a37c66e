"""Peers that are dead behind a living connection: noticed, left, and connected anew."""

import asyncio
import contextlib
from collections.abc import Awaitable
from itertools import pairwise

import pytest
from websockets.asyncio.server import ServerConnection, serve

from ampkeeper.firmware.ocpp import task as ocpp_task
from ampkeeper.firmware.ocpp.link import DOWN, PONG_TIMEOUT_S, TRYING, UP, LinkStory
from ampkeeper.firmware.ocpp.way import OneWay
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.websocket import WebSocketDialer, WebSocketSettings
from ampkeeper.hal.memory_socket import MemorySocket
from tests.unit.ocpp_core.core_fakes import TOKEN
from tests.unit.ocpp_core.task_world import World, played

PING_S = 30.0
CALL_S = 30.0  # MessageTimeout
GONE_S = PING_S + PONG_TIMEOUT_S


def story(world: World) -> LinkStory:
    return world.task.link.story(world.clock.now_s())


async def registered(world: World) -> None:
    await asyncio.sleep(1.0)
    assert world.task.registration == "ACCEPTED"


def test_a_peer_that_vanished_is_left_when_its_pong_is_missing() -> None:
    async def play(world: World) -> None:
        world.task.set_ping_interval(PING_S)
        await registered(world)
        world.is_answering = world.sockets[0].gives_pongs = False
        await asyncio.sleep(GONE_S - 1.5)
        assert story(world).state == UP
        await asyncio.sleep(1.0)
        found = story(world)
        assert (found.state, found.error) == (DOWN, "no pong within 20 s")
        assert (found.failures, found.next_attempt_s) == (0, pytest.approx(9.5, abs=0.1))
        world.is_answering = True
        await asyncio.sleep(10.0)
        assert (story(world).state, world.task.is_up) == (UP, True)

    assert len(played(play).connects_s) == 2


def test_pongs_keep_a_quiet_link_and_are_signs_of_life() -> None:
    async def play(world: World) -> None:
        world.task.set_ping_interval(PING_S)
        await registered(world)
        await asyncio.sleep(3600.0)
        heard_s = story(world).heard_s
        assert heard_s is not None
        assert heard_s <= PING_S

    assert len(played(play).connects_s) == 1


def test_an_interval_of_0_pings_nobody() -> None:
    async def play(world: World) -> None:
        await registered(world)
        world.sockets[0].gives_pongs = False
        await asyncio.sleep(3600.0)
        assert story(world).state == UP

    assert len(played(play).connects_s) == 1


def test_a_new_interval_holds_on_the_connection_that_is() -> None:
    async def play(world: World) -> None:
        world.task.set_ping_interval(0.0)
        await registered(world)
        world.sockets[0].gives_pongs = False
        await asyncio.sleep(1000.0)
        world.task.set_ping_interval(PING_S)
        await asyncio.sleep(GONE_S + 0.5)
        assert story(world).error == "no pong within 20 s"
        world.task.set_ping_interval(0.0)
        await asyncio.sleep(12.0)
        world.sockets[1].gives_pongs = False
        await asyncio.sleep(1000.0)
        assert story(world).state == UP

    assert len(played(play).connects_s) == 2


def test_a_peer_that_answers_pings_but_no_calls_is_left_after_two_silences() -> None:
    async def play(world: World) -> None:
        world.task.set_ping_interval(PING_S)
        await registered(world)
        world.is_answering = False
        world.task.authorize(TOKEN, 20.0)
        await asyncio.sleep(CALL_S + 1.0)
        assert (story(world).state, world.task.unanswered) == (UP, 1)
        await asyncio.sleep(CALL_S)
        assert story(world).error == "2 calls without any sign of life"

    played(play)


def test_a_door_behind_which_nobody_speaks_is_tried_less_and_less_often() -> None:
    async def play(world: World) -> None:
        world.is_answering = False
        await asyncio.sleep(1500.0)
        found = story(world)
        assert found.failures == len(world.connects_s) - (found.state == UP)
        assert found.error == "2 calls without any sign of life"
        world.is_answering = True
        await asyncio.sleep(700.0)
        assert (story(world).failures, story(world).error) == (0, "")

    at_s = played(play).connects_s
    waits_s = [round(later - sooner) for sooner, later in pairwise(at_s)]
    assert waits_s == sorted(waits_s)
    assert len(waits_s) >= 4
    assert waits_s[0] >= 2 * CALL_S + 10


def test_a_peer_that_hangs_up_at_once_is_tried_less_and_less_often() -> None:
    async def play(world: World) -> None:
        async def hang_up(far: MemorySocket) -> None:
            far.abort()

        world._serve = hang_up
        await asyncio.sleep(200.0)

    assert [round(at_s) for at_s in played(play).connects_s] == [0, 10, 30, 70, 110, 150, 190]


def test_a_network_that_flaps_while_there_is_nothing_to_say_is_no_failure() -> None:
    async def play(world: World) -> None:
        await registered(world)
        for _ in range(5):
            known = len(world.connects_s)
            world.sockets[-1].abort()
            await asyncio.sleep(10.5)
            assert len(world.connects_s) == known + 1
            await asyncio.sleep(30.0)
            assert (story(world).state, story(world).failures) == (UP, 0)

    assert played(play).calls.count("BootNotification") == 1


def test_a_peer_that_stops_reading_is_left() -> None:
    async def play(world: World) -> None:
        connect = world.dialer.connect

        async def stuck(url: str, subprotocols: tuple[str, ...]) -> MemorySocket:
            near = await connect(url, subprotocols)

            async def send(text: str | bytes) -> None:
                await asyncio.Event().wait()  # the buffers are full, and stay so

            near.send = send
            return near

        world.dialer.connect = stuck
        await asyncio.sleep(10.5)
        found = story(world)
        assert (found.state, found.failures) == (DOWN, 1)
        assert found.error == "nothing could be sent for 10 s"
        world.dialer.connect = connect
        await asyncio.sleep(10.0)
        assert world.task.registration == "ACCEPTED"

    played(play)


def test_a_peer_that_accepts_tcp_and_says_nothing_is_an_attempt_that_failed() -> None:
    async def play(world: World) -> None:
        async def nothing(url: str, subprotocols: tuple[str, ...]) -> MemorySocket:
            await asyncio.sleep(30.0)  # OPEN_TIMEOUT_S of the real dialer
            raise AbsentError("ws://127.0.0.1: TimeoutError: timed out during opening handshake")

        world.dialer.connect = nothing
        await asyncio.sleep(5.0)
        assert (story(world).state, story(world).next_attempt_s) == (TRYING, None)
        await asyncio.sleep(26.0)
        found = story(world)
        assert (found.state, found.failures, found.since_s) == (DOWN, 1, 31.0)
        assert "opening handshake" in found.error
        assert found.next_attempt_s == pytest.approx(9.0, abs=0.1)

    played(play)


def test_a_network_that_is_switched_off_is_no_failure() -> None:
    async def play(world: World) -> None:
        await registered(world)
        world.task.set_network(False)
        await asyncio.sleep(100.0)
        found = story(world)
        assert (found.failures, found.next_attempt_s) == (0, None)
        assert found.error == "the network was switched off here"
        world.task.set_network(True)
        await asyncio.sleep(0.5)
        assert story(world).state == UP

    played(play)


async def real_life(url: str, is_enough: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> World:
    """The task with the real dialer and short times, until the server has seen enough."""
    monkeypatch.setattr(ocpp_task, "PONG_TIMEOUT_S", 0.1)
    monkeypatch.setattr("ampkeeper.hal.linux.websocket.OPEN_TIMEOUT_S", 0.1)
    world = World()
    dialer = WebSocketDialer(WebSocketSettings())
    world.task._way = OneWay(dialer, url, ["ocpp2.0.1", "ocpp1.6"])
    world.task._backoff.settings = type(world.task._backoff.settings)(0.05, 0.0, 0)
    world.task.set_ping_interval(0.05)
    running = asyncio.ensure_future(world.task.run())
    try:
        async with asyncio.timeout(20):
            await is_enough.wait()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return world


async def test_on_a_real_socket_a_peer_that_reads_no_more_is_left_and_reached_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met: list[ServerConnection] = []
    is_enough = asyncio.Event()

    async def play_dead(connection: ServerConnection) -> None:
        met.append(connection)
        if len(met) == 3:
            is_enough.set()
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with serve(
        play_dead, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ping_interval=None, close_timeout=0.1
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        world = await real_life(f"ws://127.0.0.1:{port}/ocpp/A", is_enough, monkeypatch)
        for connection in met:
            connection.transport.abort()
    assert world.task.link.story(world.clock.now_s()).failures >= 2


async def test_on_a_real_socket_a_server_that_never_shakes_hands_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Awaitable[None]] = []
    is_enough = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer.wait_closed())
        if len(opened) == 3:
            is_enough.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"ws://127.0.0.1:{port}/ocpp/A"
        world = await real_life(url, is_enough, monkeypatch)
        await asyncio.gather(*opened)
    found = world.task.link.story(world.clock.now_s())
    assert found.failures >= 2
    assert "handshake" in found.error
