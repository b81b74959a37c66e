"""The page of the device model; ``python -m ampkeeper.firmware.ocpp.device_reference`` prints it.

Made from the model of a station with one socket of 32 A on three phases; a test compares the
committed page.
"""

import sys
from collections.abc import Iterable
from itertools import groupby

from ampkeeper.firmware.device_model.variable import Attribute, Variable
from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.device import model_of, setting_of
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import text_of
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings

SAMPLE = Hardware((EvseHardware(1, 3, 32.0, is_socket=True),), "AK0001")
HEAD = """\
# Device model, OCPP 2.0.1

Every component and variable that a central system finds, made from `firmware/ocpp/declared/`.
It is that of a station with one socket of 32 A on three phases; each further EVSE has its own.
A variable has the attribute Actual, and others where they are named.
R is read-only, RW can be set, W can be set but never read; P is kept over a restart, C never
changes.
What each is, and its OCPP 1.6 key, stands in
[SETTINGS.md](../firmware/ocpp/SETTINGS.md).

"""
ACCESS = {"ReadOnly": "R", "ReadWrite": "RW", "WriteOnly": "W"}
TAIL = "\nThis page is made by `python -m ampkeeper.firmware.ocpp.device_reference`.\n"
COLUMNS = (
    "| variable | type | unit | from | to | values | attributes |\n|---|---|---|---|---|---|---|\n"
)


def page() -> str:
    """The whole page."""
    settings = Settings(SAMPLE)
    model = list(model_of((1,), settings.value))
    components = {variable.component.key for variable in model}
    keys = sum(setting.is_2x and setting.key is not None for setting in SETTINGS)
    counts = (
        f"{len(components)} components, {len(model)} variables; {keys} are OCPP 1.6 keys too.\n"
    )
    sections = groupby(sorted(model, key=_title), key=_title)
    return HEAD + counts + "".join(_section(title, rows) for title, rows in sections) + TAIL


def _title(variable: Variable) -> str:
    component = variable.component
    tier = "" if component.evse_id is None else f", EVSE {component.evse_id}"
    tier += "" if component.connector_id is None else f", connector {component.connector_id}"
    return component.name + tier


def _section(title: str, variables: Iterable[Variable]) -> str:
    return f"\n## {title}\n\n{COLUMNS}" + "".join(_row(each) for each in variables)


def _row(variable: Variable) -> str:
    given = variable.characteristics
    name = variable.name + (f"[{variable.instance}]" if variable.instance else "")
    values = ", ".join(given.allowed)
    if setting_of(variable).allowed == MEASURANDS_ALLOWED:
        values = "[measurands](../firmware/ocpp/SETTINGS.md#measurands)"
    limits = ("" if limit is None else text_of(limit) for limit in (given.lowest, given.highest))
    attributes = ", ".join(_attribute(each) for each in variable.attributes)
    cells = (f"`{name}`", given.kind, given.unit, *limits, values, attributes)
    return f"| {' | '.join(cells)} |\n"


def _attribute(attribute: Attribute) -> str:
    marks = ("P" if attribute.is_persistent else "") + ("C" if attribute.is_constant else "")
    named = "" if attribute.kind == "Actual" else f"{attribute.kind} "
    return " ".join(filter(None, (named + ACCESS[attribute.access], marks)))


if __name__ == "__main__":
    sys.stdout.write(page())
