"""Requirements of blocks B, E, G, H, J and P that no case of certification shows."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp16.bench16 import CARD, OTHER
from tests.conformance.ocpp201.bench201 import EVSE_1, PERIODIC, Bench201, Payload, central
from tests.support.rig import CAR

FLEET = {"groupIdToken": {"idToken": "FLEET", "type": "Central"}}
ANYWHERE: Payload = {"evseId": None}
BY_TYPE: Payload = {"evseId": None, "connectorType": "sType2"}
ENERGY, VOLTAGE = "Energy.Active.Import.Register", "Voltage"


async def reserved(made: Bench201, **more: Any) -> None:
    asked = {"id": 5, "expiryDateTime": made.at(90), "idToken": central(CARD), "evseId": 1} | more
    wanted = {name: value for name, value in asked.items() if value is not None}
    assert await made.status_of("ReserveNow", wanted) == "Accepted"
    await made.wait_status("Reserved")


def test_pending_the_connection_stays(bench: Bench201) -> None:
    """B02.FR.06."""

    async def story() -> None:
        async with bench.running():
            bench.csms.registration, bench.csms.interval_s = "Pending", 20
            await bench.until(lambda: len(bench.calls("BootNotification")) >= 3, 90)
            assert len(bench.watched.record.lives) == 1
            assert len({seen.connection for seen in bench.watched.record.frames}) == 1

    bench.play_lives(story())


def test_what_was_not_taken_before_a_restart_is_told_after_it(bench: Bench201) -> None:
    """B12.FR.05: the end of a transaction that nobody answered for is told again."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        await made.until(lambda: made.app.task.owed.count == 0)
        made.watched.ignores = lambda action: action == "TransactionEvent"
        mark = made.mark()
        assert await made.reset("Immediate") == "Accepted"
        await made.until(lambda: made.since(mark, "BootNotification") != [], 300)
        made.watched.ignores = lambda action: False
        await made.gone()
        ended = made.events("Ended")
        assert {each["transactionInfo"]["stoppedReason"] for each in ended} == {"ImmediateReset"}
        assert len({each["seqNo"] for each in ended}) == 1
        await made.settle()

    bench.play_one(case)


def test_each_transaction_has_an_id_of_its_own_over_restarts(bench: Bench201) -> None:
    """E01.FR.08, E02.FR.08."""

    async def case(made: Bench201) -> None:
        for count in (1, 2, 3):
            await made.energy_transfer_started()
            made.swipe(CARD)
            await made.gone(count)
            await made.ev_disconnected()
            if count == 2:
                mark = made.mark()
                assert await made.reset() == "Accepted"
                await made.booted(mark, "RemoteReset")
        ids = [each["transactionInfo"]["transactionId"] for each in made.events("Started")]
        assert len(set(ids)) == len(ids) == 3
        assert all(1 <= len(each) <= 36 for each in ids)

    bench.play(case)


def test_in_a_session_nothing_goes_as_data_of_a_vendor(bench: Bench201) -> None:
    """P01.FR.01, P02.FR.02: there is a message for all that is told."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        await made.stop_authorized()
        await made.ev_disconnected()
        assert made.calls("DataTransfer") == []

    bench.play(case)


def test_an_unknown_message_of_a_known_vendor_is_told_as_such(bench: Bench201) -> None:
    """P01.FR.06."""

    async def case(made: Bench201) -> None:
        made.app.desk.set_data_transfer("com.example", "known", "Accepted", None)
        known = {"vendorId": "com.example", "messageId": "known"}
        assert await made.status_of("DataTransfer", known) == "Accepted"
        other = known | {"messageId": "other"}
        assert await made.status_of("DataTransfer", other) == "UnknownMessageId"

    bench.play(case)


# availability


def test_unplugged_it_goes_out_of_service_if_that_waits(bench: Bench201) -> None:
    """G01.FR.05, G03.FR.05."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        off = {"operationalStatus": "Inoperative"} | EVSE_1
        assert await made.status_of("ChangeAvailability", off) == "Scheduled"
        made.unplug()
        await made.wait_status("Unavailable")
        assert made.statuses() == ["Available", "Occupied", "Unavailable"]

    bench.play(case)


def test_reserved_only_the_holder_s_plug_occupies(bench: Bench201) -> None:
    """G01.FR.06, FR.09, G03.FR.09: a plug alone and a stranger's card change nothing."""

    async def case(made: Bench201) -> None:
        await reserved(made)
        made.plug(**CAR)
        await asyncio.sleep(3)
        assert made.statuses()[-1] == "Reserved"
        made.swipe(OTHER)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        await asyncio.sleep(2)
        assert made.statuses()[-1] == "Reserved"
        made.swipe(CARD)
        await made.wait_status("Occupied")

    bench.play(case)


