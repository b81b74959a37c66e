"""Settings of what the charger shows."""

from ampkeeper.firmware.ocpp.makers import counted, fixed
from ampkeeper.firmware.ocpp.setting import Kind, Setting

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
    *(
        fixed(f"TariffCostCtrlr.{word}[{what}]", Kind.BOOLEAN, True, f"{what}s are shown.")
        for what in ("Tariff", "Cost")
        for word in ("Available", "Enabled")
    ),
    fixed(
        "TariffCostCtrlr.MaxElements[Tariff]", Kind.INTEGER, 1,
        "Most prices of each part of a tariff that the station works out (2.1).",
    ),
    fixed(
        "TariffCostCtrlr.ConditionsSupported[Tariff]", Kind.BOOLEAN, False,
        "Whether a price of a tariff may hold under conditions (2.1).",
    ),
    Setting(
        name="TariffCostCtrlr.Currency", kind=Kind.TEXT, default="EUR", lowest=3, highest=3,
        help="Of the costs that the central system tells, ISO 4217.",
    ),
    Setting(
        name="TariffCostCtrlr.TariffFallbackMessage", kind=Kind.TEXT, default="", highest=255,
        help="Shown at the start where the central system told no price; empty: nothing.",
    ),
    Setting(
        name="TariffCostCtrlr.TotalCostFallbackMessage", kind=Kind.TEXT, default="", highest=255,
        help="Shown at the end while the central system is away; empty: nothing.",
    ),
)  # fmt: skip
