"""The words of the faults: one row per code, complete, and in the codes that others store."""

from ampkeeper.firmware import faults
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.station.rules import FAULT_REASONS

OCPP_16_CODES = [
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "UnderVoltage",
    "WeakSignal",
]


def test_the_codes_that_others_store_do_not_move() -> None:
    names = [
        "RcdAc",
        "RcdDc",
        "ContactorWelded",
        "ContactorStuck",
        "PilotFault",
        "PilotShort",
        "DiodeFault",
        "VentilationNotAvailable",
        "ProximityFault",
        "LockFailed",
        "LockLost",
        "PeLost",
        "OverTemperature",
        "EmergencyStop",
        "SupplyLost",
        "OverCurrent",
        "OverCurrentFast",
        "OverVoltage",
        "UnderVoltage",
        "MeterStale",
        "RcdTestFailed",
        "OutletLive",
        "BoardFailed",
        "RailFault",
        "TemperatureSensor",
        "Tampered",
        "LockUncharged",
        "ContactorWorn",
        "ContactorSpent",
        "OutletDead",
    ]
    assert [faults.INFOS[code].name for code in range(30)] == names
    names = [
        "MeterSilent",
        "MeterImplausible",
        "ReaderSilent",
        "PilotLinkLost",
        "StoreFailed",
        "LimitIgnored",
        "PhasesStuck",
    ]
    assert [faults.INFOS[code].name for code in range(32, 39)] == names


def test_every_fault_has_words_and_no_code_or_name_is_there_twice() -> None:
    own = set(range(fault.CODE_COUNT))
    assert {row[0] for row in faults.WORDS} == own | set(faults.STATION)
    assert len(faults.WORDS) == len(faults.INFOS) == len(faults.BY_NAME)
    assert min(faults.STATION) >= fault.OWN_COUNT


def test_every_row_of_words_is_complete() -> None:
    for info in faults.INFOS.values():
        assert info.severity in range(len(faults.SEVERITIES))
        assert info.clears in range(len(faults.CLEARINGS))
        assert len(info.mrec) == 5
        assert info.mrec[:2] in ("CX", "AK")
        assert info.ocpp in OCPP_16_CODES
        assert len(info.text) > 20
        assert info.text[-1] == "."


def test_words_say_what_ring_1_does() -> None:
    for code in range(fault.CODE_COUNT):
        info = faults.info_of(code)
        assert info.severity == fault.severity_of(code)
        assert info.clears == fault.clearing_of(code)
        assert info.after_ms == fault.after_ms_of(code)


def test_no_words_promise_that_a_charge_goes_on_which_the_fault_has_ended() -> None:
    promising = [row[1] for row in faults.WORDS if "goes on" in row[-1]]
    assert "OverTemperature" in promising
    assert [name for name in promising if name in FAULT_REASONS] == []


def test_a_code_without_words_is_the_worst() -> None:
    info = faults.info_of(99)
    assert (info.severity, info.clears) == (fault.HIGH, fault.SERVICE)
    assert info.name == "Unknown99"
