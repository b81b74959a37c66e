"""A whole charger whose central system is changed at run time: tried, then kept or left.

``AMPKEEPER_CHANGE_CUTS`` 1 cuts the power at every write of a change, 7 at every seventh.
"""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from tests.support.several import A, B, C, Several
from tests.support.virtual import STATION, CuttingLoop, run_cutting

VERSIONS = ("1.6", "2.0.1")
STEP = int(os.environ.get("AMPKEEPER_CHANGE_CUTS", "7"))
TO_C = {"url": "ws://c/ocpp"}


async def door(made: Several, action: str, **more: Any) -> dict[str, Any]:
    return await made.app.api.answer("csms", {"action": action, **more})


async def last(made: Several) -> str:
    """What became of the last change."""
    return str((await door(made, "show"))["last"]["text"])


def in_use(made: Several) -> str:
    return made.app.systems.system(1).url


@pytest.mark.parametrize("version", VERSIONS)
def test_another_system_that_accepts_is_kept_over_a_power_cut(tmp_path: Path, version: str) -> None:
    made = Several(tmp_path, version)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await door(made, "set", **TO_C, id="AK2")
            assert in_use(made) == "ws://a/ocpp"
            await made.until(lambda: in_use(made) == "ws://c/ocpp")
            assert "AK2" in made.systems[C].links
            assert made.app.desk.variable("SecurityCtrlr.Identity") == "AK2"
            assert await last(made) == "central system ws://c/ocpp/AK2 is in use"
            assert made.app.systems.all_books == {"c/ocpp AK2", "b/ocpp AK0001"}
        made.dials.clear()
        async with made.running():
            await made.until(lambda: made.registered)
            shown = await door(made, "show")
            assert [each["is_from_file"] for each in shown["systems"]] == [False, True]
            assert shown["order"] == [1, 2]
            made.leave(C)
            made.systems[C].links.clear()
            made.app.csms.ocpp.reconnect()
            await made.at(B)  # the fall-backs stay

    run_virtual(story())
    assert made.dials == [C, C, C, B]