def test_a_lock_that_fails_is_told_as_an_event_and_nothing_charges(bench: Bench201) -> None:
    """G05.FR.01, FR.02."""

    async def case(made: Bench201) -> None:
        apply(made.world, made.car, {"lock_stuck": True})
        made.plug(**CAR)
        made.swipe(CARD)
        await made.until(lambda: made.calls("NotifyEvent") != [], 120)
        told = [each for call in made.calls("NotifyEvent") for each in call["eventData"]]
        problems = [
            each
            for each in told
            if each["component"]["name"] == "ConnectorPlugRetentionLock"
            and each["variable"]["name"] == "Problem"
        ]
        assert problems[0]["actualValue"] == "true"
        assert not made.car.contactor.is_closed
        assert made.events() == []

    bench.play(case)


# reservations


@pytest.mark.parametrize("where", [ANYWHERE, BY_TYPE])
def test_cancelled_anywhere_all_charge_again(bench: Bench201, where: Payload) -> None:
    """H02.FR.05, FR.06."""

    async def case(made: Bench201) -> None:
        await reserved(made, **where)
        assert await made.status_of("CancelReservation", {"reservationId": 5}) == "Accepted"
        await made.wait_status("Available")
        made.plug(**CAR)
        made.swipe(OTHER)
        await made.charging()

    bench.play(case)


def test_by_type_the_group_charges_too(bench: Bench201) -> None:
    """H03.FR.05."""

    async def case(made: Bench201) -> None:
        made.judge(OTHER, "Accepted", "FLEET")
        await reserved(made, **FLEET, **BY_TYPE)
        made.plug(**CAR)
        made.swipe(OTHER)
        await made.charging()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["reservationId"] == 5

    bench.play(case)


# meter values


def test_a_value_says_where_and_of_which_phase_it_was_measured(bench: Bench201) -> None:
    """J01.FR.09 to FR.11, J02.FR.05 to FR.07, FR.22: as the meter of the EVSE has them."""

    async def case(made: Bench201) -> None:
        await made.configure(
            AlignedDataCtrlr__Interval=3,
            AlignedDataCtrlr__Measurands=f"{ENERGY},{VOLTAGE}",
            SampledDataCtrlr__TxUpdatedInterval=3,
            SampledDataCtrlr__TxUpdatedMeasurands=f"{ENERGY},{VOLTAGE}",
        )
        await made.until(lambda: made.calls("MeterValues") != [])
        assert places(made.calls("MeterValues")) == EACH_PHASE
        await made.energy_transfer_started()
        await asyncio.sleep(5)
        told = [
            each for each in made.calls("TransactionEvent") if each["triggerReason"] == PERIODIC
        ]
        assert places(told) == EACH_PHASE
        assert {each["evse"]["id"] for each in told} == {1}

    bench.play(case)


EACH_PHASE = {
    (ENERGY, "Outlet", None),
    *((VOLTAGE, "Outlet", phase) for phase in ("L1-N", "L2-N", "L3-N")),
}


def places(payloads: list[Payload]) -> set[tuple[str, str, str | None]]:
    return {
        (value["measurand"], value["location"], value.get("phase"))
        for payload in payloads
        for row in payload.get("meterValue", [])
        for value in row["sampledValue"]
    }


@pytest.mark.parametrize("source", ["Heartbeat", "NTP"])
def test_the_clock_follows_the_central_system_unless_it_has_another_source(
    bench: Bench201, source: str
) -> None:
    """B01.FR.06, G02.FR.06: by the answer to a boot, and then to a heartbeat."""

    async def story() -> None:
        async with bench.running():
            true_time = bench.csms._now
            ahead = {"hours": 1}
            bench.csms._now = lambda: true_time() + timedelta(**ahead)
            await bench.free()
            assert abs(off_s(bench, true_time) - 3600) < 2
            await bench.until(lambda: "SettingSystemTime" in events_told(bench))
            await bench.configure(ClockCtrlr__TimeSource=source)
            ahead["hours"] = -5
            assert await bench.trigger("Heartbeat") == "Accepted"
            await asyncio.sleep(2)
            expected_s = -5 * 3600 if source == "Heartbeat" else 3600
            assert abs(off_s(bench, true_time) - expected_s) < 2

    bench.play_lives(story())


def off_s(bench: Bench201, true_time: Callable[[], datetime]) -> float:
    return (bench.app.clock.now() - true_time()).total_seconds()


def events_told(bench: Bench201) -> set[str]:
    return {each["type"] for each in bench.calls("SecurityEventNotification")}


@pytest.mark.parametrize("phases", [1, 3])
def test_how_many_phases_the_car_uses_is_told_with_each_sample(
    bench: Bench201, phases: int
) -> None:
    """E02.FR.18, FR.19, E03.FR.13, FR.14."""

    async def case(made: Bench201) -> None:
        await made.configure(SampledDataCtrlr__TxUpdatedInterval=2)
        await made.energy_transfer_started(phases=phases)
        await asyncio.sleep(7)
        told = [
            each for each in made.calls("TransactionEvent") if each["triggerReason"] == PERIODIC
        ]
        used = [each["numberOfPhasesUsed"] for each in told if "numberOfPhasesUsed" in each]
        assert used[-1] == phases
        await made.stop_authorized()
        assert "numberOfPhasesUsed" not in made.events("Ended")[0]

    bench.play(case)
