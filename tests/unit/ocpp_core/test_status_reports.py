"""What of a connector's state is worth a StatusNotification, in the words of each version."""

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Follow
from tests.unit.ocpp_core.core_fakes import Rig

PREPARING, CHARGING = ConnectorState.PREPARING, ConnectorState.CHARGING
AVAILABLE = ConnectorState.AVAILABLE


def registered(subprotocol: str, offline_threshold_s: float = 0.0) -> Rig:
    settings = ChargePointSettings(offline_threshold_s=offline_threshold_s)
    rig = Rig(subprotocol, settings)
    rig.register()
    return rig


def patient(stable_s: float) -> Rig:
    rig = Rig("ocpp1.6", ChargePointSettings(status_stable_s=stable_s))
    rig.register()
    return rig


def said(rig: Rig) -> list[str]:
    """Answer all that was sent; return the status of each StatusNotification."""
    found = []
    while rig.sent:
        payload = rig.reply()[3]
        found.append(payload.get("connectorStatus") or payload.get("status"))
    return found


def test_two_states_with_one_word_are_told_once() -> None:
    rig = registered("ocpp2.0.1")
    for state in (PREPARING, CHARGING, ConnectorState.SUSPENDED_EV, ConnectorState.FINISHING):
        rig.change_status(state)
    assert said(rig) == ["Occupied"]
    rig.change_status(AVAILABLE)
    assert said(rig) == ["Available"]


def test_a_version_with_a_word_for_each_state_tells_each() -> None:
    rig = registered("ocpp1.6")
    for state in (PREPARING, CHARGING, AVAILABLE):
        rig.change_status(state)
    assert said(rig) == ["Preparing", "Charging", "Available"]


def test_what_was_told_last_is_true_when_a_state_comes_back_while_one_waits() -> None:
    rig = registered("ocpp2.0.1")
    rig.change_status(PREPARING)
    rig.change_status(AVAILABLE)
    rig.change_status(PREPARING)
    rig.change_status(AVAILABLE)
    assert said(rig)[-1] == "Available"


def test_a_status_that_was_asked_for_is_told_though_it_is_the_same() -> None:
    rig = registered("ocpp2.0.1")
    rig.dialect.answers["TriggerMessage"] = Answer(
        {"status": "Accepted"}, follow=(Follow("status", 1),)
    )
    rig.receive(2, "x", "TriggerMessage", {"requestedMessage": "StatusNotification"})
    assert rig.next()[0] == 3
    assert said(rig) == ["Available"]


def test_a_short_absence_in_which_only_our_own_word_changed_is_not_told() -> None:
    rig = registered("ocpp2.0.1", offline_threshold_s=60.0)
    rig.change_status(PREPARING)
    said(rig)
    rig.disconnect()
    rig.station.states[1] = CHARGING
    rig.connect()
    assert said(rig) == []


def test_a_status_cut_off_on_its_way_is_told_after_the_absence() -> None:
    rig = registered("ocpp1.6", offline_threshold_s=60.0)
    rig.change_status(PREPARING)
    rig.disconnect()
    rig.sent.clear()
    rig.connect()
    assert said(rig) == ["Preparing"]


def test_a_status_without_an_answer_is_told_again() -> None:
    rig = registered("ocpp2.0.1")
    rig.change_status(PREPARING)
    assert rig.next()[3]["connectorStatus"] == "Occupied"
    rig.wait(rig.cp.settings.call_timeout_s + 5)
    assert rig.reply()[2] == "Heartbeat"  # is anybody there?
    rig.wait(5)
    assert said(rig) == ["Occupied"]


def test_a_state_is_told_once_it_has_lasted() -> None:
    rig = patient(5.0)
    rig.change_status(PREPARING)
    rig.wait(4.9)
    assert said(rig) == []
    rig.wait(0.2)
    assert said(rig) == ["Preparing"]


def test_a_state_that_did_not_last_is_not_told() -> None:
    rig = patient(5.0)
    rig.change_status(PREPARING)
    rig.wait(3.0)
    rig.change_status(CHARGING)
    rig.wait(4.9)
    assert said(rig) == []
    rig.wait(0.2)
    assert said(rig) == ["Charging"]
    rig.change_status(PREPARING)
    rig.change_status(CHARGING)
    rig.wait(6.0)
    assert said(rig) == []


def test_a_state_that_waits_when_the_link_goes_is_told_as_it_is_when_it_comes_back() -> None:
    rig = patient(5.0)
    rig.change_status(PREPARING)
    rig.cp.disconnected(rig.now_s)
    rig.wait(10.0)
    assert said(rig) == []
