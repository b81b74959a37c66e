"""The parts as the device model sees them, and what the central system has watched of them."""

from typing import Any

import pytest

from ampkeeper.firmware.device_model.monitor_book import Wanted
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings
from ampkeeper.firmware.safety import contactor, fault, lock, pilot, sequence
from ampkeeper.firmware.station import monitors
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.firmware.station.device_desk import DeviceDesk
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.monitors import KEY, MonitorDesk
from ampkeeper.firmware.station.owed import Owed
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import PilotIdentity
from tests.unit.station.charger import Charger

PROBLEM = "EVSE@1.Problem"
SETTINGS = Settings(Hardware((EvseHardware(1, 3, 32.0, True),), "AK0001"))


class NoSecurity:
    """Nobody asks it anything here."""

    def count_installed(self) -> int:
        return 3


class Watched:
    """A station, what is watched of it, and a central system by hand."""

    def __init__(self) -> None:
        self.charger = Charger()
        self.is_online = True
        self.room = True
        self.told: list[tuple[Any, Any]] = []
        self.saved: list[str] = []
        station = self.charger.station
        self.desk = Desk(
            station, SETTINGS, {}, lambda: self.charger.now, self._post, Owed(), NoSecurity()
        )
        self.monitors = self.desk.monitors = self._made()

    def _made(self) -> MonitorDesk:
        return MonitorDesk(
            self.desk, lambda *asked: self.told.append(asked), lambda: self.is_online, self._post
        )

    def _post(self, event: Any) -> bool:
        if self.room:
            self._keep(event(self.charger.now, self.charger.now_s))
        return self.room

    def _keep(self, effects: Effects) -> None:
        metas = [each for each in effects.changes if isinstance(each, SaveMeta)]
        self.saved += [each.value for each in metas if each.key == KEY]

    def watch(self, kind: str = "Delta", severity: int = 5, name: str = PROBLEM) -> Any:
        found = next(each for each in self.monitors._book._model if each.known_as == name)
        return self.monitors.set(Wanted(kind, 1, severity), found)

    def look(self, seconds: float = 1.0) -> None:
        self.charger.now_s += seconds
        effects = Effects()
        self.monitors.follow(effects, self.charger.now, self.charger.now_s)
        self._keep(effects)
        for act in effects.acts:
            act()

    def break_down(self, is_broken: bool = True) -> None:
        self.charger.report(1, faults=(fault.OVER_TEMPERATURE,) if is_broken else ())

    def events(self) -> list[dict[str, Any]]:
        """What was said, once it is put into words."""
        dialect = Dialect201(self.desk)
        calls = [word(dialect) for word, _ in self.told]
        return [event for call in calls for event in call.payload["eventData"]]

    def answer(self, payload: dict[str, Any] | None, is_refused: bool = False) -> None:
        self.told[-1][1](payload, is_refused)


@pytest.fixture
def made() -> Watched:
    made = Watched()
    made.charger.report(1)
    return made


def test_the_parts_are_as_ring_1_last_said(made: Watched) -> None:
    device = DeviceDesk(made.charger.station, lambda: 3)
    evse = made.charger.station.evses[1]
    evse.board = PilotIdentity("a board", "1.2", 3, has_stop=False)
    made.charger.report(
        1, pilot=pilot.C, contactor=contactor.CLOSED, lock=lock.LOCKED, sequence=sequence.CHARGING,
        temperature_c=41.5, faults=(fault.RCD_DC,),
    )  # fmt: skip
    now = device.condition(1)
    assert (now.is_closed, now.is_locked, now.pilot, now.temperature_c) == (True, True, "C", 41.5)
    assert (now.board, now.board_version, now.has_stop) == ("a board", "1.2", False)
    assert now.faults == device.condition(0).faults == {"RcdDc"}
    assert (device.listed(), device.certificates()) == (0, 3)


