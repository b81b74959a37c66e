"""Settings that only OCPP 1.6 has."""

from ampkeeper.firmware.ocpp.makers import fixed, hardware
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import Kind, Setting

CONFIGURATION_KEYS_MAX = 100
STOP_METER_VALUES_MAX = 52  # Transaction.Begin, Transaction.End, and 50 between them
FEATURE_PROFILES = (
    "Core", "FirmwareManagement", "LocalAuthListManagement", "RemoteTrigger", "Reservation",
    "SmartCharging",
)  # fmt: skip
ROTATION = r"\d{1,2}\.(NotApplicable|Unknown|RST|RTS|SRT|STR|TRS|TSR)"

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
        "OCPP16.StopTransactionOnEVSideDisconnect", Kind.BOOLEAN, True,
        "Unplugging ends the transaction.", "StopTransactionOnEVSideDisconnect",
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
        "OCPP16.ReserveConnectorZeroSupported", Kind.BOOLEAN, True,
        "Connector 0 can be reserved: any connector that is free then.",
        "ReserveConnectorZeroSupported",
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
