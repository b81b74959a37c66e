"""Behaviours of OCPP 1.6 often got wrong that take a whole station: power, cards, connections."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.link import PONG_TIMEOUT_S
from tests.conformance.ocpp16.bench16 import CARD, OTHER, Bench
from tests.support.pki import Authority
from tests.support.rig import CAR
from tests.support.virtual import STATION


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def leave(made: Bench, token: str = CARD) -> None:
    made.swipe(token)
    await made.gone()
    await made.settle()


# Row 11: a token that is refused after the start (3.5.4, errata 3.17: online too).


def test_row_11_online_too_a_start_that_is_refused_is_stopped(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        made.swipe(CARD)
        await made.until(lambda: made.calls("Authorize") != [])
        made.judge(CARD, "ConcurrentTx")
        await made.gone()
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "DeAuthorized"


def test_row_11_the_cable_stays_locked_until_the_same_card_is_shown(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await made.wait_status("Preparing")
        made.swipe(CARD)
        await made.until(lambda: made.calls("Authorize") != [])
        made.judge(CARD, "Invalid")
        made.judge(OTHER, "Invalid")
        await made.until(lambda: made.calls("StopTransaction") != [])
        for token, is_locked in ((OTHER, True), (CARD, False)):
            made.swipe(token)
            await asyncio.sleep(12)
            assert made.car.lock.is_locked == is_locked, token
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "DeAuthorized"


def test_row_11_so_much_energy_may_still_flow_and_no_more(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(StopTransactionOnInvalidId=False, MaxEnergyOnInvalidId=20)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        made.swipe(CARD)
        await made.until(lambda: made.calls("Authorize") != [])
        made.judge(CARD, "Blocked")
        await made.charging()
        await made.wait_status("SuspendedEVSE")
        assert made.calls("StopTransaction") == []
        made.unplug()
        await made.gone()
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert 20 <= done.energy_wh <= 35


# Row 12: by the clock a free connector is sampled too, and what waits goes out in its order (3.7).


def test_row_12_a_free_connector_is_sampled_by_the_clock_also_while_away(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(ClockAlignedDataInterval=10, MeterValuesAlignedData="Voltage")
        await asyncio.sleep(21)
        await made.lose(reconnects=False)
        await asyncio.sleep(21)
        await made.back()
        await made.settle()

    bench.play(case)
    rows = bench.calls("MeterValues")
    assert len(rows) >= 4
    assert all(row["connectorId"] == 1 and "transactionId" not in row for row in rows)
    times = [row["meterValue"][0]["timestamp"] for row in rows]
    tens = [time[:18] for time in times]
    assert times == sorted(times)
    assert len(set(tens)) == len(tens)
    assert all(time[18] in "01" for time in times), times


# Row 16: who pauses while both do, and a car that nobody shows a card for (4.9, errata 3.20: B6).


def test_row_16_while_both_pause_it_is_the_station_that_does(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        await asyncio.sleep(2)
        made.car.change_car({"ready": False})
        await made.wait_status("SuspendedEV")
        await made.set_keys(MaxCurrent=0)
        await made.wait_status("SuspendedEVSE")
        await made.set_keys(MaxCurrent=32)
        await made.wait_status("SuspendedEV")
        await leave(made)

    bench.play(case)
    bench.check()


def test_row_16_a_car_without_a_card_is_finishing_in_time_and_may_still_be_started(
    bench: Bench,
) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(ConnectionTimeOut=20)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        took_s = await made.until(lambda: made.statuses()[-1] == "Finishing", 30)
        assert took_s > 15
        assert made.calls("StartTransaction") == []
        assert not made.car.lock.is_locked
        assert await made.remote_start() == "Accepted"
        await made.charging()
        await leave(made)

    bench.play(case)
    bench.check()


# Row 22: who stops is asked for only if it is somebody else (4.1).


def test_row_22_a_stranger_at_the_end_is_asked_for_and_stops_nothing(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        asked = len(made.calls("Authorize"))
        made.swipe(OTHER)
        await made.until(lambda: len(made.calls("Authorize")) == asked + 1)
        await asyncio.sleep(5)
        assert made.status() == "Charging"
        await leave(made)
        assert len(made.calls("Authorize")) == asked + 1

    bench.play(case)
    bench.check()


# Row 23: the list wins over the cache (3.5).


def listed(version: int, token: str, status: str) -> dict[str, Any]:
    row = {"idTag": token, "idTagInfo": {"status": status}}
    return {"listVersion": version, "updateType": "Full", "localAuthorizationList": [row]}


def test_row_23_a_listed_card_is_judged_by_the_list_and_a_contradiction_is_told(
    bench: Bench,
) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalPreAuthorize=True)
        assert await made.status_of("SendLocalList", listed(1, CARD, "Accepted")) == "Accepted"
        made.judge(CARD, "Invalid")
        made.plug(**CAR)
        made.swipe(CARD)
        await made.until(lambda: made.calls("StartTransaction") != [])
        assert made.calls("Authorize") == []
        await made.gone()
        told = [each for each in made.calls("StatusNotification") if each["connectorId"] == 0]
        assert told[-1]["errorCode"] == "LocalListConflict"
        await made.settle()

    bench.play(case)


def test_row_23_a_cached_refusal_is_asked_again_online(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalPreAuthorize=True)
        made.judge(CARD, "Blocked")
        made.plug(**CAR)
        made.swipe(CARD)
        await made.until(lambda: len(made.calls("Authorize")) == 1)
        await asyncio.sleep(5)
        made.judge(CARD, "Accepted")
        made.swipe(CARD)
        await made.charging()
        assert len(made.calls("Authorize")) == 2
        await leave(made)

    bench.play(case)
    bench.check()


# Row 24: versions of the list; an update changes all or nothing (5.10, 5.15, errata 3.52).


@pytest.mark.parametrize("version", [0, -1, -5])
def test_row_24_versions_begin_at_1(bench: Bench, version: int) -> None:
    async def case(made: Bench) -> None:
        assert await made.status_of("SendLocalList", listed(version, CARD, "Accepted")) == "Failed"
        assert await made.ask("GetLocalListVersion", {}) == {"listVersion": 0}

    bench.play(case)


def test_row_24_a_difference_of_an_older_version_leaves_the_list_alone(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalPreAuthorize=True)
        assert await made.status_of("SendLocalList", listed(7, CARD, "Accepted")) == "Accepted"
        gone = {
            "listVersion": 6,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": CARD}],
        }
        assert await made.status_of("SendLocalList", gone) == "VersionMismatch"
        assert await made.ask("GetLocalListVersion", {}) == {"listVersion": 7}
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        await leave(made)

    bench.play(case)
    assert bench.calls("Authorize") == []


# Row 26: soft resets end transactions first, hard ones tell afterwards (5.14).


@pytest.mark.parametrize(("kind", "comes_first"), [("Soft", True), ("Hard", False)])
def test_row_26_the_stop_comes_before_or_after_the_boot(
    bench: Bench, kind: str, comes_first: bool
) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        mark = made.mark()
        assert await made.status_of("Reset", {"type": kind}) == "Accepted"
        await made.until(lambda: made.since(mark, "BootNotification") != [], 120)
        await made.gone()
        made.unplug()
        await made.until(lambda: made.is_free, 120)
        order = [
            action for action in made.actions() if action in ("BootNotification", "StopTransaction")
        ]
        stop_place = order.index("StopTransaction")
        assert (stop_place < len(order) - 1) == comes_first

    bench.play(case)


# Row 27: over a power cut a transaction goes on, or ends with its last value.


def test_row_27_the_same_transaction_goes_on_after_a_power_cut(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.begin()
            await asyncio.sleep(5)
        async with bench.running():
            await bench.until(lambda: bench.registered, 120)
            await bench.charging()
            await leave(bench)

    bench.play_lives(story())
    (done,) = bench.check()
    assert done.reason == "Local"
    assert len(bench.calls("StartTransaction")) == 1


# Row 37: what is queued already is not made a second time (libocpp #907).


def test_row_37_a_stop_that_waits_in_the_queue_is_told_once_after_a_power_cut(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, session__on_power_return='"end"')

    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.begin()
            await bench.lose(reconnects=False)
            bench.swipe(CARD)
            await bench.until(lambda: bench.status() == "Finishing")
        async with bench.running():
            await bench.back()
            await bench.gone()
            await asyncio.sleep(20)
            bench.unplug()
            await bench.until(lambda: bench.is_free, 120)

    bench.play_lives(story())
    (stop,) = bench.calls("StopTransaction")
    assert stop.get("reason", "Local") == "Local"


# Row 30: a ping without an answer ends the connection; a lost connection is made anew.


def test_row_30_a_peer_that_does_not_answer_pings_is_given_up(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(WebSocketPingInterval=30)
        known = len(made.watched.record.lives)
        made.withhold_pongs()
        await made.until(lambda: not made.registered, 30 + PONG_TIMEOUT_S + 1)
        await made.until(lambda: len(made.watched.record.lives) > known, 60)
        await made.back()
        assert len(made.calls("BootNotification")) == 1

    bench.play(case)


def test_row_30_a_connection_that_is_lost_is_made_anew(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        known = len(made.watched.record.lives)
        made.watched.drop(STATION)
        await made.until(lambda: len(made.watched.record.lives) > known, 60)
        await made.back()
        assert len(made.calls("BootNotification")) == 1

    bench.play(case)


# Row 34: security events wait for the registration (libocpp #633).


def test_row_34_security_events_wait_until_accepted(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            bench.csms.registration, bench.csms.interval_s = "Pending", 20
            await bench.until(lambda: STATION in bench.csms.links)
            await asyncio.sleep(10)
            assert set(bench.actions()) == {"BootNotification"}
            bench.csms.registration = "Accepted"
            await bench.until(lambda: bench.calls("SecurityEventNotification") != [], 60)

    bench.play_lives(story())
    (event,) = bench.calls("SecurityEventNotification")
    assert event["type"] == "StartupOfTheDevice"


# Row 35: without TLS nobody changes certificates (libocpp #857).


def test_row_35_without_tls_no_root_is_taken(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        for kind in ("CentralSystemRootCertificate", "ManufacturerRootCertificate"):
            asked = {"certificateType": kind, "certificate": Authority().pem}
            assert await made.status_of("InstallCertificate", asked) == "Rejected"
            listed = await made.status_of("GetInstalledCertificateIds", {"certificateType": kind})
            assert listed == "NotFound"

    bench.play(case)
