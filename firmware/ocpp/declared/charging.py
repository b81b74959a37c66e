"""Settings of what limits the current."""

from ampkeeper.firmware.ocpp.makers import counted, decimal, fixed, hardware, number, switch
from ampkeeper.firmware.ocpp.setting import Kind

CURRENT_A_MAX = 80  # the most that a duty cycle can say: as good as no limit
STACK_LEVEL_MAX, PERIODS_MAX, PROFILES_MAX = 20, 100, 50

LIMITS = (
    number(
        "LimitCtrlr.MaxCurrent", CURRENT_A_MAX, 0, CURRENT_A_MAX, "A",
        "Most current per phase that the central system allows at every EVSE; below 6 A: pause.",
        "MaxCurrent",
    ),
    number(
        "DelayCtrlr.MaxRandomDelay", -1, -1, 1_800, "s",
        "Most random delay of starts and changes (UK regulations of 2021, 11 (1)(c)); -1: as"
        " [energy] says.",
        "RandomDelayMaxSeconds",
    ),
)  # fmt: skip

SMART_CHARGING = (
    fixed("SmartChargingCtrlr.Available", Kind.BOOLEAN, True, "Charging profiles are obeyed."),
    fixed("SmartChargingCtrlr.Enabled", Kind.BOOLEAN, True, "Charging profiles are obeyed."),
    fixed(
        "SmartChargingCtrlr.ProfileStackLevel", Kind.INTEGER, STACK_LEVEL_MAX,
        "Highest stack level of a charging profile.", "ChargeProfileMaxStackLevel",
    ),
    fixed(
        "SmartChargingCtrlr.PeriodsPerSchedule", Kind.INTEGER, PERIODS_MAX,
        "Most periods of a charging schedule.", "ChargingScheduleMaxPeriods",
    ),
    counted(
        "SmartChargingCtrlr.Entries[ChargingProfiles]", PROFILES_MAX,
        "Charging profiles that are installed; for 1.6 the most there can be.",
        "MaxChargingProfilesInstalled",
    ),
    decimal(
        "SmartChargingCtrlr.LimitChangeSignificance", 1.0, 0, 100, "Percent",
        "Smaller changes of a limit that others set are not told.",
    ),
    switch(
        "SmartChargingCtrlr.NotifyChargingLimitWithSchedules", True,
        "Whether a limit that others set is told with its schedule.",
    ),
    fixed(
        "SmartChargingCtrlr.ExternalControlSignalsEnabled", Kind.BOOLEAN, True,
        "Others than the central system can limit the station.",
    ),
    fixed(
        "SmartChargingCtrlr.RateUnit", Kind.MEMBERS, ("A", "W"),
        "Units of a limit in a charging schedule.",
    ),
    fixed(
        "SmartChargingCtrlr.SupportsDynamicProfiles", Kind.BOOLEAN, True,
        "A profile may have one limit that is told anew from time to time (2.1).",
    ),
    fixed(
        "SmartChargingCtrlr.SupportedAdditionalPurposes", Kind.MEMBERS, ("PriorityCharging",),
        "Purposes of charging profiles that 2.1 added.",
    ),
    fixed(
        "SmartChargingCtrlr.ACPhaseSwitchingSupported", Kind.BOOLEAN, False,
        "Whether it can be chosen which phase is the one that is used.",
    ),
    hardware(
        "SmartChargingCtrlr.Phases3to1", Kind.BOOLEAN, False,
        "Whether the phases are switched as a charging profile says.",
        "ConnectorSwitch3to1PhaseSupported",
    ),
)  # fmt: skip
