"""Cases of certification of a station with two EVSEs: B_41, K_24, L_14 and L_15."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bench import world_of
from ampkeeper.board.emulated.virtual_charger import CONFIG
from ampkeeper.firmware.config.load import parse
from tests.conformance.ocpp201.bench201 import CARD, Bench201
from tests.conformance.ocpp201.test_tc_k_profiles import installed, put
from tests.conformance.ocpp201.test_tc_l_and_n_files import (
    BELIEVED,
    IMAGE,
    INSTALLED,
    order,
    until_word,
    words,
)
from tests.support.file_servers import web_server
from tests.support.images import make_maker
from tests.support.rig import CAR, OTHER_CARD

SECOND = """
[[evse]]
id = 2
max_a = 32
phases = 3
socket = true
"""
CARDS = {1: CARD, 2: OTHER_CARD}


class Two(Bench201):
    """A station with two sockets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.config = parse(CONFIG + SECOND, [("ocpp.versions", '["2.0.1"]')])
        self.world = world_of(self.config, 1)

    async def charging_at(self, number: int) -> None:
        """A car charges there, by a card of its own."""
        self.world.evses[number].change_car({"plugged": True, "ready": True} | CAR)
        await self.until(lambda: self.statuses(number)[-1:] == ["Occupied"])
        self.hold(number)
        await self.until(lambda: sum(self.world.evses[number].power_uw) > 0)
        await self.until(lambda: self.running_at(number))

    def hold(self, number: int) -> None:
        """Hold the card of an EVSE to the reader, which is one for both."""
        self.swipe(CARDS[number])

    def running_at(self, number: int) -> bool:
        """True while a transaction runs there."""
        return self.app.station.evses[number].transaction is not None


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_tc_b_41_the_restart_waits_for_the_last_transaction(two: Two) -> None:
    async def case(made: Two) -> None:
        for number in CARDS:
            await made.charging_at(number)
        mark = made.mark()
        assert await made.reset("OnIdle") == "Scheduled"
        made.hold(1)
        await made.gone(1)
        made.world.evses[1].change_car({"plugged": False})
        await asyncio.sleep(8)
        assert made.since(mark, "BootNotification") == []
        assert made.running_at(2)
        mark = made.mark()
        made.hold(2)
        await made.gone(2)
        await made.booted(mark, "ScheduledReset")
        await made.until(lambda: made.statuses(2)[-1] == "Occupied")
        await made.until(lambda: made.statuses(1)[-1] == "Available")
        told = {each["evseId"] for each in made.since(mark, "StatusNotification")}
        assert told == {1, 2}

    two.play(case)
    assert len(two.check()) == 2


@pytest.mark.parametrize("lets_in", [True, False])
def test_tc_l_14_and_tc_l_15_an_update_waits_for_transactions(two: Two, lets_in: bool) -> None:
    """TC_L_14 others may begin meanwhile, TC_L_15 nobody may: what is free is out of service."""
    maker = make_maker()

    async def case(made: Two) -> None:
        await made.configure(ChargingStation__AllowNewSessionsPendingFirmwareUpdate=lets_in)
        await made.charging_at(1)
        with web_server() as web:
            web.files["/image"] = IMAGE
            assert await order(made, maker, web.url("/image")) == "Accepted"
            await until_word(made, "InstallScheduled")
        assert words(made) == [*BELIEVED, "InstallScheduled"]
        if lets_in:
            await made.charging_at(2)
        else:
            await made.until(lambda: made.statuses(2)[-1] == "Unavailable")
        for number in CARDS if lets_in else (1,):
            assert "Installing" not in words(made)
            made.hold(number)
            await made.gone(number)
            made.world.evses[number].change_car({"plugged": False})
        await until_word(made, "Installed")
        assert words(made)[-3:] == INSTALLED
        await made.until(lambda: made.registered and made.statuses(2)[-1] == "Available")

    two.play(case)


def test_tc_k_24_those_of_one_purpose_and_level_are_cleared_on_every_evse(two: Two) -> None:
    async def case(made: Two) -> None:
        for number in CARDS:
            assert await put(made, number, id=number, stackLevel=1) == "Accepted"
        assert await put(made, 1, id=9, stackLevel=2) == "Accepted"
        purpose = "TxDefaultProfile"
        assert len(await installed(made, chargingProfilePurpose=purpose, stackLevel=1)) == 2
        asked = {"chargingProfilePurpose": purpose, "stackLevel": 1}
        criteria = {"chargingProfileCriteria": asked}
        assert await made.status_of("ClearChargingProfile", criteria) == "Accepted"
        assert await installed(made, chargingProfilePurpose=purpose, stackLevel=1) == []
        (left,) = await installed(made)
        assert left["id"] == 9

    two.play(case)
