"""The plugin's fixtures, used as a CSMS developer uses them: from plug to delivered bill."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.board.emulated.rig.central import DemoCentral
from ampkeeper.board.emulated.rig.charger import CARD, Charger
from ampkeeper.board.emulated.rig.errors import ChargerError, NotInTimeError
from ampkeeper.board.emulated.rig.fleet import Fleet

pytestmark = pytest.mark.process

SPEED = 5.0
CAR = {"max_a": 16, "cable_a": 20, "soc_percent": 50}


@pytest.fixture
def charger(make_charger: Callable[..., Charger]) -> Charger:
    made = make_charger(speed=SPEED)
    made.start()
    made.wait_registered()
    return made


def test_a_charge_by_card_with_a_fault_and_a_power_cut(
    charger: Charger, demo_csms: DemoCentral
) -> None:
    charger.plug(**CAR)
    charger.swipe()
    charger.wait_for_status("Charging")
    charger.wait_for_evse("power flows", lambda evse: evse["power_w"] > 0)
    charger.cut_power()
    assert not charger.is_running
    charger.start()
    charger.wait_registered()
    charger.fault("OverTemperature")
    charger.wait_for_evse("it is too hot", lambda evse: "OverTemperature" in evse["faults"])
    assert charger.wait_for_event("causes_changed")["values"] == {"OverTemperature": True}
    charger.mend("OverTemperature")
    charger.wait_for_evse("it is mended", lambda evse: evse["faults"] == [])
    charger.unplug()
    charger.wait_for_evse("the session is over", lambda evse: evse["session"] is None)
    charger.wait_delivered()
    ended = demo_csms.wait_for_call(
        "TransactionEvent", lambda payload: payload["eventType"] == "Ended"
    )
    assert ended["transactionInfo"]["stoppedReason"]
    assert demo_csms.calls("Authorize", "AK0001")[0]["idToken"]["idToken"] == CARD
    assert demo_csms.rejected == []
    with pytest.raises(NotInTimeError) as told:
        charger.wait_for_status("Reserved", within_s=0)
    for part in ("AK0001: not within 0 s", "status of EVSE 1 is Reserved", "EVSE 1: Available"):
        assert part in str(told.value)
    with pytest.raises(ChargerError, match=r"max_a = 999.*0 to 80 A"):
        charger.car(max_a=999)
    assert charger.stop() == 0
    with pytest.raises(ChargerError, match="AK0001 does not run"):
        charger.plug()


def test_a_fleet_of_two_registers_and_absurd_ones_are_refused(
    fleet: Fleet, demo_csms: DemoCentral
) -> None:
    for count in (0, 10**9):
        with pytest.raises(ChargerError, match=f"{count} chargers: must be 1 to 100"):
            fleet.start(count)
    first, second = fleet.start(2, speed=SPEED, versions=["1.6"])
    assert [first.station_id, second.station_id] == ["AK0001", "AK0002"]
    assert len(demo_csms.calls("BootNotification", "AK0002")) == 1
    answer = demo_csms.call("AK0002", "RemoteStartTransaction", {"idTag": CARD, "connectorId": 1})
    assert answer[2] == {"status": "Accepted"}


def test_a_charger_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = Charger(tmp_path, "ws://127.0.0.1:9/ocpp", sets={"evse.1.max_a": "999"})
    with pytest.raises(ChargerError, match=r"did not start(.|\n)*max_a = 999"):
        broken.start()
    assert broken.stop() == 0
