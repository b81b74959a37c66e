"""Variables of the parts: what each is doing, and whether something is wrong with it.

Read at the moment of asking, from the table in ``device_model/condition.py``. A part that is not
there has no variables: a captive cable no lock, a single phase no L2.
"""

from ampkeeper.firmware.ocpp.makers import alarm, hardware, live
from ampkeeper.firmware.ocpp.setting import Kind

PHASES = ("L1", "L2", "L3")
PILOT_STATES = ("A", "B", "C", "D", "E", "F", "INVALID")

PARTS = (
    live("Controller.FirmwareVersion", Kind.TEXT, "As in BootNotification."),
    alarm("Controller.Problem", "The records cannot be written."),
    hardware("TokenReader.Available", Kind.BOOLEAN, True, "Cards are read here."),
    alarm("TokenReader.Problem", "A reader does not answer."),
    live("PowerContactor.Active", Kind.BOOLEAN, "The output is switched on."),
    alarm("PowerContactor.Problem", "The contactor is stuck, welded or worn."),
    alarm("RCD.Tripped", "Current leaked to earth."),
    alarm("RCD.Problem", "The protection against leaking current failed its test."),
    alarm("OverCurrentProtection.Tripped", "The car drew more current than allowed."),
    live("TemperatureSensor.Temperature", Kind.DECIMAL, "Of the warmest sensor.", "Celsius"),
    alarm("TemperatureSensor.Problem", "A sensor cannot be right."),
    alarm("TemperatureSensor.Suspending", "It is too hot to charge."),
    alarm("EmergencyStopSensor.Tripped", "The emergency stop was pressed."),
    hardware("ConnectorPlugRetentionLock.Available", Kind.BOOLEAN, True, "There is a lock."),
    live("ConnectorPlugRetentionLock.Active", Kind.BOOLEAN, "The plug is held."),
    alarm("ConnectorPlugRetentionLock.Problem", "The lock does not move, or did not hold."),
    live(
        "CPPWMController.State", Kind.OPTION, "The state of the control pilot, IEC 61851-1.",
        allowed=PILOT_STATES,
    ),
    live("CPPWMController.Model", Kind.TEXT, "The board that runs the control pilot."),
    live("CPPWMController.FirmwareVersion", Kind.TEXT, "What runs on that board."),
    alarm("CPPWMController.Problem", "The control pilot is disturbed, or its board is."),
    *(
        live(f"ElectricalFeed.ACVoltage[{phase}]", Kind.DECIMAL, "To neutral.", "V")
        for phase in PHASES
    ),
    live("ElectricalFeed.Frequency", Kind.DECIMAL, "Of the mains.", "Hz"),
    alarm("ElectricalFeed.Problem", "The mains, or its protective earth, is not right."),
    live("FiscalMetering.SerialNumber", Kind.TEXT, "As the meter tells it."),
    live(
        "FiscalMetering.EnergyImportRegister", Kind.DECIMAL, "The meter's own register.", "Wh",
    ),
    live(
        "FiscalMetering.EnergyExportRegister", Kind.DECIMAL, "The meter's own register.", "Wh",
    ),
    *(
        live(f"FiscalMetering.ACCurrent[{phase}]", Kind.DECIMAL, "To the car.", "A")
        for phase in PHASES
    ),
    hardware("FiscalMetering.SignsReadings", Kind.BOOLEAN, False, "The meter signs."),
    alarm("FiscalMetering.Problem", "The meter does not answer, or says what cannot be."),
)  # fmt: skip
