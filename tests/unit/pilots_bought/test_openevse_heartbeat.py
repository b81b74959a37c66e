"""OpenEVSE's heartbeat: what a dead computer leaves is never taken on trust."""

import asyncio

import pytest

from ampkeeper.board.emulated.bought.openevse import OpenEvse
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.ports import Permit
from tests.support.bought import OPENEVSE, Bought, bought

FALLBACK_A, INTERVAL_S = 6, 5


def evse_of(rig: Bought) -> OpenEvse:
    assert isinstance(rig.board, OpenEvse)
    return rig.board


def test_a_controller_that_keeps_another_heartbeat_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stubborn = property(lambda _: 32, lambda _, told: None)
    monkeypatch.setattr(OpenEvse, "fallback_a", stubborn, raising=False)

    async def scenario() -> None:
        async with bought(OPENEVSE) as rig:
            with pytest.raises(WrongDeviceError, match="heartbeat is '5 32 0', must begin '5 6'"):
                await rig.pilot.open()

    run_virtual(scenario())


@pytest.mark.parametrize(("lost", "value"), [("interval_s", 0), ("fallback_a", 32)])
def test_a_heartbeat_that_was_lost_is_set_again_within_two_pulses(lost: str, value: int) -> None:
    async def scenario() -> None:
        async with bought(OPENEVSE) as rig:
            await rig.pilot.open()
            setattr(rig.board, lost, value)
            for _ in range(8):
                await rig.pilot.next_status()
            assert (evse_of(rig).interval_s, evse_of(rig).fallback_a) == (INTERVAL_S, FALLBACK_A)

    run_virtual(scenario())


def test_what_it_says_of_a_power_cut_is_what_it_does() -> None:
    async def scenario() -> None:
        async with bought(OPENEVSE) as rig:
            identity = await rig.pilot.open()
            said = f"its own current for {INTERVAL_S} s, then {FALLBACK_A} A, for anybody"
            assert any(said in sentence for sentence in identity.cannot)
            rig.pilot.close()
            evse_of(rig).power_up()
            rig.car.plug()
            await asyncio.sleep(INTERVAL_S - 1.0)
            assert evse_of(rig).offered_ma == evse_of(rig).capacity_a * 1_000
            await asyncio.sleep(2.0)
            assert evse_of(rig).offered_ma == FALLBACK_A * 1_000
            await rig.pilot.open()
            assert evse_of(rig).offered_ma == 0

    run_virtual(scenario())


def test_a_controller_that_hears_and_is_not_heard_is_put_to_sleep() -> None:
    async def scenario() -> None:
        async with bought(OPENEVSE) as rig:
            await rig.pilot.open()
            rig.car.plug()
            while rig.board.current_ma == 0:
                rig.pilot.permit(Permit(16.0, 3, keep_locked=False))
                await rig.pilot.next_status()
            assert rig.wire is not None
            rig.wire.is_silent = True
            with pytest.raises(AbsentError):
                await rig.pilot.next_status()
            assert rig.board.offered_ma > 0
            with pytest.raises(AbsentError):
                await rig.pilot.open()
            assert rig.board.offered_ma == 0

    run_virtual(scenario())
