"""What the command line is told by a running station."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.limits.seal import Seal
from ampkeeper.firmware.safety.fault import RCD_AC

SEAL = Seal("AK-0001", 0, 16.0, 1, "00" * 64).to_text()
CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}


def ask(made: VirtualCharger, verb: str, **arguments: Any) -> Any:
    return made.app.api.answer(verb, arguments)


def drawn_a(made: VirtualCharger) -> float:
    latest = made.app.station.evses[1].register.latest()
    assert latest is not None
    return max(current or 0.0 for current in latest.current_a)


def present(made: VirtualCharger, uid: str = "04A224B1", **arguments: Any) -> Any:
    return ask(made, "tag", action="present", uid=uid, **arguments)


def test_a_card_that_is_presented_here_is_told_what_became_of_it(tmp_path: Path):
    made = VirtualCharger(tmp_path)

    async def run() -> list[str]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.csms.tokens["0BADBAD0"] = "Blocked"
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            results = [(await present(made, "0BADBAD0"))["result"]]
            results.append((await present(made, evse=1))["result"])
            await made.until(lambda: made.status() == "Charging")
            assert (await ask(made, "why"))["evses"][0]["limited_by"] == "cable"
            results.append((await present(made))["result"])
            await made.until(lambda: made.status() == "Finishing")
            return results

    assert run_virtual(run()) == ["rejected", "accepted", "stops"]


def test_sessions_and_status_agree_with_the_meter(tmp_path: Path):
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.car.register.energy_wh > 10)
            running = (await ask(made, "sessions"))["sessions"][0]
            made.unplug()
            await made.until(lambda: made.status() == "Available")
            return running, (await ask(made, "sessions"))["sessions"][0]

    running, ended = run_virtual(run())
    assert running["ended"] is None
    assert running["energy_wh"] > 5
    assert (ended["reason"], ended["energy_wh"]) == (
        "EVDisconnected",
        made.car.register.energy_wh,
    )


def test_the_status_shows_what_ring_1_and_its_line_refused(tmp_path: Path):
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            before = (await ask(made, "status"))["evses"][0]["refused"]
            made.app.task.post(partial(made.app.station.on_clear_fault, 1, RCD_AC))
            await asyncio.sleep(1)
            return before, (await ask(made, "status"))["evses"][0]["refused"]

    before, after = run_virtual(run())
    line = before.pop("line")
    assert before == {"orders": 0, "messages": 0, "frames": 0, "hangs": 0, "pilot": 0}
    assert (line["greetings"], line["declined"], line["bad_crc"]) == (1, 0, 0)
    assert line["good"] > 0
    assert (after["orders"], after["line"]["declined"]) == (1, 1)


def test_a_fault_that_is_not_there_is_said_to_be_so_and_ring_1_is_not_asked(tmp_path: Path):
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            answer = await ask(made, "clear_fault", fault="RcdAc", evse=1)
            await asyncio.sleep(1)
            return answer, (await ask(made, "status"))["evses"][0]["refused"]["orders"]

    answer, orders = run_virtual(run())
    assert answer == {"result": "RcdAc is not there: nothing to clear", "is_there": False}
    assert orders == 0


def test_the_owner_s_limit_binds_outlives_a_power_cut_and_is_cleared(tmp_path: Path):
    """The meter follows; ``why`` says whose it is, since when and until when."""
    made = VirtualCharger(tmp_path)

    async def before() -> Any:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            answer = await ask(made, "limit", current_a=8, evse=1, for_s=3600)
            await made.until(lambda: drawn_a(made) == pytest.approx(8.0, abs=0.1))
            return answer

    async def afterwards() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.status() == "Charging")
            (why,) = (await ask(made, "why"))["evses"]
            answer = await ask(made, "limit")
            await made.until(lambda: made.seen()["limited_by"] == "cable")
            return why, answer

    set_, (why, cleared) = run_virtual(before()), run_virtual(afterwards())
    assert set_["result"] == "the owner limits EVSE 1 to 8 A per phase"
    assert (why["limit_a"], why["limited_by"]) == (8.0, "owner")
    assert why["entries"][0]["expires"] == set_["until"]
    assert cleared == {"result": "the owner does not limit any EVSE any more"}


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("dance", {}, "allowed are status"),
        ("tag", {"action": "burn"}, "present, list, clear"),
        ("tag", {"action": "present", "uid": ""}, "1 to 36 characters"),
        ("tag", {"action": "present", "uid": "AB", "evse": 9}, "evse 9"),
        ("sessions", {"limit": "all"}, "whole number"),
        ("seal", {"action": "break"}, "allowed actions are show, set"),
        ("seal", {"action": "set", "seal": "{}"}, "not a seal"),
        ("seal", {"action": "set", "seal": SEAL}, "no installer's key is kept"),
        ("limit", {"current_a": 3}, "pause. or 6 to 80 A"),
        ("limit", {"current_a": 10, "evse": 9}, "evse 9: allowed are"),
        ("limit", {"current_a": 10, "for_s": 0}, "for 0 s: above 0"),
        ("limit", {"current_a": 10, "by": "ghost"}, "command line, web, MQTT"),
        ("limit", {"current_a": 10, "source": "CSO"}, "allowed are EMS, SO, Other"),
        ("limit", {"current_a": 10, "source": "SO", "evse": 1}, "all EVSEs together"),
        ("limit", {"current_a": -1, "source": "SO"}, "0 to 1000 A"),
        ("clear_fault", {"fault": "Boredom"}, "ContactorWelded"),
        ("clear_fault", {"fault": "EmergencyStop", "evse": 0}, "evse 0"),
    ],
)
def test_a_bad_request_is_told_what_is_allowed(
    tmp_path: Path, verb: str, arguments: dict[str, Any], words: str
):
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            with pytest.raises(LocalRefusedError, match=words):
                await ask(made, verb, **arguments)

    run_virtual(run())


def test_what_bound_is_told_after_a_power_cut_too(tmp_path: Path):
    """A pause, the owner's limit, and its end: one line each, newest first."""
    made = VirtualCharger(tmp_path)

    async def before() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            for current_a in (0, 8, None):
                await asyncio.sleep(20)
                await ask(made, "limit", current_a=current_a)
            await asyncio.sleep(20)

    async def afterwards() -> Any:
        async with made.running():
            return (await ask(made, "why", history=True))["changes"]

    run_virtual(before())
    rows = run_virtual(afterwards())
    told = [(row["limited_by"], row["limit_a"]) for row in rows]
    assert told[:4] == [("cable", 20.0), ("owner", 8.0), ("owner", 0.0), ("cable", 20.0)]
    assert [row["since"] for row in rows] == sorted((row["since"] for row in rows), reverse=True)
