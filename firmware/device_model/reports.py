"""Which variables a report is of: the three inventories (B07) and custom reports (B08).

Pure: ``is_true`` says whether a variable's value is "true" now.
"""

from collections.abc import Callable, Sequence

from ampkeeper.firmware.device_model.model import DeviceModel, Wish
from ampkeeper.firmware.device_model.variable import Variable

CONFIGURATION, FULL, SUMMARY = "ConfigurationInventory", "FullInventory", "SummaryInventory"
BASES = (CONFIGURATION, FULL, SUMMARY)
ACTIVE, AVAILABLE, ENABLED, PROBLEM = "Active", "Available", "Enabled", "Problem"
CRITERIA = (ACTIVE, AVAILABLE, ENABLED, PROBLEM)
STATE = "AvailabilityState"
ALARMS = frozenset(("problem", "tripped", "overload", "fallback", "suspending"))

IsTrue = Callable[[Variable], bool]


def inventory(model: DeviceModel, base: str, is_true: IsTrue) -> list[Variable]:
    """The variables of a base report, of one of ``BASES``."""
    if base == FULL:
        return list(model)
    if base == CONFIGURATION:
        return [variable for variable in model if variable.is_settable]
    return [
        variable
        for variable in model
        if variable.name == STATE or (variable.key[0] in ALARMS and is_true(variable))
    ]


def custom(
    model: DeviceModel, criteria: Sequence[str], wishes: Sequence[Wish], is_true: IsTrue
) -> list[Variable]:
    """The variables that are wished for, of components that meet one of the criteria.

    Nothing wished is everything, no criterion is every component. Of a component that meets one
    all is reported, as B08.FR.07 to 10 say.
    """
    return [
        variable
        for variable in model
        if (not wishes or any(wish.means(variable) for wish in wishes))
        and (not criteria or any(_meets(model, variable, each, is_true) for each in criteria))
    ]


def _meets(model: DeviceModel, variable: Variable, criterion: str, is_true: IsTrue) -> bool:
    """True of a component without the variable, but for Problem (B08.FR.07 to 10)."""
    found = model.component_with(variable, criterion)
    return criterion != PROBLEM if found is None else is_true(found)
