"""The OCPP task over an in-memory socket, in virtual time."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Verdict
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory_socket import FRAMES_MAX, MemorySocket, memory_pair
from tests.unit.ocpp_core.core_fakes import (
    TOKEN,
    report,
    started,
    updated,
)
from tests.unit.ocpp_core.task_world import World, played


def test_it_connects_registers_and_reports() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        assert world.task.is_up
        assert world.task.registration == "ACCEPTED"

    world = played(play)
    assert world.calls == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert [direction for direction, _ in world.frames] == ["sent", "received"] * 3


def test_it_heartbeats_by_the_clock() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(3600.5)

    assert played(play).calls.count("Heartbeat") == 12


def test_a_token_is_asked_about_and_a_status_told() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        key = world.task.authorize(TOKEN, 20.0)
        world.task.status_changed(report(1, ConnectorState.CHARGING))
        await asyncio.sleep(1.0)
        assert world.told(fx.TokenAnswered) == [fx.TokenAnswered(key, TOKEN, Verdict("Accepted"))]

    assert played(play).calls[3:] == ["Authorize", "StatusNotification"]


def test_a_token_is_answered_while_offline() -> None:
    async def play(world: World) -> None:
        world.dialer.is_up = False
        world.task.set_network(False)
        await asyncio.sleep(1.0)
        world.task.authorize(TOKEN, 20.0)
        await asyncio.sleep(1.0)
        assert world.told(fx.TokenAnswered)[0].verdict is None

    played(play)


def test_facts_are_delivered_in_order_and_once() -> None:
    async def play(world: World) -> None:
        for number in range(50):
            world.outbox.append(updated(seq_no=number))
        await asyncio.sleep(1.0)
        for number in range(50, 100):
            world.outbox.append(updated(seq_no=number))
            world.task.outbox_changed()
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)

    world = played(play)
    assert world.outbox.delivered == [f"m{number}" for number in range(1, 101)]
    assert world.calls.count("DataTransfer") == 100


def test_six_hours_without_a_central_system_lose_nothing() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(10.0)
        world.task.set_network(False)
        for number in range(24):
            await asyncio.sleep(900.0)
            world.outbox.append(updated(seq_no=number))
            world.task.outbox_changed()
        world.task.set_network(True)
        await asyncio.sleep(10.0)

    world = played(play)
    assert len(world.outbox.delivered) == 24
    assert world.calls.count("BootNotification") == 1
    assert len(world.connects_s) == 2


def test_a_cut_network_is_left_at_once_and_taken_up_at_once() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.task.set_network(False)
        await asyncio.sleep(0.5)
        assert not world.task.is_up
        await asyncio.sleep(100.0)
        assert len(world.connects_s) == 1
        world.task.set_network(True)
        await asyncio.sleep(0.5)
        assert world.task.is_up

    world = played(play)
    assert world.told(fx.LinkDown)


def test_a_cut_network_is_no_link_while_the_books_are_still_written() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.dialect.answers["ClearCache"] = Answer({"status": "Accepted"})
        world.is_written.clear()
        await world.sockets[-1].send('[2,"r","ClearCache",{}]')
        await asyncio.sleep(1.0)
        world.task.set_network(False)
        assert not world.task.is_up
        world.is_written.set()
        await asyncio.sleep(1.0)
        assert world.frames[-1] == ("received", '[2,"r","ClearCache",{}]')
        world.task.set_network(True)
        await asyncio.sleep(1.0)
        assert world.task.is_up

    assert len(played(play).told(fx.LinkDown)) == 1


def test_failed_attempts_wait_longer_each_time() -> None:
    async def play(world: World) -> None:
        attempts: list[float] = []
        connect = world.dialer.connect

        async def count(url: str, subprotocols: Sequence[str]) -> MemorySocket:
            attempts.append(world.clock.now_s())
            return await connect(url, subprotocols)

        world.dialer.is_up = False
        world.dialer.connect = count
        await asyncio.sleep(200.0)
        assert [round(at) for at in attempts] == [0, 10, 30, 70, 110, 150, 190]

    played(play)


def test_a_socket_without_subprotocol_is_closed_and_tried_again_later() -> None:
    async def play(world: World) -> None:
        world.chosen = None
        await asyncio.sleep(9.0)
        assert not world.task.is_up
        assert not world.sockets[0].is_open
        world.chosen = "ocpp1.6"
        await asyncio.sleep(2.0)
        assert world.task.registration == "ACCEPTED"

    world = played(play)
    assert [round(at) for at in world.connects_s] == [0, 10]


def test_a_peer_that_stops_answering_is_left_and_connected_anew() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.is_answering = False
        world.task.authorize(TOKEN, 20.0)
        await asyncio.sleep(61.0)
        assert world.told(fx.Reconnect) == []
        assert not world.task.is_up
        world.is_answering = True
        await asyncio.sleep(15.0)
        assert world.task.is_up

    world = played(play)
    assert len(world.connects_s) == 2
    assert world.calls.count("BootNotification") == 1


def test_garbage_and_binary_frames_do_not_end_the_task() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        far = world.sockets[0]
        for text in ("garbage", "[" * 100_000, b"\x00", "[2,7]", "[]", '[4,null,"X"]'):
            await far.send(text)
        await asyncio.sleep(1.0)
        assert world.task.is_up

    played(play)


def test_a_task_that_failed_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> World:
        world = World()
        breaks = [True]
        head = world.store.head

        async def fail_once() -> Any:
            if breaks.pop() if breaks else False:
                raise OSError("the disk is full")
            return await head()

        monkeypatch.setattr(world.store, "head", fail_once)
        world.outbox.append(started())
        with pytest.raises(ExceptionGroup):
            await world.task.run()
        running = asyncio.ensure_future(world.task.run())
        await asyncio.sleep(30.0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        for far in world.sockets:
            far.abort()
        await asyncio.gather(*world.servers)
        return world

    assert run_virtual(main()).outbox.delivered == ["m1"]


def test_the_same_program_gives_the_same_trace() -> None:
    async def play(world: World) -> None:
        for number in range(20):
            world.outbox.append(updated(seq_no=number))
            world.task.outbox_changed()
            world.task.set_network(number % 5 != 0)
            await asyncio.sleep(7.7)

    assert played(play).frames == played(play).frames


def test_a_data_transfer_is_answered_and_settings_change() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        key = world.task.send_data_transfer("v", "m", "text")
        world.task.configure(ChargePointSettings(heartbeat_interval_s=20))
        await asyncio.sleep(61.0)
        expected = fx.DataTransferAnswered(key, {"status": "Accepted"})
        assert world.told(fx.DataTransferAnswered) == [expected]

    assert played(play).calls[3:] == ["DataTransfer", "Heartbeat", "Heartbeat", "Heartbeat"]


def test_a_reconnect_on_purpose_comes_back_at_once() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.task.reconnect()
        await asyncio.sleep(1.0)
        assert world.task.is_up

    assert len(played(play).connects_s) == 2


def test_a_result_waits_until_it_is_written_and_an_error_does_not() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.dialect.answers["ClearCache"] = Answer({"status": "Accepted"})
        world.is_written.clear()
        await world.sockets[-1].send('[2,"e","Nonsense",{}]')
        await asyncio.sleep(1.0)
        await world.sockets[-1].send('[2,"r","ClearCache",{}]')
        await asyncio.sleep(1.0)
        assert world.frames[-2:] == [
            ("sent", '[4,"e","NotImplemented","the action is not known",{}]'),
            ("received", '[2,"r","ClearCache",{}]'),
        ]
        world.is_written.set()
        await asyncio.sleep(1.0)
        assert world.frames[-1] == ("sent", '[3,"r",{"status":"Accepted"}]')

    played(play)


def test_a_peer_that_does_not_take_what_we_send_is_left() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)

        async def block(text: str) -> None:
            await asyncio.Event().wait()

        world.task._socket.send = block
        world.task.authorize(TOKEN, 20.0)
        await asyncio.sleep(9.0)
        assert world.task.is_up
        await asyncio.sleep(2.0)
        assert not world.task.is_up
        assert world.told(fx.TokenAnswered)[0].verdict is None

    played(play)


def test_facts_that_fail_are_counted_and_given_up() -> None:
    async def play(world: World) -> None:
        await asyncio.sleep(1.0)
        world.outbox.append(started())
        world.refused.add("DataTransfer")
        world.task.outbox_changed()
        await asyncio.sleep(200.0)
        assert world.outbox.discarded == ["m1"]

    assert played(play).calls.count("DataTransfer") == 3


# The socket itself.


def test_frames_cross_in_order_and_the_end_is_told_to_both() -> None:
    async def main() -> None:
        near, far = memory_pair()
        await near.send("a")
        await near.send("b")
        await near.close()
        await near.close()
        assert [await far.recv(), await far.recv()] == ["a", "b"]
        for end in (near, far):
            with pytest.raises(AbsentError):
                await end.recv()
            with pytest.raises(AbsentError):
                await end.send("c")

    run_virtual(main())


def test_a_peer_that_does_not_read_loses_the_connection() -> None:
    async def main() -> None:
        near, far = memory_pair()
        for _ in range(FRAMES_MAX):
            await near.send("x")
        with pytest.raises(AbsentError, match="unread"):
            await near.send("x")
        assert not far.is_open

    run_virtual(main())
