"""OpenEVSE's heartbeat: what a dead computer leaves is never taken on trust."""

import pytest

from ampkeeper.board.emulated.bought.openevse import OpenEvse
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.errors import WrongDeviceError
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
