"""A whole charger in virtual time charges a car; the same seed gives the same trace."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual

VERSIONS = ("1.6", "2.0.1")
CAR = {"soc_percent": 50.0, "capacity_wh": 50_000, "max_a": 16.0, "phases": 3, "cable_a": 20}


def charger(folder: Path, version: str = "2.0.1", seed: int = 1, **sets: str) -> VirtualCharger:
    told = [("ocpp.versions", f'["{version}"]')]
    told += [(key.replace("__", "."), value) for key, value in sets.items()]
    return VirtualCharger(folder, seed, told)


async def charge_once(made: VirtualCharger, seconds: float = 600.0) -> None:
    """Plug, swipe, charge, swipe, unplug."""
    async with made.running():
        await made.until(lambda: made.csms.links != {} and made.status() == "Available")
        made.plug(**CAR)
        await made.until(lambda: made.status() == "Preparing")
        made.swipe()
        await made.until(lambda: made.status() == "Charging")
        await made.until(lambda: sum(made.car.power_uw) > 11e9, 30)
        assert made.seen()["limited_by"] == "cable"
        await made.until(lambda: False, seconds) if seconds < 0 else None
        made.swipe()
        await made.until(lambda: made.status() == "Finishing")
        made.unplug()
        await made.until(lambda: made.status() == "Available")
        await made.until(lambda: made.csms.books.closed.is_set())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_car_charges_by_card_and_the_books_agree_with_the_meter(tmp_path: Path, version: str):
    made = charger(tmp_path, version)
    run_virtual(charge_once(made))
    (booked,) = made.csms.books.transactions.values()
    assert (booked.starts, booked.stops, booked.reason) == (1, 1, "Local")
    assert booked.stop_wh - booked.start_wh == made.car.register.energy_wh - booked.start_wh
    assert made.csms.rejected == []


def test_the_same_seed_gives_the_same_trace(tmp_path: Path):
    digests = []
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        made = charger(folder, seed=7)
        run_virtual(charge_once(made))
        digests.append(made.trace.digest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize("version", VERSIONS)
def test_after_a_power_cut_the_same_transaction_goes_on(tmp_path: Path, version: str):
    made = charger(tmp_path, version)

    async def cut_and_return() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {})
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            await made.until(lambda: made.car.register.energy_wh > 20, 60)
        async with made.running():
            await made.until(lambda: made.status() == "Charging", 30)
            await made.until(lambda: made.car.register.energy_wh > 60, 60)
            made.swipe()
            await made.until(lambda: made.status() == "Finishing")
            await made.until(made.csms.books.closed.is_set)

    run_virtual(cut_and_return())
    (booked,) = made.csms.books.transactions.values()
    assert (booked.starts, booked.stops, booked.reason) == (1, 1, "Local")
    assert booked.stop_wh == made.car.register.energy_wh


def test_a_welded_contactor_stays_a_fault_after_a_power_cut(tmp_path: Path):
    made = charger(tmp_path)

    async def weld() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {})
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            made.car.contactor.is_welded = True
            made.swipe()
            await made.until(lambda: "ContactorWelded" in made.seen()["faults"])
            made.car.contactor.is_welded = False
        async with made.running():
            await made.until(lambda: made.app.station.evses[1].status is not None)
            await asyncio.sleep(5)
            assert made.seen()["faults"] == ["ContactorWelded"]
            assert made.status() == "Faulted"

    run_virtual(weld())


def test_a_triggered_transaction_event_is_a_sample_in_its_order(tmp_path: Path):
    made = charger(tmp_path)

    async def trigger() -> list[dict[str, Any]]:
        asked = {"requestedMessage": "TransactionEvent", "evse": {"id": 1}}
        async with made.running():
            await made.until(lambda: made.csms.links != {})
            idle = await made.csms.call("AK0001", "TriggerMessage", asked)
            assert idle[2]["status"] == "Rejected"
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            await made.until(lambda: made.app.task.owed.count == 0)
            told = await made.csms.call("AK0001", "TriggerMessage", asked)
            assert told[2]["status"] == "Accepted"
            await made.until(lambda: made.app.task.owed.count == 0)
        frames = [event["frame"] for event in made.trace.of("ocpp") if event["direction"] == "in"]
        return [frame[3] for frame in frames if frame[2:3] == ["TransactionEvent"]]

    events = run_virtual(trigger())
    triggered = [event for event in events if event["triggerReason"] == "Trigger"]
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert len(triggered) == 1
    assert triggered[0]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert triggered[0]["transactionInfo"]["chargingState"] == "Charging"


def test_where_nobody_is_asked_the_token_is_empty(tmp_path: Path):
    made = charger(tmp_path, authorise__mode="free")

    async def plug() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {})
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Charging")
            await made.until(lambda: made.app.task.owed.count == 0)
            assert made.app.station.entrance.known == {}

    run_virtual(plug())
    frames = [event["frame"] for event in made.trace.of("ocpp")]
    started = next(frame[3] for frame in frames if frame[2:3] == ["TransactionEvent"])
    assert started["idToken"] == {"idToken": "", "type": "NoAuthorization"}
