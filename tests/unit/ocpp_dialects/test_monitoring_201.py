"""Monitors in the words of OCPP 2.0.1, where a newer version asks: N02 and N03."""

from ampkeeper.firmware.ocpp.v201.dialect import Dialect201


def test_a_criterion_of_another_version_is_not_supported(new: Dialect201) -> None:
    """N02.FR.02."""
    answer = new.handle("GetMonitoringReport", {"requestId": 1, "monitoringCriteria": ["Wet"]})
    info = {"reasonCode": "UnsupportedParam"}
    assert answer.payload == {"status": "NotSupported", "statusInfo": info}
    assert answer.follow == ()


def test_a_base_of_another_version_is_not_supported(new: Dialect201) -> None:
    """N03.FR.02."""
    before = new.handle("GetMonitoringReport", {"requestId": 1}).payload
    answer = new.handle("SetMonitoringBase", {"monitoringBase": "Nothing"})
    info = {"reasonCode": "UnsupportedParam"}
    assert answer.payload == {"status": "NotSupported", "statusInfo": info}
    assert new.handle("GetMonitoringReport", {"requestId": 1}).payload == before
