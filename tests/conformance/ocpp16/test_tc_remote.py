"""Cases of certification: remote start and stop, resets, unlocking."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp16.bench16 import CARD, Bench
from tests.support.rig import CAR


def test_tc_010_a_remote_start_takes_the_car_that_waits(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start() == "Accepted"
        await made.charging()
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        await made.settle()

    bench.play(case)
    assert bench.calls("StartTransaction")[0]["idTag"] == CARD
    assert bench.calls("Authorize") == []  # AuthorizeRemoteTxRequests is false


def test_tc_010_with_authorize_remote_it_asks_first(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(AuthorizeRemoteTxRequests=True)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start() == "Accepted"
        await made.charging()
        actions = made.actions()
        assert actions.index("Authorize") < actions.index("StartTransaction")
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_011_1_a_remote_start_waits_for_the_plug(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Preparing")
        assert made.calls("StartTransaction") == []
        made.plug(**CAR)
        await made.wait_status("Charging")
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_011_2_a_remote_start_without_a_plug_runs_out(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(ConnectionTimeOut=15)
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Preparing")
        await made.wait_status("Available", 20)

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_012_a_remote_stop_ends_it(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        assert await made.remote_stop() == "Accepted"
        await made.wait_status("Finishing")
        await made.settle()
        await made.wait_status("Available")

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "Remote"


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
def test_tc_013_and_tc_014_a_reset_of_a_free_station_boots_it(bench: Bench, kind: str) -> None:
    """TC_013 is the hard one, TC_014 the soft one."""

    async def case(made: Bench) -> None:
        mark = made.mark()
        assert await made.status_of("Reset", {"type": kind}) == "Accepted"
        await made.until(lambda: made.since(mark, "BootNotification") != [])
        await made.until(lambda: len(made.since(mark, "StatusNotification")) == 2)
        told = {each["status"] for each in made.since(mark, "StatusNotification")}
        assert told == {"Available"}

    bench.play(case)


@pytest.mark.parametrize(("kind", "reason"), [("Hard", "HardReset"), ("Soft", "SoftReset")])
def test_tc_015_and_tc_016_a_reset_in_mid_charge_ends_the_transaction(
    bench: Bench, kind: str, reason: str
) -> None:
    """TC_015 is the hard one: told after the boot; TC_016 the soft one: told before."""

    async def case(made: Bench) -> None:
        await made.begin()
        mark = made.mark()
        assert await made.status_of("Reset", {"type": kind}) == "Accepted"
        await made.until(lambda: made.since(mark, "BootNotification") != [], 120)
        if kind == "Soft":
            assert made.since(mark, "StopTransaction") != []
        await made.gone()
        made.unplug()
        await made.wait_status("Available", 120)

    bench.play(case)
    (done,) = bench.told
    assert (done.is_over, done.reason) == (True, reason)
    assert len(bench.calls("StopTransaction")) == 1


def test_tc_017_1_a_free_socket_is_unlocked(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await made.status_of("UnlockConnector", {"connectorId": 1}) == "Unlocked"
        assert not made.car.lock.is_locked

    bench.play(case)


def test_tc_017_2_a_captive_cable_has_nothing_to_unlock(tmp_path: Path) -> None:
    bench = Bench(tmp_path, evse__1__socket="false")

    async def case(made: Bench) -> None:
        assert await made.status_of("UnlockConnector", {"connectorId": 1}) == "NotSupported"

    bench.play(case)


def test_tc_018_1_unlocking_ends_the_transaction_first(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        assert await made.status_of("UnlockConnector", {"connectorId": 1}) == "Unlocked"
        await made.gone()
        await made.wait_status("Finishing")
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "UnlockCommand"


def test_tc_018_2_a_captive_cable_charges_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path, evse__1__socket="false")

    async def case(made: Bench) -> None:
        await made.begin()
        assert await made.status_of("UnlockConnector", {"connectorId": 1}) == "NotSupported"
        await asyncio.sleep(5)
        assert made.status() == "Charging"
        await made.end()

    bench.play(case)
    bench.check()


def test_tc_024_a_plug_that_cannot_be_locked_starts_nothing_and_is_told(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await made.remote_start() == "Accepted"
        await made.wait_status("Preparing")
        apply(made.world, made.car, {"lock_stuck": True})
        made.plug(**CAR)
        await made.wait_status("Faulted")
        told = made.calls("StatusNotification")[-1]
        assert (told["connectorId"], told["errorCode"]) == (1, "ConnectorLockFailure")
        await asyncio.sleep(10)
        assert not made.car.contactor.is_closed

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_026_a_connector_that_charges_takes_no_second_start(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        assert await made.remote_start("04FFFFFF") == "Rejected"
        await made.end()

    bench.play(case)
    bench.check()


def test_tc_027_connector_0_cannot_be_started(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start(connectorId=0) == "Rejected"
        await asyncio.sleep(5)

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_028_a_transaction_that_is_none_cannot_be_stopped(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        wrong = {"transactionId": int(made.told[0].key) + 1}
        assert await made.status_of("RemoteStopTransaction", wrong) == "Rejected"
        await asyncio.sleep(5)
        assert made.status() == "Charging"
        await made.end()

    bench.play(case)
    bench.check()


def test_tc_030_a_bolt_that_is_stuck_is_an_unlock_that_failed(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        apply(made.world, made.car, {"lock_stuck": True})
        assert await made.status_of("UnlockConnector", {"connectorId": 1}) == "UnlockFailed"
        await made.gone()
        apply(made.world, made.car, {"lock_stuck": False})
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_031_a_connector_that_is_none_cannot_be_unlocked(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        assert await made.status_of("UnlockConnector", {"connectorId": 9}) == "NotSupported"

    bench.play(case)
