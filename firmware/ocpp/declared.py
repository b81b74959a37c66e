"""Every setting that OCPP may see, declared once: name, 1.6 key, range, default, one line of help.

A setting stands here only if this firmware obeys it. OCPP 1.6 §9: an optional key that is absent
says that the function is absent; so no BlinkRepeat and LightIntensity (no lights), no
MinimumStatusDuration, no MaxEnergyOnInvalidId. SETTINGS.md is generated from this page.
"""

from ampkeeper.firmware.ocpp.makers import fixed, hardware, live, measurands, number, switch
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import Access, Kind, Setting

DAY_S = 86_400
CURRENT_A_MAX = 80  # the most that a duty cycle can say: as good as no limit
READ_ONLY, WRITE_ONLY = Access.READ_ONLY, Access.WRITE_ONLY
ITEMS_PER_MESSAGE = 50
BYTES_PER_MESSAGE = 65_536
CONFIGURATION_KEYS_MAX = 100
STOP_METER_VALUES_MAX = 2  # Transaction.Begin and Transaction.End
AVAILABILITY = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
FEATURE_PROFILES = ("Core", "RemoteTrigger", "SmartCharging")
CONNECTOR_TYPES = ("sType2", "cType2")  # socket, captive cable
STACK_LEVEL_MAX, PERIODS_MAX, PROFILES_MAX = 20, 100, 50
ROTATION = r"\d{1,2}\.(NotApplicable|Unknown|RST|RTS|SRT|STR|TRS|TSR)"


COMMUNICATION = (
    number(
        "OCPPCommCtrlr.HeartbeatInterval", 3600, 1, DAY_S, "s",
        "Silence after which a Heartbeat is sent; BootNotification's answer sets it too.",
        "HeartbeatInterval",
    ),
    Setting(
        name="OCPPCommCtrlr.MessageTimeout[Default]", key="MessageTimeout",
        kind=Kind.INTEGER, default=30, lowest=1, highest=600, unit="s",
        access=READ_ONLY, access_16=Access.READ_WRITE,
        help="How long an answer may take before the request counts as lost.",
    ),
    number(
        "OCPPCommCtrlr.MessageAttempts[TransactionEvent]", 3, 1, 100, "",
        "How often a transaction message that the central system failed to process is sent.",
        "TransactionMessageAttempts",
    ),
    number(
        "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", 60, 1, DAY_S, "s",
        "Wait before such a message is sent again, times the number of times already sent.",
        "TransactionMessageRetryInterval",
    ),
    number(
        "OCPPCommCtrlr.WebSocketPingInterval", 60, 0, DAY_S, "s",
        "Time between WebSocket pings from the station; 0 is off.", "WebSocketPingInterval",
    ),
    number(
        "OCPPCommCtrlr.RetryBackOffWaitMinimum", 5, 1, DAY_S, "s",
        "Wait before the first attempt to connect again.",
    ),
    number(
        "OCPPCommCtrlr.RetryBackOffRandomRange", 10, 0, DAY_S, "s",
        "Largest random part of that wait, drawn anew each time.",
    ),
    number(
        "OCPPCommCtrlr.RetryBackOffRepeatTimes", 5, 0, 20, "",
        "How often the wait doubles before it stays.",
    ),
    number(
        "OCPPCommCtrlr.OfflineThreshold", 60, 0, 30 * DAY_S, "s",
        "Absence after which the status of every connector is sent, not only of the changed ones.",
    ),
    number(
        "OCPPCommCtrlr.ResetRetries", 1, 0, 10, "",
        "How often a reset that failed is tried again.", "ResetRetries",
    ),
    number(
        "OCPPCommCtrlr.NetworkProfileConnectionAttempts", 3, 1, 100, "",
        "Attempts to connect before another network profile is tried; there is one profile.",
    ),
    Setting(
        name="OCPPCommCtrlr.NetworkConfigurationPriority", kind=Kind.SEQUENCE,
        default=("1",), allowed=("1",), lowest=1, reboot=True,
        help="Network profiles in order of preference; [ocpp] of the configuration is number 1.",
    ),
    fixed(
        "OCPPCommCtrlr.FileTransferProtocols", Kind.MEMBERS, (),
        "Protocols for file transfer: none.",
    ),
    hardware(
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect", Kind.BOOLEAN, False,
        "True with a socket: the plug is freed when the car is unplugged. False with a cable.",
        "UnlockConnectorOnEVSideDisconnect",
    ),
)  # fmt: skip

