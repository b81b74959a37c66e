"""Settings of the link to the central system."""

from ampkeeper.firmware.ocpp.makers import hardware, live, number
from ampkeeper.firmware.ocpp.setting import Access, Kind, Setting
from ampkeeper.firmware.ocpp.system import MAIN, SLOTS_MAX

DAY_S = 86_400
SLOTS = tuple(str(slot) for slot in range(MAIN, SLOTS_MAX + 1))

COMMUNICATION = (
    number(
        "OCPPCommCtrlr.HeartbeatInterval", 3600, 1, DAY_S, "s",
        "Silence after which a Heartbeat is sent; BootNotification's answer sets it too.",
        "HeartbeatInterval",
    ),
    Setting(
        name="OCPPCommCtrlr.MessageTimeout[Default]", key="MessageTimeout",
        kind=Kind.INTEGER, default=30, lowest=1, highest=600, unit="s",
        access=Access.READ_ONLY, access_16=Access.READ_WRITE,
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
        "OCPPCommCtrlr.MinimumStatusDuration", 0, 0, 3600, "s",
        "How long a connector's state must last before it is told.", "MinimumStatusDuration",
    ),
    number(
        "OCPPCommCtrlr.ResetRetries", 1, 0, 10, "",
        "How often a reset that failed is tried again.", "ResetRetries",
    ),
    number(
        "OCPPCommCtrlr.NetworkProfileConnectionAttempts", 3, 1, 100, "",
        "Attempts to connect before the next central system is tried.",
    ),
    Setting(
        name="OCPPCommCtrlr.NetworkConfigurationPriority", kind=Kind.SEQUENCE,
        default=("1",), allowed=SLOTS, lowest=1, reboot=True,
        help="Central systems in order of preference: 1 is [ocpp], 2 and on are its [[fallback]]s.",
    ),
    live(
        "OCPPCommCtrlr.ActiveNetworkProfile", Kind.INTEGER,
        "The central system that the station is connected to, or was last, by its slot.",
    ),
    Setting(
        name="OCPPCommCtrlr.PublicKeyWithSignedMeterValue", kind=Kind.OPTION,
        default="EveryMeterValue", allowed=("Never", "OncePerTransaction", "EveryMeterValue"),
        help="With which signed meter values the meter's key goes; once is with the begin.",
    ),
    hardware(
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect", Kind.BOOLEAN, False,
        "True with a socket: the plug is freed when the car is unplugged. False with a cable.",
        "UnlockConnectorOnEVSideDisconnect",
    ),
)  # fmt: skip
