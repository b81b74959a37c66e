"""From what is known of the hardware to the variables of its parts."""

from dataclasses import replace

import pytest

from ampkeeper.firmware import faults
from ampkeeper.firmware.device_model.condition import PROVIDERS, Condition
from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.device import LIVE
from ampkeeper.hal.ports import MeterReading

READING = MeterReading(
    taken_s=1.0, energy_wh=12345, power_w=11040.0, current_a=(15.0, 16.5, None),
    voltage_v=(230.0, 231.0, 229.0), frequency_hz=50.02,
)  # fmt: skip
ALL = frozenset(row[1] for row in faults.WORDS)
ALARMS = ("Problem", "Tripped", "Suspending")


def test_every_live_variable_has_one_provider_and_no_provider_is_idle():
    live = {setting.name for setting in SETTINGS if setting.is_live}
    assert live == PROVIDERS.keys() | LIVE.keys()
    assert not PROVIDERS.keys() & LIVE.keys()


def test_nothing_is_claimed_of_what_nobody_knows():
    values = {name: provide(Condition()) for name, provide in PROVIDERS.items()}
    assert values["PowerContactor.Active"] is None
    assert values["EVSE.Power"] is values["EVSE.ACCurrent"] is None
    assert values["TemperatureSensor.Temperature"] is None
    alarms = [value for name, value in values.items() if name.endswith(ALARMS)]
    assert alarms == [False] * len(alarms)


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name.endswith(ALARMS)])
def test_every_alarm_is_raised_by_some_fault(name):
    assert PROVIDERS[name](Condition(faults=ALL)) is True
    assert PROVIDERS[name](Condition(faults=frozenset(("NoSuchFault",)))) in (
        name.startswith(("EVSE", "ChargingStation")),
    )


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("RcdDc", "RCD.Tripped"),
        ("ContactorWelded", "PowerContactor.Problem"),
        ("OverTemperature", "TemperatureSensor.Suspending"),
        ("LockFailed", "ConnectorPlugRetentionLock.Problem"),
        ("PeLost", "ElectricalFeed.Problem"),
        ("MeterSilent", "FiscalMetering.Problem"),
        ("StoreFailed", "Controller.Problem"),
    ],
)
def test_a_fault_shows_at_its_part_and_at_the_evse_and_nowhere_else(fault, name):
    now = Condition(faults=frozenset((fault,)))
    raised = {each for each in PROVIDERS if each.endswith(ALARMS) and PROVIDERS[each](now)}
    assert raised == {name, "EVSE.Problem", "ChargingStation.Problem"}


def test_a_reading_shows_its_quantities():
    now = Condition(reading=READING)
    expected = {
        "EVSE.Power": 11040.0,
        "EVSE.ACCurrent": 16.5,
        "FiscalMetering.ACCurrent[L1]": 15.0,
        "FiscalMetering.ACCurrent[L3]": None,
        "ElectricalFeed.ACVoltage[L2]": 231.0,
        "ElectricalFeed.Frequency": 50.02,
        "FiscalMetering.EnergyImportRegister": 12345,
        "FiscalMetering.EnergyExportRegister": None,
    }
    assert {name: PROVIDERS[name](now) for name in expected} == expected
    silent = replace(READING, current_a=(None, None, None))
    assert PROVIDERS["EVSE.ACCurrent"](Condition(reading=silent)) is None


def test_an_emergency_stop_that_is_not_there_is_not_told_to_be_free():
    assert PROVIDERS["EmergencyStopSensor.Tripped"](Condition(has_stop=False)) is None
