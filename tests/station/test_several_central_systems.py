"""A whole charger and several central systems: who is turned to, and who is told what."""

import asyncio
import json
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.several import A, B, C, Several
from tests.support.virtual import STATION

VERSIONS = ("1.6", "2.0.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_next_one_is_turned_to_and_left_again_for_the_first(
    tmp_path: Path, version: str
) -> None:
    made = Several(tmp_path, version, (B, C))
    made.away = {A, B}

    async def story() -> None:
        async with made.running():
            await made.at(C)
            assert made.dials == [A] * 2 + [B] * 2 + [C]
            made.back(B)
            await made.at(B, 200)
            made.back(A)
            await made.at(A, 200)
            assert made.app.settings.value("SecurityCtrlr.Identity") == STATION

    run_virtual(story())
    boots = [len(made.calls(host, "BootNotification")) for host in (A, B, C)]
    assert boots == [1, 1, 1]  # B10.FR.10


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_begun_at_one_is_told_to_it_alone(tmp_path: Path, version: str) -> None:
    made = Several(tmp_path, version)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            made.leave(A)
            await made.at(B)
            await made.finish()
            assert made.owed > 0
            assert made.booked(B) == []
            assert not made.app.desk.has_queued(None)  # for the one that would ask
            shown = await made.app.api.answer("csms", {"action": "show"})
            assert [each["owed"] for each in shown["systems"]] == [made.owed, 0]
            assert [each["is_connected"] for each in shown["systems"]] == [False, True]
            await made.begin()
            await made.finish()
            await made.until(lambda: len(made.booked(B)) == 1 and made.booked(B)[0].stops == 1)
            made.whole(B, 1)
            made.back(A)
            await made.until(lambda: made.owed == 0, 400)

    run_virtual(story())
    made.whole(A, 1)
    made.whole(B, 1)
    assert made.booked(A)[0].stop_wh == made.booked(B)[0].start_wh


