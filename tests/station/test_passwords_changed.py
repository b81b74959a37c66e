"""A whole charger whose password is changed, where the answer to that is lost on its way.

The central system then goes on with the password before: it never heard that the new one was taken.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.ocpp.dialer import Access, Dialer, Socket
from ampkeeper.firmware.ocpp.ports.network import NetworkProfile
from ampkeeper.hal.errors import CREDENTIALS, DistrustError
from tests.support.several import A, B, Several, door

FIRST, SECOND, THIRD = "first-password-1", "second-password-2", "third-password-33"
ATTEMPTS = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"


class Guarded(Several):
    """Each central system lets in who shows the password that it holds for the right one."""

    def __init__(self, folder: Path, fallbacks: Sequence[str] = (), **variables: str | int) -> None:
        super().__init__(folder, fallbacks=fallbacks)
        file = folder / "password"
        file.write_text(FIRST)
        ocpp = self.config.ocpp
        variables = dict(ocpp.variables) | variables
        ocpp = replace(ocpp, password_file=str(file), security_profile=1, variables=variables)
        self.config = replace(self.config, ocpp=ocpp)
        self.right = {A: FIRST, B: FIRST}
        self.shown: list[tuple[str, str]] = []  # host and password, in the order of the attempts

    def dial(self, access: Access) -> Dialer:
        """The way out, past the doorkeeper."""
        return Doorkeeper(self, access, super().dial(access))

    def plays(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Play a story that begins where number 1 has accepted the station."""

        async def whole() -> None:
            async with self.running():
                await self.at(A)
                await story()

        run_virtual(whole())

    async def told(self, password: str, is_heard: bool) -> None:
        """Number 1 changes the password; if the answer does not arrive, it keeps the old one."""
        assert await self.change(A, "AuthorizationKey", password) == "Accepted"
        if is_heard:
            self.right[A] = password

    def shown_at(self, host: str) -> list[str]:
        """The passwords that were shown to one of them."""
        return [password for where, password in self.shown if where == host]


class Doorkeeper:
    """Answers 401 to a wrong password."""

    def __init__(self, made: Guarded, access: Access, way: Dialer) -> None:
        self._made = made
        self._password = access.password.decode()
        self._way = way

    async def connect(self, url: str, subprotocols: Sequence[str]) -> Socket:
        """Connect, if the password is right."""
        host = str(urlsplit(url).hostname)
        self._made.shown.append((host, self._password))
        if self._password != self._made.right.get(host, self._password):
            raise DistrustError(f"{url}: HTTP 401", CREDENTIALS)
        return await self._way.connect(url, subprotocols)


async def back(made: Guarded) -> None:
    """The connection is made anew, as it is after a change, and the station is accepted."""
    await asyncio.sleep(2)
    await made.at(A)


def test_a_password_whose_answer_is_lost_locks_nobody_out(tmp_path: Path) -> None:
    made = Guarded(tmp_path)

    async def story() -> None:
        await made.told(SECOND, is_heard=False)
        await back(made)
        made.systems[A].drop("AK0001")
        await back(made)

    made.plays(story)
    assert made.shown_at(A) == [FIRST, SECOND, FIRST, FIRST]


def test_of_two_in_a_row_only_the_first_was_heard_of(tmp_path: Path) -> None:
    made = Guarded(tmp_path)

    async def story() -> None:
        await made.told(SECOND, is_heard=True)
        await made.told(THIRD, is_heard=False)
        await back(made)

    made.plays(story)
    assert made.shown_at(A) == [FIRST, THIRD, FIRST, SECOND]


@pytest.mark.parametrize("is_heard", [True, False])
def test_the_power_goes_right_after_the_change(tmp_path: Path, is_heard: bool) -> None:
    made = Guarded(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.told(SECOND, is_heard)
        async with made.running():
            await made.at(A)

    run_virtual(story())
    assert made.shown_at(A) == [FIRST, SECOND] + [FIRST] * (not is_heard)


def test_once_the_new_one_got_in_the_old_one_is_shown_to_nobody(tmp_path: Path) -> None:
    """Over a restart, too; somebody who asks for the old one now is not who we know."""
    made = Guarded(tmp_path)

    async def story() -> None:
        async with made.running():
            await made.at(A)
            await made.told(SECOND, is_heard=True)
            await back(made)
            made.right[A] = FIRST
            made.systems[A].drop("AK0001")
            await asyncio.sleep(20)
        async with made.running():
            await asyncio.sleep(20)
            assert made.shown_at(A)[0] == FIRST
            assert len(made.shown_at(A)) > 4
            assert set(made.shown_at(A)[1:]) == {SECOND}

    run_virtual(story())


def test_a_system_that_is_knocked_at_is_shown_the_one_before_too(tmp_path: Path) -> None:
    made = Guarded(tmp_path, [B], **{ATTEMPTS: 1})

    async def story() -> None:
        del made.right[B]
        await made.told(SECOND, is_heard=False)
        await made.at(B)
        await made.at(A)

    made.plays(story)
    assert made.shown_at(A) == [FIRST, SECOND, FIRST, FIRST]


def test_a_system_on_trial_is_shown_its_own_password_only(tmp_path: Path) -> None:
    """At the same address, with another password: it has yet to prove who it is."""
    made = Guarded(tmp_path)

    async def story() -> None:
        await made.told(SECOND, is_heard=False)
        await back(made)
        made.shown.clear()
        await door(made, "set", password=THIRD)
        await made.until(lambda: made.shown_at(A) == [THIRD] * 3)
        await door(made, "undo")
        await made.at(A)

    made.plays(story)
    assert made.shown_at(A) == [THIRD] * 3 + [SECOND, FIRST]


def test_a_password_that_came_with_a_new_system_is_kept_when_that_changes_it(
    tmp_path: Path,
) -> None:
    """Also on the very connection on which it has just proven itself."""
    made = Guarded(tmp_path)

    async def story() -> None:
        made.right[A] = THIRD
        await door(made, "set", password=THIRD)
        await made.until(lambda: made.app.security.passwords.main == THIRD.encode(), 200)
        made.shown.clear()
        await made.told(SECOND, is_heard=False)
        await back(made)

    made.plays(story)
    assert made.shown_at(A) == [SECOND, THIRD]


def test_a_password_that_number_2_tells_for_number_1_is_shown_there(tmp_path: Path) -> None:
    """2.1 B09.FR.14; and one that number 1 itself tells afterwards takes its place."""
    made = Guarded(tmp_path, [B], **{ATTEMPTS: 1, "RouteCtrlr.ReturnTime": 0})
    told = NetworkProfile(
        url=f"ws://{A}/ocpp",
        security_profile=1,
        versions=("1.6",),
        message_timeout_s=30,
        interface="Any",
        password=SECOND,
    )

    async def story() -> None:
        made.right[A] = SECOND
        made.systems[A].drop("AK0001")
        await made.at(B)
        assert made.app.desk.networks.set_profile(1, told) is None
        await asyncio.sleep(1)
        made.shown.clear()
        made.systems[B].drop("AK0001")
        made.right[B] = THIRD
        await made.at(A)
        assert made.shown_at(A) == [SECOND]
        await made.told(THIRD, is_heard=True)
        await back(made)
        assert made.shown_at(A) == [SECOND, THIRD]

    made.plays(story)