def test_of_a_ring_1_that_is_silent_nothing_is_known_but_that(made: Watched) -> None:
    made.charger.do(made.charger.station.on_pilot_lost, 1)
    now = DeviceDesk(made.charger.station, lambda: 0).condition(1)
    assert (now.is_closed, now.is_locked, now.pilot, now.reading) == (None, None, "", None)
    assert now.faults == {"PilotLinkLost"}


def test_a_change_is_told_and_what_is_remembered_is_written(made: Watched) -> None:
    assert made.watch().status == "Accepted"
    made.look()
    made.break_down()
    made.look()
    (event,) = made.events()
    assert (event["trigger"], event["actualValue"]) == ("Delta", "true")
    assert len(made.saved) == 2  # as it was set, and as it is now
    again = made._made()
    assert again.recall({KEY: made.saved[-1]}.get) == []
    assert again.monitors() == made.monitors.monitors()


def test_what_comes_and_goes_within_a_second_is_not_seen(made: Watched) -> None:
    made.watch()
    made.look()
    made.break_down()
    made.look(0.5)
    made.break_down(False)
    made.look(0.5)
    assert made.told == []


def test_an_event_that_nobody_answered_is_told_again_and_one_that_is_refused_is_not(
    made: Watched,
) -> None:
    made.watch()
    made.break_down()
    made.look()
    made.answer(None)
    made.look()
    assert len(made.told) == 2
    made.answer(None, is_refused=True)
    made.look()
    assert len(made.told) == 2


def test_in_an_absence_only_what_is_severe_is_kept(made: Watched) -> None:
    SETTINGS.change("MonitoringCtrlr.OfflineQueuingSeverity", "4")
    for severity in (4, 5):
        made.watch(severity=severity)
    made.is_online = False
    made.break_down()
    made.look()
    assert made.told == []
    made.is_online = True
    made.monitors.tell_next()
    assert [event["variableMonitoringId"] for event in made.events()] == [3]


def test_an_event_on_its_way_when_the_link_goes_is_kept_if_it_is_severe(made: Watched) -> None:
    for severity in (4, 5):
        made.watch(severity=severity)
    made.break_down()
    made.look()
    made.is_online = False
    made.answer(None)
    made.is_online = True
    made.told.clear()
    made.monitors.tell_next()
    assert len(made.events()) == 1


def test_of_too_many_events_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitors, "EVENTS_MAX", 5)
    made = Watched()
    made.charger.report(1)
    made.watch(severity=0)
    made.is_online = False
    for number in range(10):
        made.break_down(number % 2 == 0)
        made.look(60.0)  # slow enough not to be one fault that flaps
    made.is_online = True
    made.monitors.tell_next()
    assert made.events()[0]["eventId"] == 6


def test_a_station_that_cannot_keep_up_changes_nothing(made: Watched) -> None:
    made.room = False
    assert made.watch().status == "Rejected"
    assert made.monitors.clear(1) == "Rejected"
    assert not made.monitors.set_base("All")
    assert not made.monitors.set_level(3)
    assert (made.monitors.monitors(), made.monitors.level()) == ((), 9)


def test_while_it_is_off_nothing_is_watched(made: Watched) -> None:
    made.watch()
    SETTINGS.change("MonitoringCtrlr.Enabled", "false")
    try:
        made.break_down()
        made.look()
        assert made.told == []
        assert made.watch(severity=1).reason == "NotEnabled"
    finally:
        SETTINGS.change("MonitoringCtrlr.Enabled", "true")


def test_a_lock_that_fails_is_told_without_any_monitor_and_so_is_its_end(made: Watched) -> None:
    """G05.FR.02: of itself, so it names no monitor."""
    made.look()
    for faults, value in (((fault.LOCK_FAILED,), "true"), ((), "false")):
        made.charger.report(1, faults=faults)
        made.look()
        event = made.events()[-1]
        assert event["component"]["name"] == "ConnectorPlugRetentionLock"
        assert event["eventNotificationType"] == "HardWiredNotification"
        assert (event["trigger"], event["actualValue"]) == ("Delta", value)
        assert "variableMonitoringId" not in event
        made.answer({})
    assert len(made.events()) == 2
