"""Settings of what is watched for the central system."""

from ampkeeper.firmware.device_model.monitor import DELTA, Monitor
from ampkeeper.firmware.device_model.monitor_book import BASES
from ampkeeper.firmware.ocpp.makers import fixed, live, number, switch
from ampkeeper.firmware.ocpp.setting import Kind

ITEMS_PER_MESSAGE, BYTES_PER_MESSAGE = 50, 65_536
MESSAGES = ("SetVariableMonitoring", "ClearVariableMonitoring")
SEVERITY_MAX = 9
WARNING, ERROR = 6, 4  # severities

MONITORING = (
    fixed("MonitoringCtrlr.Available", Kind.BOOLEAN, True, "Variables can be monitored."),
    switch("MonitoringCtrlr.Enabled", True, "Whether monitors look at their variables."),
    *(
        fixed(
            f"MonitoringCtrlr.ItemsPerMessage[{message}]", Kind.INTEGER, ITEMS_PER_MESSAGE,
            f"Most entries of one {message} request.",
        )
        for message in MESSAGES
    ),
    *(
        fixed(
            f"MonitoringCtrlr.BytesPerMessage[{message}]", Kind.INTEGER, BYTES_PER_MESSAGE,
            f"Longest {message} request.",
        )
        for message in MESSAGES
    ),
    number(
        "MonitoringCtrlr.OfflineQueuingSeverity", ERROR, 0, SEVERITY_MAX, "",
        "Up to which severity events are kept while the central system is away.",
    ),
    live(
        "MonitoringCtrlr.ActiveMonitoringBase", Kind.OPTION, "Which monitors are in force.",
        allowed=BASES,
    ),
    live(
        "MonitoringCtrlr.ActiveMonitoringLevel", Kind.INTEGER,
        "Up to which severity events are told.",
    ),
)  # fmt: skip


def preconfigured(evse_ids: tuple[int, ...]) -> tuple[Monitor, ...]:
    """What can be watched without being described: the state of each EVSE, and its problems."""
    rows = (("AvailabilityState", WARNING), ("Problem", ERROR))
    places = [(evse_id, name, severity) for evse_id in evse_ids for name, severity in rows]
    return tuple(
        Monitor(number, f"EVSE@{evse_id}.{name}", DELTA, 1.0, severity)
        for number, (evse_id, name, severity) in enumerate(places, 1)
    )
