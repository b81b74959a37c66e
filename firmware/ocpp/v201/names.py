"""Names of OCPP 2.0.1: its words for our states and reasons."""

from ampkeeper.firmware.facts import ConnectorState, StopReason, Trigger
from ampkeeper.firmware.ocpp.wire import words

BOOT_REASONS = words(
    """
    ApplicationReset FirmwareUpdate LocalReset PowerUp RemoteReset ScheduledReset Triggered
    Unknown Watchdog
    """
)

TOKEN_KINDS = words("Central eMAID ISO14443 ISO15693 KeyCode Local MacAddress NoAuthorization")

CONNECTOR_STATUS = {
    ConnectorState.AVAILABLE: "Available",
    ConnectorState.PREPARING: "Occupied",
    ConnectorState.CHARGING: "Occupied",
    ConnectorState.SUSPENDED_EV: "Occupied",
    ConnectorState.SUSPENDED_EVSE: "Occupied",
    ConnectorState.FINISHING: "Occupied",
    ConnectorState.RESERVED: "Reserved",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}

REASONS = {
    StopReason.LOCAL: "Local",
    StopReason.REMOTE: "Remote",
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.DE_AUTHORIZED: "DeAuthorized",
    StopReason.EMERGENCY_STOP: "EmergencyStop",
    StopReason.POWER_LOSS: "PowerLoss",
    StopReason.REBOOT: "Reboot",
    StopReason.SOFT_RESET: "ImmediateReset",
    StopReason.HARD_RESET: "ImmediateReset",
    StopReason.UNLOCK_COMMAND: "Other",
    StopReason.GROUND_FAULT: "GroundFault",
    StopReason.OVERCURRENT_FAULT: "OvercurrentFault",
    StopReason.POWER_QUALITY: "PowerQuality",
    StopReason.ENERGY_LIMIT: "EnergyLimitReached",
    StopReason.OUT_OF_CREDIT: "LocalOutOfCredit",
    StopReason.MASTER_PASS: "MasterPass",
    StopReason.STOPPED_BY_EV: "StoppedByEV",
    StopReason.TIMEOUT: "Timeout",
    StopReason.OTHER: "Other",
}

TRIGGERS = {
    Trigger.EV_DEPARTED: "EVCommunicationLost",  # no sensor sees a car leave its bay
    Trigger.TX_RESUMED: "ChargingStateChanged",  # 2.1 has words for these four
    Trigger.TARIFF_CHANGED: "Trigger",
    Trigger.RUNNING_COST: "Trigger",
    Trigger.COST_LIMIT: "EnergyLimitReached",
}
