"""Settings of tariffs and costs: component TariffCostCtrlr of 2.x."""

from ampkeeper.firmware.ocpp.makers import alarm, fixed, number, switch
from ampkeeper.firmware.ocpp.setting import Kind, Setting

TARIFF, COST = "TariffCostCtrlr.Enabled[Tariff]", "TariffCostCtrlr.Enabled[Cost]"
RUNNING_COST = "TariffCostCtrlr.Enabled[RunningCost]"
COST_INTERVAL, TARIFF_INTERVAL = (
    "TariffCostCtrlr.Interval[Cost]",
    "TariffCostCtrlr.Interval[Tariff]",
)
ELEMENTS_MAX = "TariffCostCtrlr.MaxElements[Tariff]"
CURRENCY = "TariffCostCtrlr.Currency"
TARIFF_FALLBACK = "TariffCostCtrlr.TariffFallbackMessage"
OFFLINE_FALLBACK = "TariffCostCtrlr.OfflineTariffFallbackMessage"
TOTAL_FALLBACK = "TariffCostCtrlr.TotalCostFallbackMessage"
TEXT_CHARS_MAX = 512  # part 2, 2.12.3

TARIFFS = (
    *(
        fixed(f"TariffCostCtrlr.Available[{what}]", Kind.BOOLEAN, True, f"{what}s are shown.")
        for what in ("Tariff", "Cost")
    ),
    switch(TARIFF, True, "Whether people are shown tariffs; in 2.1, whether they are taken."),
    switch(COST, True, "Whether people are shown costs; in 2.1, whether they are worked out here."),
    switch(RUNNING_COST, False, "Whether the cost so far is told while a transaction runs (2.1)."),
    number(COST_INTERVAL, 60, 10, 86_400, "s", "How often a cost so far is shown and told (2.1)."),
    number(
        TARIFF_INTERVAL, 10, 0, 3_600, "s",
        "How often power and current are looked at where a price asks for them (2.1).",
    ),
    fixed(
        ELEMENTS_MAX, Kind.INTEGER, 10,
        "Most prices of each part of a tariff that the station works out (2.1).",
    ),
    fixed(
        "TariffCostCtrlr.ConditionsSupported[Tariff]", Kind.BOOLEAN, True,
        "Whether a price of a tariff may hold under conditions (2.1).",
    ),
    Setting(
        name="TariffCostCtrlr.HandleFailedTariff[Tariff]", kind=Kind.OPTION,
        default="UseDefaultTariff", allowed=("Deauthorize", "UseDefaultTariff", "CentralCost"),
        help="What becomes of somebody whose own tariff cannot be worked out here (2.1).",
    ),
    alarm("TariffCostCtrlr.Problem", "A tariff or a cost could not be worked out."),
    Setting(
        name=CURRENCY, kind=Kind.TEXT, default="EUR", lowest=3, highest=3,
        help="Of the costs that the central system tells, ISO 4217.",
    ),
    Setting(
        name=TARIFF_FALLBACK, kind=Kind.TEXT, default="", highest=TEXT_CHARS_MAX,
        help="Shown at the start where the central system told no price; empty: nothing.",
    ),
    Setting(
        name=OFFLINE_FALLBACK, kind=Kind.TEXT, default="", highest=TEXT_CHARS_MAX,
        help="The same while the central system is away (2.1); empty: that one.",
    ),
    Setting(
        name=TOTAL_FALLBACK, kind=Kind.TEXT, default="", highest=TEXT_CHARS_MAX,
        help="Shown at the end while the central system is away; empty: nothing.",
    ),
)  # fmt: skip
