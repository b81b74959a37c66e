"""The strict peer itself: it complains about a station that is wrong, and only about that."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.conformance.peers.strict_peer import SUBPROTOCOLS, StrictPeer
from tests.conformance.peers.strict_requests import BAD, GOOD, SERVED
from tests.support.record import ANSWER_S
from tests.support.rig import VERSIONS

Payload = dict[str, Any]

BOOT: dict[str, Payload] = {
    "1.6": {"chargePointVendor": "Ampkeeper", "chargePointModel": "Emulated"},
    "2.0.1": {
        "reason": "PowerUp",
        "chargingStation": {"vendorName": "Ampkeeper", "model": "Emulated"},
    },
}
STATUS: dict[str, Payload] = {
    "1.6": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "2.0.1": {
        "timestamp": "2026-11-22T12:00:00.000Z",
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    },
}


def test_the_tables_hold_every_request_that_is_served() -> None:
    for version, served in SERVED.items():
        assert {action for action, _, _ in GOOD[version]} >= served - {"Reset"}  # 1.6: it restarts
        assert {action for action, _, _ in BAD[version]} == served


@pytest.fixture(params=VERSIONS)
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[StrictPeer]:
    made = StrictPeer(request.param)
    await made.start()
    yield made
    await made.stop()


async def answer(
    peer: StrictPeer, station: ClientConnection, action: str, payload: Payload
) -> list[Any]:
    """Make a call as a station would; return the answering frame."""
    await station.send(json.dumps([2, f"id-{len(peer.record.frames)}", action, payload]))
    frame: list[Any] = json.loads(await station.recv())
    return frame


def station_of(peer: StrictPeer) -> connect:
    protocol = Subprotocol(SUBPROTOCOLS[peer.version])
    return connect(f"{peer.url}/AK0001", subprotocols=[protocol], compression=None)


async def test_a_station_without_fault_is_not_blamed(peer: StrictPeer) -> None:
    async with station_of(peer) as station:
        boot = await answer(peer, station, "BootNotification", BOOT[peer.version])
        assert (boot[0], boot[2]["status"]) == (3, "Accepted")
        status = await answer(peer, station, "StatusNotification", STATUS[peer.version])
        assert status[0] == 3
    await peer.until("it is gone", lambda: peer.is_alone)
    assert peer.verdict(ANSWER_S) == []


def without_its_place(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name != "connectorId"}


def with_more(payload: Payload) -> Payload:
    return payload | {"mood": "good"}


def with_a_time_that_is_none(payload: Payload) -> Payload:
    return payload | {"timestamp": "yesterday"}


@pytest.mark.parametrize("spoil", [without_its_place, with_more, with_a_time_that_is_none])
async def test_a_wrong_call_is_refused_and_told(
    peer: StrictPeer, spoil: Callable[[Payload], Payload]
) -> None:
    async with station_of(peer) as station:
        payload = spoil(STATUS[peer.version])
        assert (await answer(peer, station, "StatusNotification", payload))[0] == 4
    await peer.until("it is gone", lambda: peer.is_alone)
    wrong = peer.verdict(ANSWER_S)
    assert any("strict validation" in text and "StatusNotification" in text for text in wrong)


async def test_a_wrong_answer_is_told(peer: StrictPeer) -> None:
    async with station_of(peer) as station:
        await answer(peer, station, "BootNotification", BOOT[peer.version])
        async with asyncio.TaskGroup() as group:
            calling = group.create_task(peer.call("ClearCache", {}))
            message_id = json.loads(await station.recv())[1]
            await station.send(json.dumps([3, message_id, {"status": "Perhaps"}]))
        reply = calling.result()
    assert reply.code != ""
    assert any("Perhaps" in text for text in peer.verdict(ANSWER_S))


async def test_what_answers_no_call_is_told(peer: StrictPeer) -> None:
    async with station_of(peer) as station:
        await station.send('[3,"never-asked",{}]')
        await peer.until("it complains", lambda: bool(peer.violations))
    assert any("bad message" in text for text in peer.verdict(ANSWER_S))


async def test_an_error_code_that_the_standard_does_not_have_is_told(peer: StrictPeer) -> None:
    async with station_of(peer) as station:
        await station.send('[4,"never-asked","NotInTheMood","",{}]')
        await peer.until("it complains", lambda: bool(peer.violations))
    assert "unknown error code 'NotInTheMood'" in peer.verdict(ANSWER_S)
