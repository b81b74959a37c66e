"""Settings of what the charger shows."""

from ampkeeper.firmware.ocpp.makers import counted, fixed
from ampkeeper.firmware.ocpp.setting import Kind

MESSAGES_MAX = 50

DISPLAY = (
    fixed("DisplayMessageCtrlr.Available", Kind.BOOLEAN, True, "Messages can be shown."),
    fixed("DisplayMessageCtrlr.Enabled", Kind.BOOLEAN, True, "Messages are shown."),
    counted(
        "DisplayMessageCtrlr.DisplayMessages", MESSAGES_MAX,
        "Messages that the central system has set.",
    ),
    fixed(
        "DisplayMessageCtrlr.SupportedFormats", Kind.MEMBERS, ("ASCII", "UTF8"),
        "Forms of a message that are shown.",
    ),
    fixed(
        "DisplayMessageCtrlr.SupportedPriorities", Kind.MEMBERS,
        ("AlwaysFront", "InFront", "NormalCycle"),
        "Priorities of a message that are obeyed.",
    ),
)  # fmt: skip
