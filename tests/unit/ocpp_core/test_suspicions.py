"""What a central system sends that it should not is told as such, and nothing else is."""

import pytest

from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.outcome import INVALID, REPLAY
from tests.unit.ocpp_core.core_fakes import Rig


def suspicions(rig: Rig) -> list[str]:
    return [noted.suspicion for noted in rig.told(fx.Noted) if noted.suspicion]


@pytest.fixture
def rig() -> Rig:
    made = Rig("ocpp1.6")
    made.register()
    return made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '[2,"a"]',
        "[9,1,2]",
        '[2,"a","Reset",{"type":"Soft","type":"Hard"}]',
    ],
)
def test_what_is_no_frame_is_invalid(rig: Rig, text: str) -> None:
    rig.cp.received(text, rig.now_s)
    rig.carry_out()
    assert suspicions(rig) == [INVALID]


def test_a_call_that_breaks_its_schema_is_invalid(rig: Rig) -> None:
    rig.receive(2, "a", "Reset", {"type": "Sideways"})
    assert suspicions(rig) == [INVALID]
    assert "Reset" in rig.told(fx.Noted)[-1].text


def test_another_call_under_a_used_id_is_a_replay(rig: Rig) -> None:
    rig.receive(2, "a", "ClearCache", {})
    rig.receive(2, "a", "ClearCache", {})  # the same again: the network did it
    assert suspicions(rig) == []
    rig.receive(2, "a", "Reset", {"type": "Hard"})
    assert suspicions(rig) == [REPLAY]


def test_an_unknown_action_is_no_attack(rig: Rig) -> None:
    rig.receive(2, "a", "Dance", {})
    assert suspicions(rig) == []
