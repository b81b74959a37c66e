"""The security log: written once, told until heard, and not flooded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.ocpp.outcome import INVALID, REPLAY
from ampkeeper.firmware.safety import selftest
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station import security_log
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security_log import (
    DIFFERENT_MAX,
    LOOK_S,
    NEWEST,
    REPEAT_S,
    VERSION_KEY,
    SecurityLog,
)
from ampkeeper.firmware.store.changes import (
    AddSecurityEvent,
    SaveFault,
    SaveMeta,
    SaveSelfTest,
    SecurityEventTold,
)
from ampkeeper.firmware.store.store import STORE_FILE, Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Words:
    """A dialect that says of an event what it is."""

    def security_event(self, event: Any) -> Call:
        return Call(event.kind.value, {"info": event.tech_info})


class Bench:
    """A log over a real store, and a central system in the test's hands."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path / STORE_FILE)
        self.now_s = 0.0
        self.said: list[tuple[str, str]] = []
        self.waiting: list[Any] = []
        self.is_up = True
        self.has_room = True
        self.log = SecurityLog(self._post, self._tell)
        self.log.recall(self.store.security_events(NEWEST), self.store.security_events_owed())

    def _post(self, event: Any) -> bool:
        if self.has_room:
            self.carry_out(event(self.now, self.now_s))
        return self.has_room

    def _tell(self, word: Any, heard: Any) -> None:
        if not self.is_up:
            heard(None, False)
            return
        call = word(Words())
        self.said.append((call.action, call.payload["info"]))
        self.waiting.append(heard)

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s)

    def carry_out(self, effects: Effects) -> Effects:
        self.store.commit(effects.changes)
        for act in effects.acts:
            act()
        return effects

    def follow(self, *changes: Any) -> Effects:
        effects = Effects(changes=list(changes))
        self.log.follow(effects, self.now, self.now_s)
        return self.carry_out(effects)

    def answer(self, is_refused: bool = False) -> None:
        self.waiting.pop(0)(None if is_refused else {}, is_refused)

    def kinds(self) -> list[str]:
        return [row.kind for row in reversed(self.store.security_events(10_000))]

    def reopen(self, path: Path) -> "Bench":
        self.store.close()
        return Bench(path)


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_a_critical_event_is_written_then_told_once(bench: Bench) -> None:
    bench.log.note(Kind.STARTUP, "now")
    assert bench.said == [("StartupOfTheDevice", "now")]
    assert bench.store.security_events(1)[0].is_owed
    bench.answer()
    assert not bench.store.security_events(1)[0].is_owed
    bench.log.tell_next()
    assert len(bench.said) == 1
    assert bench.log.owed == 0


def test_events_are_told_one_after_another_in_their_order(bench: Bench) -> None:
    for text in "abc":
        bench.log.note(Kind.RECONFIGURED, text)
    assert [text for _, text in bench.said] == ["a"]
    bench.answer()
    bench.answer()
    bench.answer()
    assert [text for _, text in bench.said] == ["a", "b", "c"]


def test_what_happens_before_the_registration_is_told_after_it(bench: Bench) -> None:
    bench.is_up = False
    bench.log.note(Kind.STARTUP)
    bench.log.note(Kind.TAMPERED, "EVSE 1")
    assert bench.said == []
    bench.is_up = True
    bench.log.tell_next()
    bench.answer()
    bench.answer()
    assert [kind for kind, _ in bench.said] == ["StartupOfTheDevice", "TamperDetectionActivated"]
    assert bench.log.owed == 0


def test_what_was_not_answered_is_told_again_after_a_while(bench: Bench) -> None:
    bench.log.note(Kind.STARTUP)
    bench.waiting.pop(0)(None, False)
    bench.follow()
    assert len(bench.said) == 2
    bench.waiting.pop(0)(None, False)
    bench.now_s += LOOK_S - 1
    bench.follow()
    assert len(bench.said) == 2
    bench.now_s += 1
    bench.follow()
    assert len(bench.said) == 3


def test_a_central_system_that_does_not_know_the_message_is_not_asked_twice(bench: Bench) -> None:
    bench.log.note(Kind.STARTUP)
    bench.answer(is_refused=True)
    assert bench.log.owed == 0
    bench.log.tell_next()
    assert len(bench.said) == 1
    assert bench.kinds() == ["StartupOfTheDevice"]


