"""Every fault of the catalogue has a physical cause, and ring 1 finds it through the circuit."""

import pytest

from ampkeeper.board.emulated import faults, keys
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.firmware.faults import BY_NAME

CAUSE_NAMES = [key.name for key in keys.CAUSES]


def test_the_catalogue_is_that_of_ring_one_and_the_station() -> None:
    assert list(faults.NAMES) == list(BY_NAME)


@pytest.mark.parametrize("row", faults.CATALOGUE, ids=faults.NAMES)
def test_raising_and_ending_a_fault_changes_the_world_and_puts_it_back(
    row: tuple[str, str, object, object],
) -> None:
    name, cause, broken, mended = row
    world = World([EvseSpec(1)])
    evse = world.evses[1]
    untouched = world.save()
    faults.apply(world, evse, faults.causes_of({name: True}))
    assert world.save() != untouched
    if cause in CAUSE_NAMES:
        assert faults.present(world, evse)[cause] == broken
    faults.apply(world, evse, faults.causes_of({name: False}))
    assert world.save() == untouched
    if cause in CAUSE_NAMES:
        assert faults.present(world, evse)[cause] == mended


@pytest.mark.parametrize("key", keys.CAUSES, ids=CAUSE_NAMES)
def test_every_cause_can_be_set_and_is_shown(key: keys.Key) -> None:
    world = World([EvseSpec(1)])
    evse = world.evses[1]
    value = key.choices[-1] if key.choices else (True if key.kind == keys.BOOLEAN else 7)
    faults.apply(world, evse, {key.name: value})
    shown = faults.present(world, evse)
    assert shown[key.name] == value
    assert list(shown) == CAUSE_NAMES


def test_broken_and_mended_values_are_ones_that_the_keys_allow() -> None:
    known = {key.name: key for key in (*keys.CAUSES, *keys.EV)}
    for _, cause, broken, mended in faults.CATALOGUE:
        keys.check_value(known[cause], broken)
        keys.check_value(known[cause], mended)


def test_welded_and_stuck_exclude_each_other() -> None:
    world = World([EvseSpec(1)])
    evse = world.evses[1]
    faults.apply(world, evse, {"contactor_welded": True})
    faults.apply(world, evse, {"contactor_stuck": True})
    assert (evse.contactor.is_welded, evse.contactor.is_stuck) == (False, True)


def test_later_keys_win_over_earlier_ones() -> None:
    assert faults.causes_of({"RcdDc": True, "rcd_dc_ma": 2}) == {"rcd_dc_ma": 2}
    assert faults.causes_of({"rcd_dc_ma": 2, "RcdDc": True}) == {"rcd_dc_ma": 6}