AUTHORISATION = (
    switch(
        "AuthCtrlr.AuthorizeRemoteStart", False,
        "Whether a token of a remote start is authorised first, as a card would be.",
        "AuthorizeRemoteTxRequests",
    ),
    switch(
        "AuthCtrlr.LocalAuthorizeOffline", True,
        "Whether a token known here starts while the central system is away.",
        "LocalAuthorizeOffline",
    ),
    switch(
        "AuthCtrlr.LocalPreAuthorize", False,
        "Whether a token known here starts without asking the central system.",
        "LocalPreAuthorize",
    ),
    switch(
        "AuthCtrlr.OfflineTxForUnknownIdEnabled", False,
        "Whether an unknown token starts while the central system is away.",
        "AllowOfflineTxForUnknownId",
    ),
    fixed("AuthCacheCtrlr.Available", Kind.BOOLEAN, True, "There is an authorisation cache."),
    switch(
        "AuthCacheCtrlr.Enabled", True,
        "Whether tokens are remembered in the authorisation cache.", "AuthorizationCacheEnabled",
    ),
)  # fmt: skip

TRANSACTION = (
    number(
        "TxCtrlr.EVConnectionTimeOut", 120, 1, 3600, "s",
        "How long an accepted token waits for the car to be plugged in.", "ConnectionTimeOut",
    ),
    switch(
        "TxCtrlr.StopTxOnInvalidId", True,
        "Whether a transaction whose token turns out not accepted is stopped, or only paused.",
        "StopTransactionOnInvalidId",
    ),
    fixed(
        "TxCtrlr.StopTxOnEVSideDisconnect", Kind.BOOLEAN, True,
        "Unplugging ends the transaction.", "StopTransactionOnEVSideDisconnect",
    ),
    fixed(
        "TxCtrlr.TxStartPoint", Kind.MEMBERS, ("PowerPathClosed",),
        "A transaction starts when a car is plugged in and its user is authorised.",
    ),
    fixed(
        "TxCtrlr.TxStopPoint", Kind.MEMBERS, ("PowerPathClosed",),
        "A transaction ends when the car is unplugged or the authorisation ends.",
    ),
)  # fmt: skip