def test_what_is_owed_survives_a_power_cut(bench: Bench, tmp_path: Path) -> None:
    bench.is_up = False
    bench.log.note(Kind.STARTUP, "first life")
    bench.log.note(Kind.INVALID_MESSAGES, "never told")
    second = bench.reopen(tmp_path)
    second.log.tell_next()
    assert second.said == [("StartupOfTheDevice", "first life")]
    second.log.note(Kind.STARTUP, "second life")
    second.answer()
    second.answer()
    assert [row.id for row in second.store.security_events(10)] == [3, 2, 1]
    second.store.close()
    bench.store = Store(tmp_path / STORE_FILE)


def test_an_answer_that_finds_the_inbox_full_is_asked_for_again(bench: Bench) -> None:
    bench.log.note(Kind.STARTUP)
    bench.has_room = False
    bench.answer()
    bench.has_room = True
    bench.log.tell_next()
    assert len(bench.said) == 2
    bench.answer()
    assert bench.log.owed == 0


def test_a_peers_nonsense_is_logged_and_not_told(bench: Bench) -> None:
    bench.log.note(Kind.INVALID_MESSAGES, "not JSON")
    bench.log.note(Kind.REPLAY_ATTEMPTED, "id 7")
    assert bench.kinds() == ["InvalidMessages", "AttemptedReplayAttacks"]
    assert bench.said == []


def test_what_a_peer_did_is_an_event_of_its_kind(bench: Bench) -> None:
    bench.carry_out(bench.log.on_suspicion(INVALID, "not JSON", bench.now, 0.0))
    bench.carry_out(bench.log.on_suspicion(REPLAY, "Reset", bench.now, 0.0))
    assert bench.kinds() == ["InvalidMessages", "AttemptedReplayAttacks"]


def test_the_same_again_is_counted_for_an_hour(bench: Bench) -> None:
    for _ in range(100):
        bench.log.note(Kind.INVALID_TLS_VERSION, "wss://a")
        bench.now_s += 30.0
    assert len(bench.kinds()) == 1
    bench.now_s = REPEAT_S
    bench.log.note(Kind.INVALID_TLS_VERSION, "wss://a")
    assert bench.store.security_events(1)[0].tech_info == "wss://a (99 more before)"


def test_another_text_is_another_event_up_to_a_point(bench: Bench) -> None:
    for number in range(1_000):
        bench.log.note(Kind.INVALID_MESSAGES, f"nonsense {number}")
    assert len(bench.kinds()) == DIFFERENT_MAX
    bench.now_s = REPEAT_S
    bench.log.note(Kind.INVALID_MESSAGES, "nonsense of another day")
    assert len(bench.kinds()) == DIFFERENT_MAX + 1


def test_starts_are_never_counted_as_repetitions(bench: Bench) -> None:
    for _ in range(3):
        bench.log.note(Kind.STARTUP, "same")
    assert len(bench.kinds()) == 3


def test_what_comes_often_does_not_push_out_what_came_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_log, "OWED_MAX", 3)
    bench.is_up = False
    bench.log.note(Kind.TAMPERED, "once")
    for number in range(5):
        bench.log.note(Kind.STARTUP, str(number))
    assert bench.log.owed == 3
    owed = [row.tech_info for row in bench.store.security_events_owed()]
    assert owed == ["once", "3", "4"]
    bench.log.note(Kind.FIRMWARE_UPDATED)
    assert [row.tech_info for row in bench.store.security_events_owed()] == ["3", "4", ""]
    assert len(bench.kinds()) == 7


def test_the_event_on_its_way_is_not_the_one_that_goes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_log, "OWED_MAX", 2)
    for number in range(4):
        bench.log.note(Kind.STARTUP, str(number))
    bench.answer()
    assert [text for _, text in bench.said] == ["0", "3"]


def test_clearing_is_itself_told_and_what_is_owed_stays(bench: Bench) -> None:
    bench.is_up = False
    bench.log.note(Kind.STARTUP)
    bench.log.note(Kind.INVALID_MESSAGES)
    bench.carry_out(bench.log.on_clear("by hand", bench.now, 0.0))
    assert bench.kinds() == ["StartupOfTheDevice", "SecurityLogWasCleared"]


