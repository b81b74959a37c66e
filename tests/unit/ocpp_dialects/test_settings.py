"""Settings: declared once, found by either name, checked, and layered."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp import reference
from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import (
    Access,
    Kind,
    Origin,
    Refused,
    Setting,
    allowed_text,
    check,
    text_of,
)
from ampkeeper.firmware.ocpp.variables import (
    EvseHardware,
    Hardware,
    Settings,
    by_key,
    by_name,
    check_key,
    check_variable,
    file_values,
)

CHOSEN = [setting for setting in SETTINGS if setting.origin is Origin.CHOSEN]
SOCKET = Hardware((EvseHardware(1, 3, 32.0, True),), "AK0001", 1)
CABLE = Hardware((EvseHardware(1, 1, 16.0, False),), "AK0001")

REQUIRED_16 = """
    AuthorizeRemoteTxRequests ClockAlignedDataInterval ConnectionTimeOut ConnectorPhaseRotation
    GetConfigurationMaxKeys HeartbeatInterval LocalAuthorizeOffline LocalPreAuthorize
    MeterValuesAlignedData MeterValuesSampledData MeterValueSampleInterval NumberOfConnectors
    ResetRetries StopTransactionOnInvalidId StopTxnAlignedData StopTxnSampledData
    SupportedFeatureProfiles TransactionMessageAttempts TransactionMessageRetryInterval
    UnlockConnectorOnEVSideDisconnect
"""
REQUIRED_201 = """
    AlignedDataCtrlr.Interval AlignedDataCtrlr.Measurands AlignedDataCtrlr.TxEndedInterval
    AlignedDataCtrlr.TxEndedMeasurands AuthCtrlr.AuthorizeRemoteStart
    AuthCtrlr.LocalAuthorizeOffline AuthCtrlr.LocalPreAuthorize ChargingStation.AvailabilityState
    ChargingStation.Available ChargingStation.SupplyPhases EVSE.AvailabilityState EVSE.Available
    EVSE.Power EVSE.SupplyPhases Connector.Available Connector.ConnectorType
    Connector.SupplyPhases ClockCtrlr.DateTime ClockCtrlr.TimeSource
    DeviceDataCtrlr.ItemsPerMessage[GetReport] DeviceDataCtrlr.BytesPerMessage[GetReport]
    DeviceDataCtrlr.ItemsPerMessage[GetVariables] DeviceDataCtrlr.BytesPerMessage[GetVariables]
    DeviceDataCtrlr.ItemsPerMessage[SetVariables] DeviceDataCtrlr.BytesPerMessage[SetVariables]
    OCPPCommCtrlr.FileTransferProtocols OCPPCommCtrlr.MessageTimeout[Default]
    OCPPCommCtrlr.MessageAttempts[TransactionEvent]
    OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]
    OCPPCommCtrlr.NetworkConfigurationPriority OCPPCommCtrlr.NetworkProfileConnectionAttempts
    OCPPCommCtrlr.OfflineThreshold OCPPCommCtrlr.ResetRetries
    OCPPCommCtrlr.UnlockOnEVSideDisconnect OCPPCommCtrlr.RetryBackOffRepeatTimes
    OCPPCommCtrlr.RetryBackOffRandomRange OCPPCommCtrlr.RetryBackOffWaitMinimum
    SampledDataCtrlr.TxStartedMeasurands SampledDataCtrlr.TxUpdatedInterval
    SampledDataCtrlr.TxUpdatedMeasurands SampledDataCtrlr.TxEndedInterval
    SampledDataCtrlr.TxEndedMeasurands SecurityCtrlr.CertificateEntries
    SecurityCtrlr.OrganizationName SecurityCtrlr.SecurityProfile TxCtrlr.EVConnectionTimeOut
    TxCtrlr.StopTxOnEVSideDisconnect TxCtrlr.StopTxOnInvalidId TxCtrlr.TxStartPoint
    TxCtrlr.TxStopPoint