def test_a_begin_that_was_not_answered_belongs_to_who_heard_it(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            made.systems[A].ignores = lambda action: action == "StartTransaction"
            await made.begin()
            made.leave(A)
            await made.at(B)
            await made.finish()
            await asyncio.sleep(20)
            assert made.calls(B, "StartTransaction") == []
            made.systems[A].ignores = lambda action: False
            made.back(A)
            await made.until(lambda: made.owed == 0, 400)

    run_virtual(story())
    made.whole(A, 1)
    assert made.booked(B) == []


def test_a_charge_that_begins_while_the_first_is_knocked_at_is_ended_here(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            made.leave(A)
            await made.at(B)
            made.back(A)
            made.dial_s[A] = 30.0
            await asyncio.sleep(12)  # ReturnTime, and a bit
            await made.begin()
            await made.until(lambda: made.dials[-1] == A, 30)
            await asyncio.sleep(5)
            assert STATION in made.systems[B].links
            await made.finish()
            await made.at(A)

    run_virtual(story())
    made.whole(B, 1)
    assert made.booked(A) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_in_the_middle_of_a_transaction_nobody_leaves(tmp_path: Path, version: str) -> None:
    made = Several(tmp_path, version)
    made.away = {A}

    async def story() -> None:
        async with made.running():
            await made.at(B)
            await made.begin()
            made.back(A)
            await asyncio.sleep(25)
            assert STATION in made.systems[B].links
            assert made.dials.count(A) == 2
            await made.finish()
            await made.at(A, 200)
            assert made.owed == 0

    run_virtual(story())
    made.whole(B, 1)
    assert made.booked(A) == []


def test_from_the_first_one_another_is_visited_for_what_is_owed_to_it(tmp_path: Path) -> None:
    made = Several(tmp_path)
    made.away = {A}

    async def story() -> None:
        async with made.running():
            await made.at(B)
            await made.begin()
            made.leave(B)
            made.back(A)
            await made.at(A)
            await made.finish()
            assert made.owed > 0
            made.back(B)
            await made.until(lambda: made.owed == 0, 200)
            await made.at(A, 100)

    run_virtual(story())
    made.whole(B, 1)
    assert made.booked(A) == []


def test_systems_with_the_same_books_take_each_others_messages(tmp_path: Path) -> None:
    made = Several(tmp_path, books="operator")

    async def story() -> None:
        async with made.running():
            made.systems[B].books = made.systems[A].books
            await made.at(A)
            await made.begin()
            made.leave(A)
            await made.at(B)
            asked = {"transactionId": made.booked(B)[0].number}
            assert (await made.ask(B, "RemoteStopTransaction", asked))["status"] == "Accepted"
            await made.until(lambda: made.owed == 0 and made.booked(B)[0].stops == 1)

    run_virtual(story())
    made.whole(B, 1)


def test_a_number_of_another_system_stops_nothing_and_is_not_told(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            made.leave(A)
            await made.at(B)
            asked = {"transactionId": made.booked(A)[0].number}
            assert (await made.ask(B, "RemoteStopTransaction", asked))["status"] == "Rejected"
            trigger = {"requestedMessage": "MeterValues", "connectorId": 1}
            assert (await made.ask(B, "TriggerMessage", trigger))["status"] == "Accepted"
            await asyncio.sleep(1)
            assert all("transactionId" not in each for each in made.calls(B, "MeterValues"))
            assert made.status() == "Charging"

    run_virtual(story())


def test_what_another_system_says_of_its_number_costs_nobody_here(tmp_path: Path) -> None:
    """B says what its transaction 1 costs; here, number 1 is one of A's, running and then over."""
    made = Several(tmp_path, more="[ocpp.keys]\nCustomDisplayCostAndPrice = true\n")
    vendor = "org.openchargealliance.costmsg"
    running = {"timestamp": "2026-01-01T00:00:00Z", "meterValue": 0, "cost": 9, "state": "Charging"}
    final = {"cost": 99, "priceText": "99"}

    async def told(host: str, message: str, body: dict[str, object]) -> str:
        number = made.booked(A)[0].number
        data = json.dumps({"transactionId": number} | body)
        asked = {"vendorId": vendor, "messageId": message, "data": data}
        return str((await made.ask(host, "DataTransfer", asked))["status"])

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            assert await told(A, "RunningCost", running) == "Accepted"
            made.leave(A)
            await made.at(B)
            assert await told(B, "RunningCost", running) == "Rejected"
            assert await told(B, "FinalCost", final) == "Rejected"
            await made.finish()
            assert await told(B, "FinalCost", final) == "Rejected"
            made.back(A)
            await made.until(lambda: made.owed == 0)
            await made.at(A)
            assert await told(A, "FinalCost", final) == "Accepted"

    run_virtual(story())


def test_homes_survive_a_power_cut(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
        made.away = {A}
        async with made.running():
            await made.at(B)
            await made.until(lambda: made.status() == "Charging")
            asked = {"transactionId": made.booked(A)[0].number}
            assert (await made.ask(B, "RemoteStopTransaction", asked))["status"] == "Rejected"
            await made.finish()
            made.back(A)
            await made.until(lambda: made.owed == 0, 400)

    run_virtual(story())
    made.whole(A, 1)
    assert made.booked(B) == []


def test_a_system_behind_which_nobody_answers_is_left(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            made.systems[A].ignores = lambda action: True
            await made.at(B, 1200)

    run_virtual(story())
    assert made.dials[:3] == [A, A, B]


def test_a_key_told_by_a_fallback_is_that_ones_alone(tmp_path: Path) -> None:
    made = Several(tmp_path)
    made.away = {A}
    key = "0123456789abcdef"

    async def story() -> None:
        async with made.running():
            await made.at(B)
            assert await made.change(B, "AuthorizationKey", key) == "Accepted"
            await made.until(lambda: made.systems[B].record.lives == [1, 1])
            assert made.app.security.passwords.main == b""
            assert made.app.systems.system(2).password == key
        async with made.running():
            await made.at(B)
            assert made.app.systems.system(2).password == key
            assert await made.change(B, "SecurityProfile", "1") == "Rejected"
        made.configure([C])  # the owner names another one: B's key is nothing to it
        async with made.running():
            await made.at(C)
            assert made.app.systems.system(2).password == ""

    run_virtual(story())


def test_the_order_can_be_changed_by_2_0_1_and_holds_after_a_reset(tmp_path: Path) -> None:
    made = Several(tmp_path, "2.0.1")

    async def order(text: str) -> str:
        place = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "NetworkConfigurationPriority"},
            "attributeValue": text,
        }
        answer = await made.ask(A, "SetVariables", {"setVariableData": [place]})
        return str(answer["setVariableResult"][0]["attributeStatus"])

    async def story() -> None:
        async with made.running():
            await made.at(A)
            assert await order("3,1") == "Rejected"  # B10.FR.02
            assert await order("2,1") == "RebootRequired"
            assert (await made.ask(A, "Reset", {"type": "OnIdle"}))["status"] == "Accepted"
            await made.at(B)
            assert STATION not in made.systems[A].links  # B10.FR.06
            made.leave(B)
            await made.at(A)

    run_virtual(story())
    assert made.dials == [A, B, B, B, A]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_rejects_the_station_is_left_for_the_next_and_asked_again(
    tmp_path: Path, version: str
) -> None:
    """Nobody can be served by a station that is rejected; it is asked anew when it said so."""
    made = Several(tmp_path, version)

    async def story() -> None:
        async with made.running():
            made.systems[A].registration, made.systems[A].interval_s = "Rejected", 30
            await made.at(B)
            await made.begin()
            await asyncio.sleep(60)
            assert made.dials == [A, B]  # in the middle of something, it stays
            await made.finish()
            await made.until(lambda: len(made.calls(A, "BootNotification")) == 2, 60)
            await made.at(B)
            made.systems[A].registration = "Accepted"
            await made.at(A)

    run_virtual(story())
    assert len(made.calls(A, "BootNotification")) == 3
    made.whole(B, 1)
    assert made.booked(A) == []


def test_where_all_reject_the_station_each_is_asked_at_its_time_only(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            for host, interval_s in ((A, 60), (B, 86_400)):
                made.systems[host].registration = "Rejected"
                made.systems[host].interval_s = interval_s
            await asyncio.sleep(50)
            assert made.dials == [A, B]
            made.systems[A].registration = "Accepted"
            await made.at(A, 60)

    run_virtual(story())
    assert [len(made.calls(host, "BootNotification")) for host in (A, B)] == [2, 1]


def test_who_is_pending_is_not_left(tmp_path: Path) -> None:
    """It is being looked after (B02)."""
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            made.systems[A].registration, made.systems[A].interval_s = "Pending", 20
            await asyncio.sleep(50)
            made.systems[A].registration = "Accepted"
            await made.at(A, 30)

    run_virtual(story())
    assert made.dials == [A]
