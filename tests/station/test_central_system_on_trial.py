"""A whole charger and a central system on trial: too late, undone, and the power cut in between.

``AMPKEEPER_CHANGE_CUTS`` 1 cuts the power at every write of a change, 7 at every seventh.
"""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.several import TO_C, A, C, Several, door, in_use, last
from tests.support.virtual import STATION, CuttingLoop, run_cutting

STEP = int(os.environ.get("AMPKEEPER_CHANGE_CUTS", "7"))


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


def test_one_that_would_get_through_after_its_time_is_given_up(tmp_path: Path) -> None:
    made = Several(tmp_path, fallbacks=())
    made.dial_s[C] = 20.0

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await asyncio.sleep(5)
            await door(made, "set", **TO_C, now=True)
            await asyncio.sleep(10)
            await door(made, "undo")
            await made.at(A, 5)
            await made.begin()
            await made.finish()
            await made.until(lambda: made.owed == 0)

    run_virtual(story())
    assert C not in made.dials
    made.whole(A, 1)


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
            assert made.app.security.passwords.main == b"0123456789abcdef"
            made.accesses.clear()
            await door(made, "undo")
            await made.until(lambda: in_use(made) == "ws://a/ocpp")
            assert made.accesses[-1].password == old.encode()
            await made.until(lambda: made.app.security.passwords.main == old.encode())
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
            assert made.app.security.passwords.main == b"0123456789abcdef"
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


def test_a_trial_ends_in_its_time_though_nobody_picks_up(tmp_path: Path) -> None:
    """A dial alone may take as long as the shortest trial."""
    made = Several(tmp_path, fallbacks=())
    made.dial_s[C] = 300.0

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await asyncio.sleep(5)
            await door(made, "set", **TO_C, now=True)
            await made.until(lambda: not made.registered)
            await made.at(A, 35)
            assert "did not accept the station in time" in await last(made)

    run_virtual(story())
    assert made.calls(C) == []


def test_a_trial_does_not_wait_for_an_old_one_that_does_not_pick_up(tmp_path: Path) -> None:
    made = Several(tmp_path, fallbacks=())

    async def story() -> None:
        async with made.running():
            await made.at(A)
            made.dial_s[A] = 300.0
            made.systems[A].drop(STATION)
            await asyncio.sleep(5)
            await door(made, "set", **TO_C, now=True)
            await made.until(lambda: in_use(made) == "ws://c/ocpp", 20)

    run_virtual(story())
