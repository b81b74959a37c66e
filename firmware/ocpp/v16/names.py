"""Names of OCPP 1.6: its words for our states, reasons and errors."""

from ampkeeper.firmware.facts import ConnectorState, StopReason
from ampkeeper.firmware.ocpp.wire import words

ERROR_CODES = words(
    """
    ConnectorLockFailure EVCommunicationError GroundFailure HighTemperature InternalError
    LocalListConflict NoError OtherError OverCurrentFailure OverVoltage PowerMeterFailure
    PowerSwitchFailure ReaderFailure ResetFailure UnderVoltage WeakSignal
    """
)


STATION_STATES = (ConnectorState.AVAILABLE, ConnectorState.UNAVAILABLE, ConnectorState.FAULTED)
"""All that connector 0 may be (§7.7)."""

REASONS = {
    StopReason.LOCAL: "Local",
    StopReason.REMOTE: "Remote",
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.DE_AUTHORIZED: "DeAuthorized",
    StopReason.EMERGENCY_STOP: "EmergencyStop",
    StopReason.POWER_LOSS: "PowerLoss",
    StopReason.REBOOT: "Reboot",
    StopReason.SOFT_RESET: "SoftReset",
    StopReason.HARD_RESET: "HardReset",
    StopReason.UNLOCK_COMMAND: "UnlockCommand",
    StopReason.GROUND_FAULT: "Other",
    StopReason.OVERCURRENT_FAULT: "Other",
    StopReason.POWER_QUALITY: "Other",
    StopReason.ENERGY_LIMIT: "Other",
    StopReason.OUT_OF_CREDIT: "Other",
    StopReason.MASTER_PASS: "Other",
    StopReason.STOPPED_BY_EV: "Other",
    StopReason.TIMEOUT: "Other",
    StopReason.OTHER: "Other",
}