"""


def test_all_that_the_standards_require_is_declared():
    assert [key for key in REQUIRED_16.split() if by_key(key) is None] == []
    assert [name for name in REQUIRED_201.split() if by_name(name) is None] == []


def test_no_name_and_no_key_is_declared_twice():
    names = [setting.name.casefold() for setting in SETTINGS]
    keys = [setting.key.casefold() for setting in SETTINGS if setting.key]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_declaration_fits_the_wire(setting):
    assert len(setting.key or "") <= 50
    assert all(len(part) <= 50 for part in (setting.component, setting.variable))
    assert len(setting.unit) <= 16
    assert len(",".join(setting.allowed)) <= 1000
    assert setting.help.endswith(".")
    assert setting.is_2x or setting.key is not None


@pytest.mark.parametrize("setting", CHOSEN, ids=lambda setting: setting.name)
def test_a_default_is_a_value_that_could_be_set(setting):
    if setting.is_secret:
        assert setting.default == ""
    else:
        assert check(setting, text_of(setting.default)) == setting.default


@pytest.mark.parametrize("setting", CHOSEN, ids=lambda setting: setting.name)
@given(text=st.text(max_size=60))
def test_whatever_is_set_reads_back_as_the_same_value(setting, text):
    value = check(setting, text)
    if not isinstance(value, Refused):
        assert check(setting, text_of(value)) == value


def test_a_value_of_all_measurands_still_fits_a_1_6_answer():
    assert len(",".join(MEASURANDS_ALLOWED)) <= 500


def test_only_what_the_central_system_may_not_touch_is_read_only():
    for setting in SETTINGS:
        if setting.origin is not Origin.CHOSEN:
            assert setting.access is Access.READ_ONLY, setting.name


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("HeartbeatInterval", "60", 60),
        ("HeartbeatInterval", " 60 ", 60),
        ("LocalPreAuthorize", "TRUE", True),
        ("MeterValuesSampledData", "", ()),
        ("MeterValuesSampledData", "SoC, Voltage ,SoC", ("SoC", "Voltage")),
        ("ConnectorPhaseRotation", "0.RST,1.RTS", ("0.RST", "1.RTS")),
        ("AuthorizationKey", "0123456789abcdef", "0123456789abcdef"),
        ("CpoName", "Ünal & Söhne", "Ünal & Söhne"),
    ],
)
def test_a_text_becomes_its_value(key, text, value):
    assert check(by_key(key), text) == value


@pytest.mark.parametrize(
    ("key", "text", "allowed"),
    [
        ("HeartbeatInterval", "0", "1 to 86400 s"),
        ("HeartbeatInterval", "86401", "1 to 86400 s"),
        ("HeartbeatInterval", "1.5", "1 to 86400 s"),
        ("HeartbeatInterval", "", "1 to 86400 s"),
        ("HeartbeatInterval", "٣٠", "1 to 86400 s"),
        ("HeartbeatInterval", "9" * 500, "1 to 86400 s"),
        ("LocalPreAuthorize", "1", "true or false"),
        ("MeterValuesSampledData", "SoC,RPM", "comma-separated"),
        ("MeterValuesSampledData", "SoC,", "comma-separated"),
        ("ConnectorPhaseRotation", "0.XYZ", "connector"),
        ("AuthorizationKey", "short", "16 to 40 characters"),
        ("AuthorizationKey", "with space 0123456789", "letters, digits"),
        ("CpoName", "x" * 256, "255 characters"),
        ("CpoName", "x" * 1001, "at most 1000"),
        ("CpoName", "bell\x07", "text"),
    ],
)
def test_a_refusal_names_what_is_allowed(key, text, allowed):
    refused = check(by_key(key), text)
    assert isinstance(refused, Refused)
    assert allowed in refused.reason


def test_a_refused_password_is_not_repeated():
    assert "hunter2" not in check(by_key("AuthorizationKey"), "hunter2").reason


def test_an_option_is_one_of_its_words():
    setting = Setting(
        name="A.B", help="x.", kind=Kind.OPTION, default="a", allowed=("a", "b"), unit=""
    )
    assert check(setting, "b") == "b"
    assert check(setting, "c") == Refused("'c'; allowed: one of a, b")


def test_a_list_longer_than_any_list_is_refused():
    rotation = by_key("ConnectorPhaseRotation")
    items = [f"{number}.RST" for number in range(60)]
    assert check(rotation, ",".join(items)).is_range


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ocppcommctrlr.heartbeatinterval", "OCPPCommCtrlr.HeartbeatInterval"),
        ("OCPPCommCtrlr.MessageTimeout[Default]", "OCPPCommCtrlr.MessageTimeout[Default]"),
        ("EVSE@1.Power", "EVSE.Power"),
        ("EVSE.Power", "EVSE.Power"),
        ("OCPPCommCtrlr@1.HeartbeatInterval", None),
        ("OCPPCommCtrlr.MessageTimeout", None),
        ("HeartbeatInterval", None),
        ("", None),
        ("a.b.c[", None),
    ],
)
def test_a_setting_is_found_by_its_2_x_name(name, found):
    setting = by_name(name)
    assert (setting.name if setting else None) == found


def test_an_unknown_name_in_the_file_gets_the_nearest_one():
    assert check_key("HartbeatInterval", 10) == (
        "no such OCPP 1.6 key; did you mean HeartbeatInterval?"
    )
    assert check_variable("SampledDataCtrlr.TxUpdateInterval", 10) == (
        "no such OCPP variable; did you mean SampledDataCtrlr.TxUpdatedInterval?"
    )
    assert check_key("Zzz", 1) == "no such OCPP 1.6 key"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("MeterValueSampleInterval", 10, None),
        ("MeterValueSampleInterval", "10", None),
        ("LocalPreAuthorize", True, None),
        ("MeterValuesSampledData", ["SoC", "Voltage"], None),
        ("MeterValueSampleInterval", -1, "'-1'; allowed: 0 to 86400 s"),
        ("MeterValueSampleInterval", 1.5, "'1.5'; allowed: 0 to 86400 s"),
        ("MeterValueSampleInterval", True, "'true'; allowed: 0 to 86400 s"),
        ("NumberOfConnectors", 1, "not for the file to set: the station says it"),
        ("SupportedFeatureProfiles", "Core", "not for the file to set: the firmware says it"),
    ],
)
def test_a_value_in_the_file_is_checked(name, value, problem):
    assert check_key(name, value) == problem


def test_a_variable_of_the_file_is_checked_like_its_key():
    assert check_variable("SampledDataCtrlr.TxUpdatedInterval", 10) is None
    wrong = check_variable("SampledDataCtrlr.TxUpdatedInterval", "often")
    assert wrong == "'often'; allowed: 0 to 86400 s"
    assert check_variable("EVSE@1.Power", 1) is not None


def test_a_1_6_name_is_no_variable_of_the_file():
    assert check_variable("OCPP16.NumberOfConnectors", 1) is not None


def test_run_time_wins_over_file_wins_over_default():
    name = "SampledDataCtrlr.TxUpdatedInterval"
    file = file_values({"MeterValueSampleInterval": 10}, {})
    assert Settings(SOCKET).value(name) == 60
    assert Settings(SOCKET, file).value(name) == 10
    settings = Settings(SOCKET, file, {name: "20"})
    assert settings.value(name) == 20
    assert settings.change(name, "30") == "accepted"
    assert settings.value(name) == 30
    assert settings.changed == {name: "30"}
    assert Settings(SOCKET, file, settings.changed).value(name) == 30


def test_a_variable_wins_over_the_key_of_the_same_setting():
    keys = {"MeterValueSampleInterval": 10}
    variables = {"sampleddatactrlr.txupdatedinterval": 15}
    assert file_values(keys, variables) == {"SampledDataCtrlr.TxUpdatedInterval": 15}


def test_what_the_file_may_not_say_does_not_reach_the_values():
    assert file_values({"NumberOfConnectors": 5, "HeartbeatInterval": 0, "Nope": 1}, {}) == {}


def test_a_zero_or_false_at_run_time_is_a_value():
    settings = Settings(SOCKET, file_values({"MeterValueSampleInterval": 10}, {}))
    settings.change("SampledDataCtrlr.TxUpdatedInterval", "0")
    settings.change("TxCtrlr.StopTxOnInvalidId", "false")
    assert settings.value("SampledDataCtrlr.TxUpdatedInterval") == 0
    assert settings.value("TxCtrlr.StopTxOnInvalidId") is False


def test_what_an_older_firmware_kept_and_this_one_refuses_is_dropped_and_told():
    kept = {"Gone.Setting": "1", "OCPPCommCtrlr.HeartbeatInterval": "0", "AuthCtrlr.X": ""}
    settings = Settings(SOCKET, None, kept)
    assert settings.dropped == list(kept)
    assert settings.changed == {}
    assert settings.value("OCPPCommCtrlr.HeartbeatInterval") == 3600


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        (SOCKET, (True, 3, "sType2", 22080, ("0.Unknown", "1.Unknown"))),
        (CABLE, (False, 1, "cType2", 3680, ("0.Unknown", "1.Unknown"))),
    ],
)
def test_hardware_says_what_it_is_and_cannot_be_changed(hardware, expected):
    settings = Settings(hardware)
    names = (
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
        "EVSE@1.SupplyPhases",
        "Connector@1.ConnectorType",
        "EVSE@1.Power",
        "OCPP16.ConnectorPhaseRotation",
    )
    assert tuple(map(settings.value, names)) == expected
    assert [settings.change(name, "1") for name in names[:-1]] == ["rejected"] * 4
    assert settings.value("OCPP16.NumberOfConnectors") == 1


def test_where_nothing_is_resumed_the_time_for_it_is_0_and_stays_so():
    """E17: a central system must not believe that a transaction would go on."""
    name = "TxCtrlr.ResumptionTimeout"
    settings = Settings(replace(SOCKET, can_resume=False), {name: 60}, {name: "90"})
    assert settings.value(name) == 0
    assert settings.dropped == [name]
    assert settings.outcome(name, "60") == "rejected"
    assert settings.outcome(name, "0") == "accepted"
    assert Settings(SOCKET).outcome(name, "60") == "accepted"


def test_the_profile_of_the_file_is_the_least_that_holds():
    profile = "SecurityCtrlr.SecurityProfile"
    settings = Settings(SOCKET)
    assert settings.value(profile) == 1
    assert [settings.change(profile, text) for text in ("0", "4")] == ["rejected"] * 2
    assert settings.change(profile, "3") == "accepted"
    assert Settings(SOCKET, None, settings.changed).value(profile) == 3
    assert Settings(SOCKET, None, {profile: "0"}).value(profile) == 1
    assert check_key("SecurityProfile", 2) is not None  # that is [ocpp] security_profile


def test_who_may_not_reserve_is_not_told_of_reservations():
    told = "OCPP16.SupportedFeatureProfiles", "OCPP16.ReserveConnectorZeroSupported"
    settings = Settings(Hardware((), "AK1"))
    with_them, zero = (settings.value(name) for name in told)
    assert zero is True
    assert settings.change("ReservationCtrlr.Enabled", "false") == "accepted"
    without, zero = (settings.value(name) for name in told)
    assert zero is False
    assert set(with_them) - set(without) == {"Reservation"}


def test_the_phase_rotation_of_a_connector_that_is_not_there_is_rejected():
    settings = Settings(SOCKET)
    assert settings.change("OCPP16.ConnectorPhaseRotation", "1.RST,2.RST") == "rejected"
    assert settings.change("OCPP16.ConnectorPhaseRotation", "0.RST,1.RST") == "accepted"


def test_asking_for_an_undeclared_name_is_our_own_bug():
    with pytest.raises(KeyError, match=r"did you mean TxCtrlr\.TxStartPoint"):
        Settings(SOCKET).value("TxCtrlr.TxStartPiont")


def test_every_allowed_text_is_some_words():
    assert all(allowed_text(setting) for setting in SETTINGS)


def test_the_reference_page_is_current():
    committed = Path(reference.__file__).with_name("SETTINGS.md").read_text(encoding="utf-8")
    assert committed == reference.page(), "print it anew: reference.py says how"
