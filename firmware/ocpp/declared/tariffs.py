"""Settings of tariffs and costs: component TariffCostCtrlr of 2.x."""

from ampkeeper.firmware.ocpp.makers import fixed, switch
from ampkeeper.firmware.ocpp.setting import Kind, Setting

TARIFF, COST = "TariffCostCtrlr.Enabled[Tariff]", "TariffCostCtrlr.Enabled[Cost]"
TARIFF_FALLBACK = "TariffCostCtrlr.TariffFallbackMessage"
TOTAL_FALLBACK = "TariffCostCtrlr.TotalCostFallbackMessage"
TEXT_CHARS_MAX = 512  # part 2, 2.12.3

TARIFFS = (
    *(
        fixed(f"TariffCostCtrlr.Available[{what}]", Kind.BOOLEAN, True, f"{what}s are shown.")
        for what in ("Tariff", "Cost")
    ),
    switch(TARIFF, True, "Whether people are shown tariffs; in 2.1, whether they are taken."),
    switch(COST, True, "Whether people are shown costs; in 2.1, whether they are worked out here."),
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
        name=TARIFF_FALLBACK, kind=Kind.TEXT, default="", highest=TEXT_CHARS_MAX,
        help="Shown at the start where the central system told no price; empty: nothing.",
    ),
    Setting(
        name=TOTAL_FALLBACK, kind=Kind.TEXT, default="", highest=TEXT_CHARS_MAX,
        help="Shown at the end while the central system is away; empty: nothing.",
    ),
)  # fmt: skip