@pytest.mark.parametrize(
    ("was_reset", "before", "kinds"),
    [
        (None, None, ["StartupOfTheDevice"]),
        (None, "1.0", ["StartupOfTheDevice"]),
        ("soft", "1.0", ["ResetOrReboot", "StartupOfTheDevice"]),
        (None, "0.9", ["FirmwareUpdated", "StartupOfTheDevice"]),
    ],
)
def test_a_start_says_why(
    bench: Bench, was_reset: str | None, before: str | None, kinds: list[str]
) -> None:
    effects = bench.log.on_start(was_reset, before, "1.0", bench.now, 0.0)
    bench.carry_out(effects)
    assert bench.kinds() == kinds
    assert (SaveMeta(VERSION_KEY, "1.0") in effects.changes) is (before != "1.0")


def test_an_update_that_was_installed_is_told_once_whoever_says_so(bench: Bench) -> None:
    bench.carry_out(bench.log.on_start("update", "0.9", "1.0", bench.now, 0.0))
    bench.log.note(Kind.FIRMWARE_UPDATED, "update 7")
    assert bench.kinds().count("FirmwareUpdated") == 1
    bench.now_s += 61.0
    bench.log.note(Kind.FIRMWARE_UPDATED, "update 8")
    assert bench.kinds().count("FirmwareUpdated") == 2


def test_an_update_that_was_told_before_the_power_went_is_not_told_again(
    bench: Bench, tmp_path: Path
) -> None:
    """It was proved, and that it is installed could not be written down any more."""
    bench.carry_out(bench.log.on_start("update", "0.9", "1.0", bench.now, 0.0, is_on_trial=True))
    bench.now_s = 20.0
    bench.carry_out(bench.log.on_proven(bench.now, bench.now_s))
    bench.store.close()
    for hours in (1, 2):
        after = Bench(tmp_path)
        after.now_s = hours * 3_600.0
        after.carry_out(after.log.on_start(None, "1.0", "1.0", after.now, after.now_s))
        after.log.note(Kind.FIRMWARE_UPDATED)
        kinds = after.kinds()
        after.store.close()
        assert kinds.count("FirmwareUpdated") == hours, "one of another update is told"


def test_tampering_and_a_full_disk_are_found_among_what_happens(bench: Bench) -> None:
    bench.follow(SaveFault(2, "Tampered", NOON), SaveFault(1, "RcdTripped", NOON))
    test = (NOON, selftest.FAILED, 3, 16, None, 10)
    bench.follow(SaveSelfTest(0, words.STORAGE, *test), SaveSelfTest(0, words.CLOCK, *test))
    assert bench.kinds() == ["TamperDetectionActivated", "MemoryExhaustion"]
    assert bench.said[0] == ("TamperDetectionActivated", "EVSE 2")


def test_each_event_is_shown_to_whoever_watches(bench: Bench) -> None:
    effects = bench.log.on_event(Kind.STARTUP, "x", bench.now, 0.0)
    assert effects.notices == [("security_event", {"type": "StartupOfTheDevice", "tech_info": "x"})]


def test_a_text_of_a_peer_cannot_forge_a_line(bench: Bench) -> None:
    bench.log.note(Kind.INVALID_MESSAGES, "a\nb\x00c" + "d" * 300)
    text = bench.store.security_events(1)[0].tech_info
    assert text.startswith("a?b?c")
    assert len(text) == 255


def test_an_event_of_another_version_stays_in_the_log_and_is_not_told(tmp_path: Path) -> None:
    store = Store(tmp_path / STORE_FILE)
    store.commit([AddSecurityEvent("OfTheFuture", NOON, "", True)])
    store.close()
    bench = Bench(tmp_path)
    assert bench.log.owed == 0
    bench.store.close()


def test_a_told_event_is_one_change(bench: Bench) -> None:
    bench.log.note(Kind.STARTUP)
    effects = bench.log._on_told(1, bench.now, 0.0)
    assert effects.changes == [SecurityEventTold(1)]
