"""A whole charger whose central system is changed at run time: tried, then kept or left."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from tests.support.several import TO_C, A, B, C, Several, door, in_use, last
from tests.support.virtual import STATION

VERSIONS = ("1.6", "2.0.1")


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
            assert made.app.security.passwords.main == b""  # the old one's was not touched
            assert made.app._store.systems() == {}
            assert "nobody answers); back to" in await last(made)
            await made.until(lambda: made.app.security.log.owed == 0, 300)

    run_virtual(story())
    told = [each["techInfo"] for each in made.calls(A, "SecurityEventNotification")
            if each["type"] == "ReconfigurationOfSecurityParameters"]  # fmt: skip
    assert ["back to" in each for each in told] == [False, True, False, True]


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