def test_one_that_does_not_accept_in_time_is_left_with_its_reason(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            made.systems[C].registration = "Rejected"
            await door(made, "set", **TO_C)
            await made.until(lambda: STATION in made.systems[C].links)
            await made.at(A, 60)
            assert in_use(made) == "ws://a/ocpp"
            assert "registration rejected); back to ws://a/ocpp" in await last(made)
            made.away = {C}
            await door(made, "set", **TO_C, password="0123456789abcdef")
            await made.until(lambda: C in made.dials[-1:])
            await made.at(A, 60)
            assert made.app.security.password() == b""  # the old one's was not touched
            assert made.app._store.systems() == {}
            assert "nobody answers); back to" in await last(made)
            await made.until(lambda: made.app.security.log.owed == 0, 300)

    run_virtual(story())
    told = [each["techInfo"] for each in made.calls(A, "SecurityEventNotification")
            if each["type"] == "ReconfigurationOfSecurityParameters"]  # fmt: skip
    assert ["back to" in each for each in told] == [False, True, False, True]


def test_the_old_one_answering_late_proves_nothing_of_the_new_one(tmp_path: Path) -> None:
    """It is being dialed when the trial begins, and gets through when nobody wants it any more."""
    made = Several(tmp_path, fallbacks=())
    made.away = {C}

    async def story() -> None:
        async with made.running():
            await made.at(A)
            made.dial_s[A] = 20.0
            made.systems[A].drop(STATION)
            await asyncio.sleep(5)
            await door(made, "set", **TO_C, now=True)
            await made.until(lambda: C in made.dials, 60)
            await made.at(A, 120)
            assert in_use(made) == "ws://a/ocpp"
            assert "nobody answers); back to ws://a/ocpp" in await last(made)
            assert made.app._store.systems() == {}

    run_virtual(story())


def test_one_that_gets_through_after_its_time_is_told_nothing(tmp_path: Path) -> None:
    made = Several(tmp_path, fallbacks=())
    made.dial_s[C] = 20.0

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await asyncio.sleep(5)
            await door(made, "set", **TO_C, now=True)
            await asyncio.sleep(10)
            await door(made, "undo")
            await made.until(lambda: C in made.dials, 60)
            await made.at(A, 60)
            await made.begin()
            await made.finish()
            await made.until(lambda: made.owed == 0)

    run_virtual(story())
    assert made.calls(C) == []
    made.whole(A, 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_change_waits_until_the_old_one_has_heard_all(tmp_path: Path, version: str) -> None:
    made = Several(tmp_path, version)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            await door(made, "set", **TO_C)
            await asyncio.sleep(20)
            assert made.calls(C) == []
            await made.finish()
            await made.until(lambda: in_use(made) == "ws://c/ocpp", 60)
            await made.begin()
            await made.finish()
            await made.until(lambda: made.owed == 0)

    run_virtual(story())
    made.whole(A, 1)
    made.whole(C, 1)


def test_an_urgent_change_takes_the_rest_along_without_the_number(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            await door(made, "set", **TO_C, now=True)
            await made.until(lambda: in_use(made) == "ws://c/ocpp", 60)
            await made.finish()
            await made.until(lambda: made.owed == 0)

    run_virtual(story())
    (stop,) = made.calls(C, "StopTransaction")
    assert stop["transactionId"] == -1
    assert made.calls(C, "StartTransaction") == []
    assert made.booked(A)[0].stops == 0


def test_an_address_of_the_same_books_goes_on_with_the_number(tmp_path: Path) -> None:
    made = Several(tmp_path, books="operator")

    async def story() -> None:
        async with made.running():
            made.systems[C].books = made.systems[A].books
            await made.at(A)
            await made.begin()
            await door(made, "set", **TO_C, books="operator", now=True)
            await made.until(lambda: in_use(made) == "ws://c/ocpp", 60)
            await made.finish()
            await made.until(lambda: made.owed == 0)

    run_virtual(story())
    made.whole(C, 1)


def test_the_keys_of_1_6_name_one_that_is_tried_after_the_reset(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            assert await made.change(A, "CentralSystemUrl", "ws://c/ocpp") == "RebootRequired"
            assert await made.change(A, "CentralSystemId", "AK9") == "RebootRequired"
            assert await made.change(A, "CentralSystemVersions", "2.0.1") == "RebootRequired"
            assert made.calls(C) == []
            assert (await made.ask(A, "Reset", {"type": "Soft"}))["status"] == "Accepted"
            await made.until(lambda: in_use(made) == "ws://c/ocpp", 60)
            assert made.systems[C].links["AK9"].version == "ocpp2.0.1"
            assert made.app.settings.changed.get("OCPP16.CentralSystemUrl") is None
        async with made.running():
            await made.until(lambda: "AK9" in made.systems[C].links)
            assert made.app.systems.trial is None

    run_virtual(story())


def test_a_key_set_to_what_it_is_asks_for_no_reset_and_begins_no_trial(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            assert await made.change(A, "CentralSystemUrl", "ws://a/ocpp") == "Accepted"
            assert await made.change(A, "CentralSystemUrl", "ws://c/ocpp") == "RebootRequired"
            assert await made.change(A, "CentralSystemUrl", "ws://a/ocpp") == "RebootRequired"
            assert (await made.ask(A, "Reset", {"type": "Soft"}))["status"] == "Accepted"
            await made.until(
                lambda: not made.app.settings.changed.get("OCPP16.CentralSystemUrl"), 60
            )
            assert made.app.systems.trial is None
        async with made.running():
            await made.at(A)
            assert made.app.systems.trial is None

    run_virtual(story())


def test_keys_that_make_no_good_system_are_rejected_and_change_nothing(tmp_path: Path) -> None:
    made = Several(tmp_path)
    bad = (
        ("CentralSystemUrl", "http://c/"), ("CentralSystemUrl", "c"), ("CentralSystemUrl", "ws://"),
        ("CentralSystemUrl", "ws://b/ocpp"),  # it is the fall-back
        ("CentralSystemId", "x" * 49), ("CentralSystemVersions", "1.5"),
        ("CentralSystemPassword", "short"),
    )  # fmt: skip

    async def story() -> None:
        async with made.running():
            await made.at(A)
            for key, value in bad:
                assert await made.change(A, key, value) == "Rejected", (key, value)
            asked = {"key": ["CentralSystemUrl", "CentralSystemId", "CentralSystemPassword"]}
            answer = await made.ask(A, "GetConfiguration", asked)
            told = {each["key"]: each["value"] for each in answer["configurationKey"]}
            assert told == {"CentralSystemUrl": "ws://a/ocpp", "CentralSystemId": STATION}
            assert answer["unknownKey"] == ["CentralSystemPassword"]
            assert made.app.settings.changed == {}

    run_virtual(story())


@pytest.mark.parametrize("url", ["ws://c/ocpp", "WS://c/ocpp"])
def test_nobody_takes_tls_away_from_afar(tmp_path: Path, url: str) -> None:
    made = Several(tmp_path)
    made.config = replace(made.config, ocpp=replace(made.config.ocpp, url="wss://a/ocpp"))

    async def story() -> None:
        async with made.running():
            await made.at(A)
            assert await made.change(A, "CentralSystemUrl", url) == "Rejected"
            asked = url.replace("://", "s://").replace("S", "s")
            assert await made.change(A, "CentralSystemUrl", asked) == "RebootRequired"

    run_virtual(story())


# fmt: off
REFUSED = (
    # what is asked for                     what the refusal names
    ({"url": "http://c/"},                  "url"),
    ({"url": "ws://b/ocpp"},                "url"),
    ({"url": "ws://a/ocpp"},                "url"),
    ({"url": "ws://c/", "profile": 1},      "profile"),
    ({"url": "ws://c/", "profile": 2},      "url"),
    ({"url": "ws://c/", "password": "x"},   "password"),
    ({"id": "x" * 49},                      "id"),
    ({"versions": ["1.5"]},                 "versions"),
    ({"versions": "1.6"},                   "versions"),
    ({"profile": "2"},                      "profile"),
    ({"url": 7},                            "url"),
    ({},                                    "set"),
)
# fmt: on


def test_what_a_person_asks_for_and_cannot_be_is_refused_by_its_key(tmp_path: Path) -> None:
    made = Several(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            for asked, key in REFUSED:
                with pytest.raises(LocalRefusedError, match=f"^{key}"):
                    await door(made, "set", **asked)
            with pytest.raises(LocalRefusedError, match=r"^url: the central system is the one"):
                await door(made, "undo")
            with pytest.raises(LocalRefusedError, match="show, set, undo"):
                await door(made, "dance")
            assert made.app._store.systems() == {}

    run_virtual(story())


def test_a_change_is_undone_while_it_is_tried_and_after(tmp_path: Path) -> None:
    made = Several(tmp_path)
    made.away = {C}

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await door(made, "set", **TO_C)
            await made.until(lambda: made.dials[-1] == C)
            await door(made, "undo")
            await made.at(A, 10)
            made.back(C)
            await door(made, "set", **TO_C)
            await made.until(lambda: in_use(made) == "ws://c/ocpp")
            await door(made, "undo")
            await made.until(lambda: in_use(made) == "ws://a/ocpp")
            await made.at(A)

    run_virtual(story())


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "of the file"])
def test_the_way_back_is_gone_with_the_password_that_held_there(
    tmp_path: Path, is_told: bool
) -> None:
    """A new system brings a password of its own; over a power cut, the old one's is not lost."""
    file = tmp_path / "key"
    file.write_text("password-of-the-file")
    made = Several(tmp_path)
    made.config = replace(
        made.config, ocpp=replace(made.config.ocpp, password_file=str(file), security_profile=1)
    )
    old = "password-told-at-a" if is_told else "password-of-the-file"

    async def story() -> None:
        async with made.running():
            await made.at(A)
            if is_told:
                assert await made.change(A, "AuthorizationKey", old) == "Accepted"
                await asyncio.sleep(5)
                await made.at(A)
            await door(made, "set", **TO_C, password="0123456789abcdef")
            await made.until(lambda: in_use(made) == "ws://c/ocpp")
            await made.at(C)
        async with made.running():
            await made.at(C)
            assert made.app.security.password() == b"0123456789abcdef"
            made.accesses.clear()
            await door(made, "undo")
            await made.until(lambda: in_use(made) == "ws://a/ocpp")
            assert made.accesses[-1].password == old.encode()
            await made.until(lambda: made.app.security.password() == old.encode())
            assert made.app.systems.is_from_file(1)
            assert made.app._store.systems() == {}
        async with made.running():
            await made.at(A)
            assert made.accesses[-1].password == old.encode()

    run_virtual(story())


def test_a_trial_that_the_power_ends_begins_anew(tmp_path: Path) -> None:
    made = Several(tmp_path)
    made.away = {C}

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await door(made, "set", **TO_C, password="0123456789abcdef")
            await made.until(lambda: made.dials[-1] == C)
        made.dials.clear()
        async with made.running():
            await made.until(lambda: made.dials == [C])
            assert made.app.systems.trial is not None
            made.back(C)
            await made.until(lambda: in_use(made) == "ws://c/ocpp")
            assert made.app.security.password() == b"0123456789abcdef"
            assert made.app.systems.system(1).password == ""

    run_virtual(story())


@pytest.mark.parametrize("is_urgent", [True, False])
def test_a_trial_that_waits_for_nothing_does_not_after_a_power_cut(
    tmp_path: Path, is_urgent: bool
) -> None:
    made = Several(tmp_path, fallbacks=())

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.begin()
            await door(made, "set", **TO_C, now=is_urgent)
        async with made.running():
            await asyncio.sleep(60)
            assert (in_use(made) == "ws://c/ocpp") is is_urgent
            assert made.app.station.is_busy

    run_virtual(story())


@pytest.mark.parametrize(("accepts", "is_before"), [(True, True), (False, False)])
def test_power_cut_at_each_write_of_a_change_leaves_one_or_the_other(
    tmp_path: Path, accepts: bool, is_before: bool, record_property: Callable[[str, object], None]
) -> None:
    """A transaction ends, and the change is tried; the cut comes at one write after another."""

    async def change(made: Several) -> None:
        await door(made, "set", **TO_C)
        await made.finish()
        await made.until(lambda: is_settled(made, accepts), 200)

    async def story(loop: CuttingLoop, made: Several, number: int) -> bool:
        async with made.running():
            await made.at(A)
            await made.begin()
            made.systems[C].registration = "Accepted" if accepts else "Rejected"
            loop.cut_after(number, is_before)
            tasks = {asyncio.ensure_future(each) for each in (change(made), loop.has_cut.wait())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            was_cut = loop.has_cut.is_set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        loop.power_on()
        async with made.running():
            await made.until(lambda: made.status() != "Unavailable", 60)
            await asyncio.sleep(10)
            if made.app.station.is_busy:
                made.swipe()
                await asyncio.sleep(5)
            made.unplug()
            await made.until(lambda: made.app.systems.trial is None, 200)
            await made.until(lambda: made.registered and made.owed == 0, 200)
            was_told = bool(made.app.systems.last)
            assert in_use(made) == ("ws://c/ocpp" if accepts and was_told else "ws://a/ocpp")
        made.whole(A, 1)
        assert made.booked(C) == []
        return was_cut

    number, was_cut = 1 + is_before, True
    while was_cut:
        made = Several(tmp_path / str(number), fallbacks=())
        was_cut = run_cutting(partial(story, made=made, number=number))
        number += STEP
    record_property("covered", f"cuts up to access {number - 2 * STEP}, {STEP} apart")


def is_settled(made: Several, accepts: bool) -> bool:
    """The change has come to its end."""
    found = json.loads(made.app.systems.last or '{"text": ""}')["text"]
    return made.owed == 0 and ("is in use" if accepts else "back to") in found
