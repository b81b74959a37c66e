"""The reference page of all settings; ``python -m ampkeeper.firmware.ocpp.reference`` prints it.

Made from ``declared/`` and nothing else; a test compares the committed page.
"""

import sys

from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.samples import MEASURANDS, MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import Origin, Setting, allowed_text, text_of

HEAD = """\
# Settings

Every OCPP setting of the charger, made from `declared/`.

A value is the first of: changed by the central system, `[ocpp.keys]` or `[ocpp.variables]` of the
configuration file, the default.
The file may set what has the origin "configuration"; a 1.6 key and its 2.x name are one setting.
"[ocpp]" is that table of the file, and what the central system makes of it.
"measured" is read at the moment of asking, "station" comes from the board and the rest of the
configuration, "firmware" is a fact of this firmware.
R is read-only, RW can be changed by the central system, W can be changed but never read;
where the versions differ, 1.6 comes first.

| 2.x name | 1.6 key | default | allowed | access | origin | what it is |
|---|---|---|---|---|---|---|
"""
METERS = """
## Said by the meters

`MeterPublicKey1` is the public key of the meter of EVSE 1, `MeterPublicKey2` of EVSE 2, and so on:
read-only, 1.6 only, and only where the meter signs; without a value until the meter has told it.
"""
ACCESS = {"ReadOnly": "R", "ReadWrite": "RW", "WriteOnly": "W"}
ORIGINS_WITH_DEFAULT = (Origin.CHOSEN, Origin.FIXED)


def page() -> str:
    """The whole page."""
    rows = (" | ".join(cell.replace("|", "\\|") for cell in _cells(each)) for each in SETTINGS)
    phases = [name for name in MEASURANDS_ALLOWED if name not in MEASURANDS]
    return (
        HEAD
        + "".join(f"| {row} |\n" for row in rows)
        + "\n## Measurands\n\n"
        + "".join(f"- `{name}`\n" for name in MEASURANDS)
        + f"\nOne phase alone: {', '.join(f'`{name}`' for name in phases)}.\n"
        + METERS
    )


def _cells(setting: Setting) -> tuple[str, ...]:
    text = text_of(setting.default) if setting.origin in ORIGINS_WITH_DEFAULT else ""
    access = ACCESS[setting.access.value]
    if setting.access_16 is not None:
        access = f"{ACCESS[setting.access_16.value]}, {access}"
    is_set = setting.origin in (Origin.CHOSEN, Origin.TABLE)
    allowed = allowed_text(setting) if is_set else setting.kind.value
    if setting.allowed == MEASURANDS_ALLOWED:
        allowed = "comma-separated [measurands](#measurands)"
    return (
        f"`{setting.name}`" if setting.is_2x else "",
        f"`{setting.key}`" if setting.key else "",
        f"`{text}`" if text else "",
        allowed,
        access + (", restart" if setting.reboot else ""),
        setting.origin.value,
        setting.help,
    )


if __name__ == "__main__":
    sys.stdout.write(page())
