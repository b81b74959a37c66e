"""Cases of certification, B: boot, reset, and what is told after an absence."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, PLUG_1, Bench201
from tests.support.virtual import STATION

THRESHOLD = "OCPPCommCtrlr.OfflineThreshold"
ALL = {"requestId": 1, "reportBase": "FullInventory"}


def boot(bench: Bench201, story: Coroutine[Any, Any, None]) -> None:
    """Run a story from power on."""

    async def whole() -> None:
        async with bench.running():
            await story

    bench.play_lives(whole())


def told_connectors(bench: Bench201) -> set[tuple[int, int, str]]:
    return {
        (each["evseId"], each["connectorId"], each["connectorStatus"])
        for each in bench.calls("StatusNotification")
    }


def test_tc_b_01_a_cold_boot_is_told_first_and_then_every_connector(bench: Bench201) -> None:
    async def story() -> None:
        await bench.booted(0, "PowerUp")
        assert bench.actions()[0] == "BootNotification"
        assert told_connectors(bench) == {(1, 1, "Available")}

    boot(bench, story())


def test_tc_b_02_while_pending_it_can_be_configured_and_asked(bench: Bench201) -> None:
    async def story() -> None:
        bench.csms.registration, bench.csms.interval_s = "Pending", 300
        await bench.until(lambda: bench.calls("BootNotification") != [])
        await asyncio.sleep(1)
        (result,) = await bench.put({THRESHOLD: 300})
        assert result["attributeStatus"] == "Accepted"
        assert await bench.value(THRESHOLD) == "300"
        assert await bench.report("GetBaseReport", reportBase="FullInventory") != []
        assert await bench.remote_start() == "Rejected"
        assert set(bench.actions()) == {"BootNotification", "NotifyReport"}
        bench.csms.registration = "Accepted"
        assert await bench.trigger("BootNotification") == "Accepted"
        took_s = await bench.until(lambda: bench.registered)
        assert took_s < 100  # not after the interval
        await bench.free()
        assert [each["reason"] for each in bench.calls("BootNotification")] == [
            "PowerUp",
            "Triggered",
        ]
        assert told_connectors(bench) == {(1, 1, "Available")}

    boot(bench, story())


def test_tc_b_03_rejected_it_says_nothing_before_the_interval_is_over(bench: Bench201) -> None:
    async def story() -> None:
        bench.csms.registration, bench.csms.interval_s = "Rejected", 8
        await bench.until(lambda: bench.calls("BootNotification") != [])
        bench.csms.registration = "Accepted"
        await asyncio.sleep(7)
        assert bench.actions() == ["BootNotification"]
        await bench.free()
        assert bench.actions()[:2] == ["BootNotification", "BootNotification"]
        assert told_connectors(bench) == {(1, 1, "Available")}

    boot(bench, story())


def test_tc_b_30_rejected_it_answers_with_a_security_error(bench: Bench201) -> None:
    async def story() -> None:
        bench.csms.registration = "Rejected"
        await bench.until(lambda: bench.calls("BootNotification") != [])
        await asyncio.sleep(1)
        assert await bench.status_of("GetBaseReport", ALL) == "SecurityError"

    boot(bench, story())


def test_tc_b_20_a_free_station_restarts_when_it_is_idle(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert made.statuses()[-1] == "Available"

    bench.play(case)


def test_tc_b_21_in_a_transaction_the_restart_waits_for_its_end(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        assert await made.reset("OnIdle") == "Scheduled"
        await asyncio.sleep(2)
        assert made.states()[-1] == "Charging"
        mark = made.mark()
        await made.stop_authorized()
        await made.booted(mark, "ScheduledReset")
        assert made.since(mark, "StatusNotification")[-1]["connectorStatus"] == "Occupied"
        await made.settle()

    bench.play_one(case)


def test_tc_b_22_an_immediate_restart_ends_the_transaction_first(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        mark = made.mark()
        assert await made.reset("Immediate") == "Accepted"
        await made.booted(mark, "RemoteReset")
        (ended,) = made.events("Ended")
        assert ended["triggerReason"] == "ResetCommand"
        assert ended["transactionInfo"]["chargingState"] == "EVConnected"
        assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
        assert "idToken" not in ended
        assert made.since(mark, "StatusNotification")[-1]["connectorStatus"] == "Occupied"
        await made.settle()

    bench.play_one(case)


def test_tc_b_23_what_is_out_of_service_is_so_after_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        out = {"operationalStatus": "Inoperative"} | PLUG_1
        assert await made.status_of("ChangeAvailability", out) == "Accepted"
        await made.wait_status("Unavailable")
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        told = made.since(mark, "StatusNotification")
        assert {each["connectorStatus"] for each in told} == {"Unavailable"}

    bench.play(case)


@pytest.mark.parametrize("is_charging", [False, True])
def test_tc_b_28_and_tc_b_29_an_evse_is_not_restarted_alone(
    bench: Bench201, is_charging: bool
) -> None:
    async def case(made: Bench201) -> None:
        if is_charging:
            await made.energy_transfer_started()
        assert await made.reset("OnIdle", evseId=1) == "Rejected"
        assert await made.value("EVSE@1.AllowReset") == "false"
        await asyncio.sleep(2)
        assert len(made.calls("BootNotification")) == 1
        if is_charging:
            await made.stop_authorized()
            await made.settle()

    bench.play(case)


@pytest.mark.parametrize("threshold_s", [2, 9])
def test_tc_b_51_and_tc_b_52_what_changed_in_an_absence_is_told_after_it(
    bench: Bench201, threshold_s: int
) -> None:
    """Longer and shorter than OfflineThreshold."""

    async def case(made: Bench201) -> None:
        await made.configure(
            OCPPCommCtrlr__OfflineThreshold=threshold_s,
            OCPPCommCtrlr__RetryBackOffWaitMinimum=4,
            OCPPCommCtrlr__RetryBackOffRandomRange=0,
        )
        await made.lose()
        made.plug()
        mark = made.mark()
        await made.back()
        await made.wait_status("Occupied")
        (told,) = made.since(mark, "StatusNotification")
        assert (told["evseId"], told["connectorId"]) == (1, 1)
        made.swipe(CARD)
        await made.charging()
        await made.over()

    bench.play(case)
    bench.check()


def test_tc_b_57_it_comes_back_after_the_wait_and_then_after_twice_that(bench: Bench201) -> None:
    """A wait that is doubled is so for an attempt that failed."""

    async def case(made: Bench201) -> None:
        await made.configure(
            OCPPCommCtrlr__RetryBackOffRepeatTimes=2,
            OCPPCommCtrlr__RetryBackOffRandomRange=0,
            OCPPCommCtrlr__RetryBackOffWaitMinimum=2,
        )
        await made.lose()
        first_s = await made.until(lambda: STATION in made.csms.links, 30)
        assert await made.trigger("Heartbeat") == "Accepted"
        await made.lose(reconnects=False)
        await asyncio.sleep(first_s + 0.5)  # the attempt that fails
        made.dialer.is_up = True
        second_s = first_s + 0.5 + await made.until(lambda: STATION in made.csms.links, 60)
        assert first_s >= 1.9
        assert second_s - first_s >= 2 * first_s - 0.1
        await made.free()

    bench.play(case)
