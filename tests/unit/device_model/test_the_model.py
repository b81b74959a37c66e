"""The model: what is found, what is missing, and what a report is of."""

import pytest

from ampkeeper.firmware.device_model.model import (
    NO_SUCH_ATTRIBUTE,
    UNKNOWN_COMPONENT,
    UNKNOWN_VARIABLE,
    DeviceModel,
    Wish,
)
from ampkeeper.firmware.device_model.reports import (
    ACTIVE,
    AVAILABLE,
    CONFIGURATION,
    ENABLED,
    FULL,
    PROBLEM,
    SUMMARY,
    custom,
    inventory,
)
from ampkeeper.firmware.device_model.variable import (
    MAX_SET,
    TARGET,
    Attribute,
    Characteristics,
    Component,
    Variable,
)


def made(known_as, component, name, instance="", access="ReadOnly", more=()):
    attributes = (Attribute(access=access), *(Attribute(kind) for kind in more))
    return Variable(component, name, instance, known_as, attributes, Characteristics("boolean"))


STATION, EVSE_1, EVSE_2 = Component("Station"), Component("EVSE", "", 1), Component("EVSE", "", 2)
PLUG_1 = Component("Connector", "", 1, 1)
ROWS = (
    made("state", STATION, "AvailabilityState"),
    made("available", STATION, "Available"),
    made("state 1", EVSE_1, "AvailabilityState"),
    made("power 1", EVSE_1, "Power", more=(MAX_SET,)),
    made("problem 1", EVSE_1, "Problem"),
    made("state 2", EVSE_2, "AvailabilityState"),
    made("problem 2", EVSE_2, "Problem"),
    made("plug 1", PLUG_1, "AvailabilityState"),
    made("items get", Component("Data"), "Items", "Get"),
    made("items set", Component("Data"), "Items", "Set"),
    made("enabled", Component("Ctrlr"), "Enabled", access="ReadWrite"),
    made("password", Component("Ctrlr"), "Password", access="WriteOnly"),
)
MODEL = DeviceModel(ROWS)


def names(variables):
    return [variable.known_as for variable in variables]


def true(*known):
    return lambda variable: variable.known_as in known


@pytest.mark.parametrize(
    ("component", "name", "instance", "attribute", "found"),
    [
        (EVSE_1, "Power", "", MAX_SET, "power 1"),
        (Component("evse", "", 1), "POWER", "", "Actual", "power 1"),
        (EVSE_1, "Power", "", TARGET, NO_SUCH_ATTRIBUTE),
        (EVSE_1, "Power", "x", "Actual", UNKNOWN_VARIABLE),
        (EVSE_2, "Power", "", "Actual", UNKNOWN_VARIABLE),
        (Component("Data"), "Items", "get", "Actual", "items get"),
        (Component("Data"), "Items", "", "Actual", UNKNOWN_VARIABLE),
        (Component("EVSE"), "Power", "", "Actual", UNKNOWN_COMPONENT),
        (Component("EVSE", "x", 1), "Power", "", "Actual", UNKNOWN_COMPONENT),
        (Component("EVSE", "", 1, 1), "Power", "", "Actual", UNKNOWN_COMPONENT),
        (Component("Connector", "", 1), "AvailabilityState", "", "Actual", UNKNOWN_COMPONENT),
    ],
)
def test_a_variable_is_found_or_it_is_told_what_is_missing(
    component, name, instance, attribute, found
):
    result = MODEL.find(component, name, instance, attribute)
    assert (result if isinstance(result, str) else result.known_as) == found


def test_a_variable_cannot_be_there_twice():
    with pytest.raises(AssertionError, match="twice"):
        DeviceModel([ROWS[0], ROWS[0]])


@pytest.mark.parametrize(
    ("wish", "wished"),
    [
        (Wish(Component("EVSE"), "AvailabilityState"), ["state 1", "state 2"]),
        (Wish(EVSE_2), ["state 2", "problem 2"]),
        (Wish(Component("connector", "", 1)), ["plug 1"]),
        (Wish(Component("Connector", "", 2)), []),
        (Wish(Component("Data"), "Items"), ["items get", "items set"]),
        (Wish(Component("Data"), "items", "set"), ["items set"]),
        (Wish(Component("Data"), "Items", "Other"), []),
        (Wish(Component("Data", "x")), []),
    ],
)
def test_a_wish_without_a_part_means_any_such_part(wish, wished):
    assert names(custom(MODEL, (), [wish], true())) == wished


def test_without_any_wish_or_criterion_all_is_reported():
    assert names(custom(MODEL, (), (), true())) == names(ROWS)


@pytest.mark.parametrize(
    ("criteria", "known", "reported"),
    [
        ((PROBLEM,), ("problem 1",), ["state 1", "power 1", "problem 1"]),
        ((PROBLEM,), (), []),
        ((ENABLED,), (), [name for name in names(ROWS) if name not in ("enabled", "password")]),
        ((AVAILABLE,), (), names(ROWS[2:])),
        ((ACTIVE,), (), names(ROWS)),
        ((PROBLEM, ENABLED), ("problem 2", "enabled"), names(ROWS)),
    ],
)
def test_a_criterion_asks_the_component_and_lacking_the_variable_is_meeting_it(
    criteria, known, reported
):
    """But for Problem (B08.FR.07 to 10, 13)."""
    assert names(custom(MODEL, criteria, (), true(*known))) == reported


def test_wishes_and_criteria_both_have_to_be_met():
    wish = Wish(EVSE_1, "AvailabilityState")
    assert names(custom(MODEL, (AVAILABLE,), [wish], true())) == ["state 1"]
    assert custom(MODEL, (PROBLEM,), [wish], true("problem 2")) == []


def test_each_inventory_has_what_it_is_of():
    assert names(inventory(MODEL, FULL, true())) == names(ROWS)
    assert names(inventory(MODEL, CONFIGURATION, true())) == ["enabled", "password"]
    states = ["state", "state 1", "state 2", "plug 1"]
    assert names(inventory(MODEL, SUMMARY, true())) == states
    summary = inventory(MODEL, SUMMARY, true("problem 1", "enabled"))
    assert names(summary) == ["state", "state 1", "problem 1", "state 2", "plug 1"]
