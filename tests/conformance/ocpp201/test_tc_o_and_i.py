"""Cases of certification, O and I: messages on the display, and what a session costs.

What is shown is read where people read it: in the station's status, and in what it tells.
"""

import asyncio
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, EVSE_1, Bench201, Payload


async def put(made: Bench201, number: int = 1, text: str = "hello", **more: Any) -> str:
    content = {"format": "UTF8", "language": "en", "content": text} | more.pop("content", {})
    message = {"id": number, "priority": "NormalCycle", "message": content} | more
    return await made.status_of("SetDisplayMessage", {"message": message})


async def told(made: Bench201, number: int) -> list[Payload]:
    """What is told of a message; nothing: Unknown."""
    mark = made.mark()
    asked = {"requestId": 4, "id": [number]}
    word = await made.status_of("GetDisplayMessages", asked)
    if word == "Unknown":
        return []
    await made.until(lambda: made.since(mark, "NotifyDisplayMessages") != [])
    (page,) = made.since(mark, "NotifyDisplayMessages")
    assert (page["requestId"], page.get("tbc", False)) == (4, False)
    return list(page["messageInfo"])


async def shown(made: Bench201) -> str:
    await asyncio.sleep(1)
    return str((await made.app.api.answer("status", {}))["evses"][0]["message"] or "")


def test_tc_o_01_a_message_is_shown(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made) == "Accepted"
        assert await shown(made) == "hello"
        assert [row["message"]["content"] for row in await told(made, 1)] == ["hello"]

    bench.play(case)


def test_tc_o_13_it_is_shown_from_its_time_on(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, startDateTime=made.at(8)) == "Accepted"
        assert "startDateTime" in (await told(made, 1))[0]
        assert await shown(made) == ""
        await asyncio.sleep(9)
        assert await shown(made) == "hello"

    bench.play(case)


def test_tc_o_14_it_goes_with_its_time(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, endDateTime=made.at(8)) == "Accepted"
        assert "endDateTime" in (await told(made, 1))[0]
        assert await shown(made) == "hello"
        await asyncio.sleep(9)
        assert await shown(made) == ""
        assert await told(made, 1) == []

    bench.play(case)


@pytest.mark.parametrize("form", ["HTML", "URI"])
def test_tc_o_19_a_form_that_is_not_shown_is_refused(bench: Bench201, form: str) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, content={"format": form}) == "NotSupportedMessageFormat"

    bench.play(case)


def test_tc_o_20_it_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made)
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert len(await told(made, 1)) == 1
        assert await shown(made) == "hello"

    bench.play(case)


def test_tc_o_22_two_in_front_take_turns(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made, 1, "never")
        assert await put(made, 2, "one", priority="InFront") == "Accepted"
        assert await put(made, 3, "two", priority="InFront") == "Accepted"
        assert await told(made, 2) != []
        assert await told(made, 3) != []
        first = await shown(made)
        await asyncio.sleep(10)
        assert {first, await shown(made)} == {"one", "two"}

    bench.play(case)


def test_tc_o_24_a_second_one_that_is_always_in_front_replaces(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, 1, "one", priority="AlwaysFront") == "Accepted"
        assert await put(made, 2, "two", priority="AlwaysFront") == "Accepted"
        assert await shown(made) == "two"
        assert await told(made, 1) == []

    bench.play(case)


def test_tc_o_36_it_is_shown_while_a_car_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, state="Charging") == "Accepted"
        assert await shown(made) == ""
        await made.energy_transfer_started()
        assert await shown(made) == "hello"
        await made.stop_authorized()
        await made.ev_disconnected()
        assert await shown(made) == ""
        assert [row["state"] for row in await told(made, 1)] == ["Charging"]

    bench.play(case)


def test_tc_o_37_it_is_shown_while_nobody_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, state="Idle") == "Accepted"
        assert await shown(made) == "hello"
        await made.energy_transfer_started()
        assert await shown(made) == ""

    bench.play(case)


def test_tc_o_38_it_is_shown_while_out_of_service(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await put(made, state="Unavailable") == "Accepted"
        assert await shown(made) == ""
        off = {"operationalStatus": "Inoperative"} | EVSE_1
        assert await made.status_of("ChangeAvailability", off) == "Accepted"
        await made.wait_status("Unavailable")
        assert await shown(made) == "hello"

    bench.play(case)


def test_tc_o_15_a_message_comes_to_somebody_who_prefers_a_language(bench: Bench201) -> None:
    """2.0.1 has one text for a message: it is shown in the language it is in."""

    async def case(made: Bench201) -> None:
        made.infos[CARD] = {"language1": "nl"}
        await made.energy_transfer_started()
        assert await put(made, text="hallo", content={"language": "nl"}) == "Accepted"
        assert await shown(made) == "hallo"

    bench.play(case)


def test_tc_o_12_the_same_id_replaces(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await put(made, text="one")
        assert await put(made, text="two") == "Accepted"
        assert [row["message"]["content"] for row in await told(made, 1)] == ["two"]
        assert await shown(made) == "two"

    bench.play(case)


def costs(made: Bench201, kind: str) -> list[float]:
    return [seen["cost"] for seen in made.trace.of(kind)]


def test_tc_i_01_the_running_cost_is_shown(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        told = {"totalCost": 1.25, "transactionId": made.told[-1].key}
        assert await made.ask("CostUpdated", told) == {}
        await made.until(lambda: costs(made, "running_cost") == [1.25])
        assert (await made.app.api.answer("status", {}))["evses"][0]["cost"] == 1.25

    bench.play(case)


def test_tc_i_02_and_tc_i_07_the_answers_to_events_bring_the_cost(bench: Bench201) -> None:
    """TC_I_07 while it runs, TC_I_02 at its end."""

    async def case(made: Bench201) -> None:
        made.prices.update({"Updated": 0.5, "Ended": 2.0})
        await made.energy_transfer_started()
        await made.until(lambda: costs(made, "running_cost")[-1:] == [0.5])
        await made.stop_authorized()
        await made.until(lambda: costs(made, "session_cost") == [2.0])
        assert (await made.app.api.answer("status", {}))["evses"][0]["cost"] == 2.0

    bench.play(case)


def test_a_price_that_comes_with_a_verdict_is_shown(bench: Bench201) -> None:
    """I01.FR.03."""

    async def case(made: Bench201) -> None:
        made.infos[CARD] = {"personalMessage": {"format": "UTF8", "content": "30 ct"}}
        await made.ev_connected()
        await made.authorized()
        await made.until(lambda: made.trace.of("tariff_message") != [])
        assert made.trace.of("tariff_message")[0]["text"] == "30 ct"

    bench.play(case)