LIMITS = (
    number(
        "LimitCtrlr.MaxCurrent", CURRENT_A_MAX, 0, CURRENT_A_MAX, "A",
        "Most current per phase that the central system allows at every EVSE; below 6 A: pause.",
        "MaxCurrent",
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
    fixed(
        "SmartChargingCtrlr.Entries[ChargingProfiles]", Kind.INTEGER, PROFILES_MAX,
        "Most charging profiles that can be installed.", "MaxChargingProfilesInstalled",
    ),
    fixed(
        "SmartChargingCtrlr.RateUnit", Kind.MEMBERS, ("A", "W"),
        "Units of a limit in a charging schedule.",
    ),
    fixed(
        "SmartChargingCtrlr.Phases3to1", Kind.BOOLEAN, False,
        "Whether the phases are switched as a charging profile says.",
        "ConnectorSwitch3to1PhaseSupported",
    ),
)  # fmt: skip

METERING = (
    fixed("SampledDataCtrlr.Available", Kind.BOOLEAN, True, "Sampled data is supported."),
    number(
        "SampledDataCtrlr.TxUpdatedInterval", 60, 0, DAY_S, "s",
        "Time between samples during a transaction, from its start; 0 is off.",
        "MeterValueSampleInterval",
    ),
    measurands(
        "SampledDataCtrlr.TxUpdatedMeasurands",
        "What is sampled during a transaction.", "MeterValuesSampledData",
    ),
    measurands("SampledDataCtrlr.TxStartedMeasurands", "What goes with a transaction's start."),
    measurands(
        "SampledDataCtrlr.TxEndedMeasurands",
        "What goes with a transaction's end, as measured at its start and its end.",
        "StopTxnSampledData",
    ),
    number(
        "SampledDataCtrlr.TxEndedInterval", 0, 0, 0, "s",
        "0: only start and end, no samples between, go with a transaction's end.",
    ),
    fixed(
        "SampledDataCtrlr.RegisterValuesWithoutPhases", Kind.BOOLEAN, True,
        "Energy registers are totals over all phases.",
    ),
    fixed("AlignedDataCtrlr.Available", Kind.BOOLEAN, True, "Clock-aligned data is supported."),
    number(
        "AlignedDataCtrlr.Interval", 0, 0, DAY_S, "s",
        "Time between clock-aligned samples, counted from midnight UTC; 0 is off.",
        "ClockAlignedDataInterval",
    ),
    measurands(
        "AlignedDataCtrlr.Measurands", "What is sampled clock-aligned.", "MeterValuesAlignedData",
    ),
    Setting(
        name="AlignedDataCtrlr.TxEndedMeasurands", key="StopTxnAlignedData",
        kind=Kind.MEMBERS, default=(), allowed=MEASURANDS_ALLOWED,
        help="More of what goes with a transaction's end, as measured at its start and its end.",
    ),
    number(
        "AlignedDataCtrlr.TxEndedInterval", 0, 0, 0, "s",
        "0: no clock-aligned samples go with a transaction's end.",
    ),
)  # fmt: skip

SECURITY = (
    hardware(
        "SecurityCtrlr.SecurityProfile", Kind.INTEGER, 0,
        "The security profile in use, from [ocpp] security_profile.", "SecurityProfile",
    ),
    hardware("SecurityCtrlr.Identity", Kind.TEXT, "", "The station's id, from [ocpp] id."),
    Setting(
        name="SecurityCtrlr.BasicAuthPassword", key="AuthorizationKey",
        kind=Kind.TEXT, default="", lowest=16, highest=40, access=WRITE_ONLY, is_secret=True,
        help="The password of profiles 1 and 2, from the next connection on.",
    ),
    Setting(
        name="SecurityCtrlr.OrganizationName", key="CpoName",
        kind=Kind.TEXT, default="", highest=255,
        help="The operator's name, for the subject of the station's certificate.",
    ),
    fixed(
        "SecurityCtrlr.CertificateEntries", Kind.INTEGER, 0,
        "Certificates installed by the central system: installing is not supported.",
    ),
    fixed(
        "SecurityCtrlr.AdditionalRootCertificateCheck", Kind.BOOLEAN, False,
        "A new root need not be signed by the old one.", "AdditionalRootCertificateCheck",
    ),
)  # fmt: skip

DEVICE = (
    *(
        fixed(
            f"DeviceDataCtrlr.ItemsPerMessage[{message}]", Kind.INTEGER, ITEMS_PER_MESSAGE,
            f"Most entries of one {message} request.",
        )
        for message in ("GetReport", "GetVariables", "SetVariables")
    ),
    *(
        fixed(
            f"DeviceDataCtrlr.BytesPerMessage[{message}]", Kind.INTEGER, BYTES_PER_MESSAGE,
            f"Longest {message} request.",
        )
        for message in ("GetReport", "GetVariables", "SetVariables")
    ),
    live("ClockCtrlr.DateTime", Kind.TIME, "The station's time, UTC."),
    Setting(
        name="ClockCtrlr.TimeSource", kind=Kind.SEQUENCE,
        default=("Heartbeat",), allowed=("Heartbeat",), lowest=1,
        help="Where the time comes from.",
    ),
    fixed("ChargingStation.Available", Kind.BOOLEAN, True, "The component exists."),
    live(
        "ChargingStation.AvailabilityState", Kind.OPTION, "The station as a whole.",
        allowed=AVAILABILITY,
    ),
    hardware("ChargingStation.SupplyPhases", Kind.INTEGER, 3, "Phases of the supply."),
    live("ChargingStation.Model", Kind.TEXT, "As in BootNotification."),
    live("ChargingStation.VendorName", Kind.TEXT, "As in BootNotification."),
    fixed("EVSE.Available", Kind.BOOLEAN, True, "The component exists."),
    live("EVSE.AvailabilityState", Kind.OPTION, "The state of the EVSE.", allowed=AVAILABILITY),
    hardware("EVSE.SupplyPhases", Kind.INTEGER, 3, "Phases that the EVSE can offer."),
    live("EVSE.Power", Kind.DECIMAL, "Power to the car now; its limit is the EVSE's.", "W"),
    fixed("EVSE.AllowReset", Kind.BOOLEAN, False, "An EVSE cannot be reset alone."),
    fixed("Connector.Available", Kind.BOOLEAN, True, "The component exists."),
    live(
        "Connector.AvailabilityState", Kind.OPTION, "As in StatusNotification.",
        allowed=AVAILABILITY,
    ),
    hardware(
        "Connector.ConnectorType", Kind.TEXT, "sType2",
        "sType2 is a socket, cType2 a captive cable.",
    ),
    hardware("Connector.SupplyPhases", Kind.INTEGER, 3, "Phases that the connector can offer."),
)  # fmt: skip

ONLY_16 = (
    hardware(
        "OCPP16.NumberOfConnectors", Kind.INTEGER, 1, "Connectors, from 1.", "NumberOfConnectors",
    ),
    Setting(
        name="OCPP16.ConnectorPhaseRotation", key="ConnectorPhaseRotation",
        kind=Kind.MEMBERS, default=("0.Unknown", "1.Unknown"), pattern=ROTATION,
        pattern_help="N.RST, RTS, SRT, STR, TRS, TSR, Unknown or NotApplicable, N a connector",
        help="How the phases of each connector are wired to its meter.",
    ),
    hardware(
        "OCPP16.ConnectorPhaseRotationMaxLength", Kind.INTEGER, 2,
        "Most items of ConnectorPhaseRotation.", "ConnectorPhaseRotationMaxLength",
    ),
    fixed(
        "OCPP16.GetConfigurationMaxKeys", Kind.INTEGER, CONFIGURATION_KEYS_MAX,
        "Most keys of one GetConfiguration request.", "GetConfigurationMaxKeys",
    ),
    fixed(
        "OCPP16.ChargingScheduleAllowedChargingRateUnit", Kind.MEMBERS, ("Current", "Power"),
        "What a charging schedule may limit.", "ChargingScheduleAllowedChargingRateUnit",
    ),
    fixed(
        "OCPP16.SupportedFeatureProfiles", Kind.MEMBERS, FEATURE_PROFILES,
        "Feature profiles of OCPP 1.6 that are supported.", "SupportedFeatureProfiles",
    ),
    fixed(
        "OCPP16.StopTransactionMaxMeterValues", Kind.INTEGER, STOP_METER_VALUES_MAX,
        "Most meter values of one StopTransaction.", "StopTransactionMaxMeterValues",
    ),
    *(
        fixed(
            f"OCPP16.{key}MaxLength", Kind.INTEGER, len(MEASURANDS_ALLOWED),
            f"Most items of {key}.", f"{key}MaxLength",
        )
        for key in (
            "MeterValuesSampledData", "MeterValuesAlignedData",
            "StopTxnSampledData", "StopTxnAlignedData",
        )
    ),
)  # fmt: skip

SETTINGS = (
    COMMUNICATION
    + AUTHORISATION
    + TRANSACTION
    + LIMITS
    + SMART_CHARGING
    + METERING
    + SECURITY
    + DEVICE
    + ONLY_16
)
