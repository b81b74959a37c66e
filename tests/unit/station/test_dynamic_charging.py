"""Dynamic profiles and priority at the station: K21 and K28 of OCPP 2.1."""

from dataclasses import replace
from functools import partial
from typing import Any

from ampkeeper.firmware.charging_profile import Kind, Profile, Purpose, profile_of
from ampkeeper.firmware.facts import StopReason, Trigger
from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.charging import PREFERRED_KEY
from ampkeeper.firmware.station.dynamic import Dynamic
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta, SaveProfile
from tests.support.profiles import profile_at
from tests.unit.station.charger import START, Charger
from tests.unit.station.test_station_returns import running

NOON_S = int(START.timestamp())
profile = partial(profile_at, NOON_S - 60)


def dynamic(number: int, limit_a: float, interval_s: int = 0) -> Profile:
    one = profile(number, limit_a, kind=Kind.DYNAMIC, start_s=None)
    return replace(one, update_interval_s=interval_s, updated_s=NOON_S)


def install(charger: Charger, one: Profile) -> None:
    charger.do(charger.station.charging.on_install, charger.station.charging.bound(one))


def preferred(charger: Charger) -> list[str]:
    kinds = [one for one in charger.changes if isinstance(one, SaveMeta)]
    return [one.value for one in kinds if one.key == PREFERRED_KEY]


class Central:
    """A central system that is asked for schedules, and answers at once."""

    def __init__(self, charger: Charger) -> None:
        self.asked: list[int] = []
        self.answer: dict[str, Any] | None = None
        self._charger = charger
        self._dynamic = Dynamic(charger.station, self._tell, self._post)

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self._charger.wait(1.0, step_s=1.0)
            effects = Effects()
            self._dynamic.follow(effects, self._charger.now, self._charger.now_s)
            for act in effects.acts:
                act()

    def _tell(self, word: Any, heard: Any) -> None:
        class Asked:
            def ask_schedule(self, number: int) -> Call:
                return Call("PullDynamicScheduleUpdate", {"chargingProfileId": number})

        self.asked.append(word(Asked()).payload["chargingProfileId"])
        heard(self.answer, False)

    def _post(self, event: Any) -> bool:
        self._charger.do(event)
        return True


def test_a_dynamic_limit_holds_from_the_moment_it_is_told_and_is_written_down() -> None:
    """K28.FR.06, FR.09."""
    charger = Charger()
    charger.start()
    install(charger, dynamic(1, 16.0))
    assert charger.evse.permit().current_a == 16.0
    charger.wait(10.0)
    charger.do(charger.station.charging.on_update, 1, 8.0)
    assert charger.evse.permit().current_a == 8.0
    newest = [one for one in charger.changes if isinstance(one, SaveProfile)][-1]
    kept = profile_of(newest.profile)
    assert kept.periods[0].limit == 8.0
    assert kept.updated_s == int(charger.now.timestamp())


def test_what_is_not_dynamic_or_not_there_is_not_updated() -> None:
    charger = Charger()
    charger.start()
    install(charger, profile(1, 16.0))
    for number in (1, 2):
        charger.do(charger.station.charging.on_update, number, 8.0)
    assert charger.evse.permit().current_a == 16.0


def test_the_central_system_is_asked_once_for_each_interval() -> None:
    """K28.FR.10, FR.08: counted from the newest update."""
    charger = Charger()
    charger.start()
    central = Central(charger)
    install(charger, dynamic(1, 16.0, interval_s=10))
    install(charger, replace(dynamic(2, 20.0), evse_id=0))
    central.wait(35.0)
    assert central.asked == [1, 1, 1]
    assert charger.evse.permit().current_a == 16.0
    central.answer = {"status": "Accepted", "scheduleUpdate": {"limit": 7.0}}
    central.wait(10.0)
    assert charger.evse.permit().current_a == 7.0
    for nothing in (
        {"status": "Rejected"},
        {"status": "Accepted"},
        {"status": "Accepted", "scheduleUpdate": {"setpoint": 1.0}},
        {"status": "Accepted", "scheduleUpdate": {"limit": -1.0}},
    ):
        central.answer = nothing
        central.wait(11.0)
        assert charger.evse.permit().current_a == 7.0


def test_nobody_is_asked_while_the_central_system_is_away() -> None:
    charger = Charger()
    charger.start()
    central = Central(charger)
    install(charger, dynamic(1, 16.0, interval_s=10))
    charger.station.entrance.is_online = False
    central.wait(60.0)
    assert central.asked == []


def test_priority_takes_the_place_of_the_transactions_profiles() -> None:
    """K21.FR.04, FR.07: what limits the station stays."""
    charger = Charger()
    charger.start()
    charging = charger.station.charging
    tx_id = charger.evse.transaction.tx_id
    assert not charging.can_prefer(tx_id)
    install(charger, profile(1, 8.0))
    install(charger, profile(2, 18.0, purpose=Purpose.PRIORITY, evse_id=0))
    assert charging.can_prefer(tx_id)
    assert not charging.can_prefer("another")
    assert charger.evse.permit().current_a == 8.0, "a profile of priority alone limits nothing"
    charger.do(charging.on_priority, tx_id, True)
    assert charger.evse.permit().current_a == 18.0
    install(charger, profile(3, 12.0, purpose=Purpose.STATION_MAX, evse_id=0))
    assert charger.evse.permit().current_a == 12.0
    charger.do(charging.on_priority, tx_id, False)
    assert charger.evse.permit().current_a == 8.0
    assert preferred(charger) == [tx_id, ""]


def test_priority_outlives_a_power_cut_and_ends_with_the_transaction() -> None:
    charger = Charger()
    charger.station.resumption.recall({PREFERRED_KEY: "id-1 gone"}.get, lambda: 0.0)
    charger.do(charger.station.on_restore, [(running("id-1"), None)], False)
    assert charger.station.charging.preferred == {"id-1"}
    assert preferred(charger) == ["id-1"], "what is over has none"
    charger.draw()
    charger.do(charger.station.on_stop, "id-1", Stop(StopReason.REMOTE, Trigger.REMOTE_STOP))
    charger.wait(60.0)
    assert preferred(charger) == ["id-1", ""]
