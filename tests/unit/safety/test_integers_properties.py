"""Ring 1 counts in integers only: every constant, and every attribute after each block.

A None or a fraction would pass most comparisons here, and fail or allocate on the device.
"""

from array import array
from dis import get_instructions
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from safety_rig import LEVEL_B, LEVEL_C, LEVEL_D, Rig

from ampkeeper.firmware.safety import signals
from ampkeeper.firmware.safety.recorder import Recorder
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings

WORDS = ("__init__", "names")  # for people
MODULES = sorted({path.stem for path in Path(signals.__file__).parent.glob("*.py")} - {*WORDS})
OURS = "ampkeeper.firmware.safety."


def oddities(thing: object, path: str) -> list[str]:
    """Return what is no integer, bytes, sequence of such, or object of ring 1 made of such."""
    odd: list[str] = []
    seen: set[int] = set()
    to_see = [(path, thing)]
    while to_see:
        path, thing = to_see.pop()
        if isinstance(thing, int | bytes | bytearray | array) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, list | tuple):
            to_see += [(f"{path}[{at}]", value) for at, value in enumerate(thing)]
        elif type(thing).__module__.startswith(OURS):
            to_see += [(f"{path}.{name}", value) for name, value in vars(thing).items()]
        else:
            odd.append(f"{path} is {thing!r}")
    return odd


@pytest.mark.parametrize("module", MODULES)
def test_every_constant_of_ring_1_is_made_of_integers(module: str) -> None:
    for name, value in vars(import_module(OURS + module)).items():
        if not name.isupper() or name.startswith("__"):
            continue
        if isinstance(value, tuple):  # tables of ranges name their attributes
            value = tuple(each for each in value if not isinstance(each, str))
        assert oddities(value, f"{module}.{name}") == []


def codes_of(module: str) -> list[CodeType]:
    """Return the code of every function and method that a module defines."""
    found = import_module(OURS + module)
    ours = [
        each for each in vars(found).values() if getattr(each, "__module__", "") == OURS + module
    ]
    inner = [each for owner in ours if isinstance(owner, type) for each in vars(owner).values()]
    return [each.__code__ for each in (*ours, *inner) if isinstance(each, FunctionType)]


@pytest.mark.parametrize("module", MODULES)
def test_no_function_of_ring_1_makes_a_fraction(module: str) -> None:
    for code in codes_of(module):
        assert not [each for each in get_instructions(code) if each.argrepr in ("/", "/=")], code
        assert not [each for each in code.co_consts if isinstance(each, float)], code


def test_a_fresh_ring_is_made_of_integers() -> None:
    rig = Rig()
    assert oddities(rig.supervisor, "supervisor") == []
    assert oddities((Recorder(), Inputs(), Outputs(), Settings()), "made") == []


def stays_whole(rig: Rig, ms: int) -> None:
    """Let time pass; look at everything now and then, at odd times."""
    for _ in range(ms // 70):
        rig.run(70)
        assert oddities(rig.supervisor, f"at {rig.now_ms} ms supervisor") == []


def test_a_charge_with_a_pause_and_an_end_stays_integers() -> None:
    rig = Rig()
    rig.inputs.rail_high_mv = rig.inputs.rail_low_mv = 12_000
    rig.supervisor.protection.metered.take(0, 0, 0, 230_000, 230_000, 230_000)
    rig.charge()
    assert oddities(rig.supervisor, "charging") == []
    rig.level_mv = LEVEL_B
    stays_whole(rig, 700)
    rig.allow(0)
    stays_whole(rig, 700)
    rig.unplug()
    stays_whole(rig, 700)


def test_a_fault_a_cut_pilot_and_a_hang_stay_integers() -> None:
    rig = Rig()
    rig.plug(level_mv=LEVEL_D)
    stays_whole(rig, 700)
    rig.level_mv = LEVEL_C
    rig.allow(16_000)
    stays_whole(rig, 700)
    rig.step(400)
    rig.allow(16_000, phases=1)
    stays_whole(rig, 700)
    rig.inputs.rcd_dc = 1
    stays_whole(rig, 700)
