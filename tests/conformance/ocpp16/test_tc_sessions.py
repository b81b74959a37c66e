"""Cases of certification: cold boot, sessions begun and ended on the spot, and the cache."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.ocpp16.bench16 import CARD, FAMILY, OTHER, Bench
from tests.support.rig import CAR
from tests.support.virtual import STATION

SESSION = ["Available", "Preparing", "Charging", "Finishing", "Available"]


def test_tc_001_a_cold_boot_is_told_before_anything_else(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            bench.csms.interval_s = 10
            await bench.free()
            assert bench.actions()[0] == "BootNotification"
            told = bench.calls("StatusNotification")
            assert {(each["connectorId"], each["status"]) for each in told} == {
                (0, "Available"),
                (1, "Available"),
            }
            await bench.until(lambda: bench.calls("Heartbeat") != [], 12)

    bench.play_lives(story())


def test_tc_002_while_pending_it_answers_and_asks_again_after_the_interval(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            bench.csms.registration, bench.csms.interval_s = "Pending", 20
            await bench.until(lambda: STATION in bench.csms.links, 60)
            await asyncio.sleep(5)
            keys = await bench.ask("GetConfiguration", {"key": ["HeartbeatInterval"]})
            assert keys["configurationKey"] != []
            assert await bench.remote_start() == "Rejected"
            assert await bench.status_of("RemoteStopTransaction", {"transactionId": 1}) == (
                "Rejected"
            )
            assert set(bench.actions()) == {"BootNotification"}
            bench.csms.registration = "Accepted"
            took_s = await bench.until(lambda: bench.registered)
            assert took_s < 21
            await bench.free()
            assert len(bench.calls("BootNotification")) == 2

    bench.play_lives(story())


def test_tc_003_the_plug_comes_before_the_card(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        made.swipe(CARD)
        await made.wait_status("Charging")
        assert made.calls("Authorize")[0] == {"idTag": CARD}
        made.swipe(CARD)
        await made.wait_status("Finishing")
        await made.settle()
        await made.wait_status("Available")

    bench.play(case)
    assert bench.statuses() == SESSION
    (done,) = bench.check()
    assert (done.reason, done.id_token) == ("Local", CARD)


def test_tc_004_1_the_card_comes_before_the_plug(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.swipe(CARD)
        await made.wait_status("Preparing")
        assert made.calls("StartTransaction") == []
        made.plug(**CAR)
        await made.wait_status("Charging")
        await made.end()

    bench.play(case)
    assert bench.statuses() == SESSION
    (done,) = bench.check()
    assert done.id_token == CARD


def test_tc_004_2_without_a_plug_the_card_is_forgotten(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(ConnectionTimeOut=20)
        made.swipe(CARD)
        await made.wait_status("Preparing")
        took_s = await made.until(lambda: made.statuses()[-1] == "Available", 30)
        assert took_s > 15
        made.plug(**CAR)
        await asyncio.sleep(20)
        assert made.status() == "Preparing"
        assert made.calls("StartTransaction") == []

    bench.play(case)


def test_tc_005_1_the_cars_side_unplugged_ends_it_and_frees_the_plug(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert (await made.key("StopTransactionOnEVSideDisconnect"))["value"] == "true"
        assert (await made.key("UnlockConnectorOnEVSideDisconnect"))["value"] == "true"
        await made.begin()
        assert made.car.lock.is_locked
        made.unplug()
        await made.gone()
        await made.until(lambda: not made.car.lock.is_locked)
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "EVDisconnected"


def test_tc_005_2_a_captive_cable_unplugged_ends_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, evse__1__socket="false")

    async def case(made: Bench) -> None:
        key = await made.key("UnlockConnectorOnEVSideDisconnect")
        assert (key["value"], key["readonly"]) == ("false", True)
        await made.begin()
        made.unplug()
        await made.gone()
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "EVDisconnected"


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_007_1_and_tc_007_2_a_cached_card_starts_without_a_question(
    bench: Bench, is_remote: bool
) -> None:
    """TC_007_1 by card, TC_007_2 from afar."""

    async def case(made: Bench) -> None:
        await made.set_keys(
            LocalPreAuthorize=True, AuthorizationCacheEnabled=True, AuthorizeRemoteTxRequests=True
        )
        await made.begin()
        await made.end()
        asked = len(made.calls("Authorize"))
        made.plug(**CAR)
        await made.wait_status("Preparing")
        await made.ask_to_start(is_remote)
        await made.charging()
        assert len(made.calls("Authorize")) == asked
        await made.end(2)

    bench.play(case)
    assert len(bench.check()) == 2


@pytest.mark.parametrize("is_remote", [False, True])
def test_tc_061_1_and_tc_061_2_after_the_cache_is_cleared_everybody_is_asked_for(
    bench: Bench, is_remote: bool
) -> None:
    """TC_061_1 by card, TC_061_2 from afar."""

    async def case(made: Bench) -> None:
        await made.set_keys(
            LocalPreAuthorize=True, AuthorizationCacheEnabled=True, AuthorizeRemoteTxRequests=True
        )
        await made.begin()
        await made.end()
        asked = len(made.calls("Authorize"))
        assert await made.status_of("ClearCache", {}) == "Accepted"
        made.plug(**CAR)
        await made.wait_status("Preparing")
        await made.ask_to_start(is_remote)
        await made.charging()
        assert len(made.calls("Authorize")) == asked + 1
        await made.end(2)

    bench.play(case)
    bench.check()


def test_tc_068_the_card_that_started_stops_without_a_question(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        asked = len(made.calls("Authorize"))
        made.swipe(CARD)
        await made.gone()
        assert len(made.calls("Authorize")) == asked
        await made.settle()

    bench.play(case)
    assert bench.calls("StopTransaction")[0]["idTag"] == CARD


def test_tc_069_a_card_of_the_same_family_stops_it(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.judge(CARD, "Accepted", FAMILY)
        made.judge(OTHER, "Accepted", FAMILY)
        made.judge("04EEEEEE", "Accepted")
        await made.begin()
        made.swipe("04EEEEEE")
        await asyncio.sleep(10)
        assert made.calls("StopTransaction") == []
        made.swipe(OTHER)
        await made.gone()
        await made.settle()

    bench.play(case)
    (stop,) = bench.calls("StopTransaction")
    assert (stop["idTag"], stop.get("reason", "Local")) == (OTHER, "Local")


@pytest.mark.parametrize("status", ["Invalid", "Expired", "Blocked"])
def test_tc_023_1_tc_023_2_tc_023_3_tc_023_4_a_refused_card_starts_nothing(
    bench: Bench, status: str
) -> None:
    """TC_023_1 Invalid, TC_023_2 Expired, TC_023_3 Blocked; TC_023_4 as one."""

    async def case(made: Bench) -> None:
        made.judge(OTHER, status)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        made.swipe(OTHER)
        await made.until(lambda: made.calls("Authorize") != [])
        await asyncio.sleep(20)
        assert made.statuses()[-1] == "Preparing"
        made.unplug()
        await made.wait_status("Available")

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_023_5_a_remote_start_of_a_refused_token_starts_nothing(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(AuthorizeRemoteTxRequests=True)
        made.judge(OTHER, "Invalid")
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start(OTHER) == "Accepted"
        await made.until(lambda: made.calls("Authorize") == [{"idTag": OTHER}])
        await asyncio.sleep(20)
        assert made.statuses()[-1] == "Preparing"

    bench.play(case)
    assert bench.calls("StartTransaction") == []
