"""Settings of the device model: what the station is made of."""

from ampkeeper.firmware.ocpp.makers import alarm, fixed, hardware, live
from ampkeeper.firmware.ocpp.setting import Access, Kind, Origin, Role, Setting

ITEMS_PER_MESSAGE = 50
BYTES_PER_MESSAGE = 65_536
AVAILABILITY = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")

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
        default=("Heartbeat",), allowed=("Heartbeat", "NTP"), lowest=1,
        help="Where the time comes from. Heartbeat: the central system, if the clock is more than"
        " 10 s off. NTP alone: the machine's own clock, whatever the central system says.",
    ),
    fixed("ChargingStation.Available", Kind.BOOLEAN, True, "The component exists."),
    live(
        "ChargingStation.AvailabilityState", Kind.OPTION, "The station as a whole.",
        allowed=AVAILABILITY,
    ),
    hardware("ChargingStation.SupplyPhases", Kind.INTEGER, 3, "Phases of the supply."),
    live("ChargingStation.Model", Kind.TEXT, "As in BootNotification."),
    live("ChargingStation.VendorName", Kind.TEXT, "As in BootNotification."),
    live("ChargingStation.SerialNumber", Kind.TEXT, "As in BootNotification."),
    alarm("ChargingStation.Problem", "Something is wrong at one EVSE at least."),
    fixed("EVSE.Available", Kind.BOOLEAN, True, "The component exists."),
    live("EVSE.AvailabilityState", Kind.OPTION, "The state of the EVSE.", allowed=AVAILABILITY),
    hardware("EVSE.SupplyPhases", Kind.INTEGER, 3, "Phases that the EVSE can offer."),
    Setting(
        name="EVSE.Power", kind=Kind.DECIMAL, default="", unit="W", access=Access.READ_ONLY,
        origin=Origin.HARDWARE, role=Role.MAX_LIMIT,
        help="Power to the car now; its limit is the EVSE's.",
    ),
    Setting(
        name="EVSE.ACCurrent", kind=Kind.DECIMAL, default="", unit="A", access=Access.READ_ONLY,
        origin=Origin.HARDWARE, role=Role.MAX_SET,
        help="Current to the car now, of the phase with most; MaxSet is what the installer set.",
    ),
    live("EVSE.Active", Kind.BOOLEAN, "A session runs."),
    alarm("EVSE.Problem", "Something is wrong with the EVSE or what it consists of."),
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
