"""The checkup: what is kept of self-tests, what is told, and when the station looks at itself."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, NOT_RUN, PASSED, RUNNING
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.checkup import Checkup, serial_key
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta, SaveSelfTest, SaveTrace
from ampkeeper.firmware.store.rows import Health
from ampkeeper.hal.ports import MeterIdentity, SelfTest, Trace

from .charger import Charger

EARTH, RCD, SUPPLY, CLOSING = 15, 11, 26, 20
RICH = Health(10**12, ())


def found(number: int, result: int = PASSED, count: int = 1, **changes: Any) -> SelfTest:
    return replace(SelfTest(1_000.0, number, result, 1, 1, 1, 0, count), **changes)


class Examined(Charger):
    """A charger whose checkup is spoken to."""

    @property
    def checkup(self) -> Checkup:
        return self.station.checkup

    def tell(self, *tests: SelfTest, evse_id: int = 1) -> Effects:
        """Ring 1 tells of self-tests, found now."""
        now = [replace(test, taken_s=self.now_s) for test in tests]
        return self.do(partial(self.checkup.on_tests, evse_id, now))

    def look(self) -> Effects:
        return self.do(self.checkup.on_hour)

    def followed(self, effects: Effects) -> Effects:
        self.checkup.follow(effects, self.now, self.now_s)
        return effects


def kept(effects: Effects) -> list[tuple[int, int, int]]:
    changes = (change for change in effects.changes if isinstance(change, SaveSelfTest))
    return [(change.evse_id, change.test, change.result) for change in changes]


def named(effects: Effects) -> list[tuple[int, str]]:
    notices = (fields for kind, fields in effects.notices if kind == "selftest_result")
    return [(fields["number"], fields["result"]) for fields in notices]


def heard(count: int = 1) -> Examined:
    """Ring 1 and the meters have answered, and the first look is over."""
    charger = Examined(count)
    for evse_id in charger.station.evses:
        charger.unplug(evse_id)
        charger.do(charger.station.on_meter, evse_id, MeterIdentity("A", "B", f"S{evse_id}"))
        charger.read(evse_id)
    charger.look()
    return charger


def test_a_result_is_kept_with_its_values_and_told() -> None:
    charger = Examined()
    test = found(SUPPLY, value=230_000, low=184_000, high=264_500, duration_ms=3)
    effects = charger.tell(test)
    expected = SaveSelfTest(1, SUPPLY, charger.now, PASSED, 230_000, 184_000, 264_500, 3)
    assert effects.changes == [expected]
    assert named(effects) == [(SUPPLY, "passed")]
    assert charger.checkup.latest[(1, SUPPLY)] == expected


def test_a_result_has_the_time_when_it_was_found() -> None:
    charger = Examined()
    before = [found(EARTH, taken_s=charger.now_s - 90)]
    (change,) = charger.do(partial(charger.checkup.on_tests, 1, before)).changes
    assert charger.now - change.at == timedelta(seconds=90)
    later = [found(RCD, taken_s=charger.now_s + 5)]
    (change,) = charger.do(partial(charger.checkup.on_tests, 1, later)).changes
    assert change.at == charger.now, "nothing is found in the future"


def test_one_that_runs_or_has_not_run_is_known_but_not_kept() -> None:
    charger = Examined()
    for result in (NOT_RUN, RUNNING):
        assert charger.tell(found(RCD, result)).changes == []
        assert charger.checkup.latest[(1, RCD)].result == result
    assert charger.checkup.told[(1, RCD)] == 2


def test_an_absent_one_is_kept_once_and_told_to_nobody() -> None:
    charger = Examined()
    effects = charger.tell(found(29, ABSENT))
    assert (kept(effects), named(effects)) == ([(1, 29, ABSENT)], [])
    assert kept(charger.tell(found(29, ABSENT, count=2))) == []
    assert kept(charger.tell(found(29, FAILED, count=3))) == [(1, 29, FAILED)]


def test_what_is_told_again_after_a_reconnection_is_kept_once() -> None:
    charger = Examined()
    charger.tell(found(EARTH), found(RCD))
    charger.now_s += 2
    again = [found(EARTH, taken_s=charger.now_s), found(RCD, taken_s=charger.now_s - 2)]
    assert kept(charger.do(partial(charger.checkup.on_tests, 1, again))) == []


def test_another_run_is_kept_although_ring_1_counts_from_the_start_again() -> None:
    charger = Examined()
    charger.tell(found(RCD))
    charger.now_s += 60
    assert kept(charger.tell(found(RCD))) == [(1, RCD, PASSED)]
    assert kept(charger.tell(found(RCD, count=2))) == [(1, RCD, PASSED)]


def test_a_look_that_finds_the_same_is_kept_again_after_a_day() -> None:
    charger = Examined()
    charger.tell(found(EARTH))
    charger.now_s += 86_399
    assert kept(charger.tell(found(EARTH))) == []
    charger.now_s += 1
    assert kept(charger.tell(found(EARTH))) == [(1, EARTH, PASSED)]


def test_each_evse_has_its_own_results() -> None:
    charger = Examined(2)
    charger.tell(found(EARTH))
    assert kept(charger.tell(found(EARTH), evse_id=2)) == [(2, EARTH, PASSED)]


def test_a_number_of_a_newer_ring_1_is_left_alone() -> None:
    assert Examined().tell(found(99)).changes == []


def test_a_trace_is_written_before_ring_1_may_record_again() -> None:
    charger = Examined()
    done: list[str] = []
    trace = Trace(charger.now_s - 3, 7, fault.RCD_DC, b"rows")
    rearm = partial(done.append, "rearmed")
    effects = charger.do(partial(charger.checkup.on_trace, 1, trace, rearm))
    at = charger.now - timedelta(seconds=3)
    assert effects.changes == [SaveTrace(1, at, 7, fault.RCD_DC, b"rows")]
    assert effects.notices == [("trace_stored", {"evse_id": 1, "cause": "RcdDc"})]
    assert (done, effects.acts) == ([], [rearm])


def test_the_first_look_is_at_meter_stop_and_clock() -> None:
    charger = Examined()
    charger.unplug()
    charger.read()
    assert kept(charger.look()) == [(1, 30, PASSED), (1, 33, PASSED), (0, 31, ABSENT)]
    assert kept(charger.look()) == []


def test_begin_and_end_of_a_transaction_look_at_the_meter() -> None:
    charger = heard()
    charger.now_s += 86_400
    charger.read()
    begun = Effects(notices=[("transaction", {"evse_id": 1, "event": "TransactionStarted"})])
    assert kept(charger.followed(begun)) == [(1, 30, PASSED)]
    sampled = Effects(notices=[("transaction", {"evse_id": 1, "event": "TransactionUpdated"})])
    charger.now_s += 86_400
    assert kept(charger.followed(sampled)) == []
    charger.do(charger.station.on_tick)
    ended = Effects(notices=[("transaction", {"evse_id": 1, "event": "TransactionEnded"})])
    assert kept(charger.followed(ended)) == [(1, 30, FAILED)], "it was silent for a day"


def test_another_meter_fails_once_and_is_the_known_one_from_then_on() -> None:
    charger = heard()
    charger.do(charger.station.on_meter, 1, MeterIdentity("A", "B", "S9"))
    effects = charger.look()
    assert kept(effects) == [(1, 30, FAILED)]
    assert SaveMeta(serial_key(1), "S9") in effects.changes
    assert charger.checkup.latest[(1, 30)].value == 4
    effects = charger.look()
    assert kept(effects) == [(1, 30, PASSED)]
    assert effects.changes[:-1] == []


def test_the_meter_of_before_a_restart_is_known() -> None:
    charger = Examined()
    charger.unplug()
    charger.read()
    charger.checkup.recall(1, "S1")
    charger.do(charger.station.on_meter, 1, MeterIdentity("A", "B", "S2"))
    assert (1, 30, FAILED) in kept(charger.look())
    other = Examined()
    other.checkup.recall(1, "")
    other.unplug()
    other.read()
    other.do(other.station.on_meter, 1, MeterIdentity("A", "B", "S2"))
    assert (1, 30, PASSED) in kept(other.look())


def test_a_meter_that_cannot_tell_its_number_is_not_another_one() -> None:
    charger = heard()
    charger.do(charger.station.on_meter, 1, MeterIdentity("A", "B", ""))
    assert kept(charger.look()) == []


def test_the_emergency_stop_is_noted_with_the_fault_and_with_its_end() -> None:
    charger = heard()
    raised = charger.followed(charger.report(faults=(fault.EMERGENCY_STOP,)))
    assert kept(raised) == [(1, 33, FAILED)]
    assert charger.checkup.latest[(1, 33)].value == 2
    assert kept(charger.followed(charger.report())) == [(1, 33, PASSED)]
    lost = charger.followed(charger.do(charger.station.on_pilot_lost, 1))
    assert kept(lost) == [(1, 33, FAILED)]
    assert charger.checkup.latest[(1, 33)].value == 1


def test_another_fault_is_counted_but_says_nothing_of_the_stop() -> None:
    charger = heard()
    charger.checkup.counters_due = False
    assert kept(charger.followed(charger.report(faults=(fault.PE_LOST,)))) == []
    assert charger.checkup.counters_due


def test_the_clock_is_compared_when_the_central_system_first_tells_its_time() -> None:
    charger = heard()
    theirs = charger.now - timedelta(seconds=3)
    effects = charger.do(partial(charger.checkup.on_time, theirs))
    assert kept(effects) == [(0, 31, PASSED)]
    assert charger.checkup.latest[(0, 31)].value == 3_000
    late = charger.now - timedelta(seconds=30)
    assert kept(charger.do(partial(charger.checkup.on_time, late))) == []
    assert kept(charger.look()) == [(0, 31, FAILED)]


def test_the_store_is_judged_by_its_room_its_wholeness_and_its_last_commit() -> None:
    charger = heard()
    effects = charger.do(partial(charger.checkup.on_health, RICH, 12))
    assert kept(effects) == [(0, 32, PASSED)]
    assert charger.checkup.latest[(0, 32)].duration_ms == 12
    charger.station.on_books(charger.now, is_failing=True)
    assert kept(charger.do(partial(charger.checkup.on_health, RICH, 12))) == [(0, 32, FAILED)]
    charger.station.on_books(charger.now, is_failing=False)
    assert kept(charger.do(partial(charger.checkup.on_health, RICH, 12))) == [(0, 32, PASSED)]
    assert kept(charger.do(partial(charger.checkup.on_health, None, 0))) == [(0, 32, FAILED)]


def test_counts_that_fell_since_the_last_look_fail() -> None:
    charger = heard()
    counts = {(1, "PeLost"): 2}
    assert kept(charger.do(partial(charger.checkup.on_counts, counts))) == [(0, 34, PASSED)]
    assert kept(charger.do(partial(charger.checkup.on_counts, None))) == [(0, 34, FAILED)]
    assert kept(charger.do(partial(charger.checkup.on_counts, counts))) == [(0, 34, PASSED)]
    assert kept(charger.do(partial(charger.checkup.on_counts, {}))) == [(0, 34, FAILED)]


def test_an_active_fault_that_was_not_counted_fails() -> None:
    charger = heard()
    charger.report(faults=(fault.PE_LOST,))
    assert kept(charger.do(partial(charger.checkup.on_counts, {}))) == [(0, 34, FAILED)]
    counts = {(1, "PeLost"): 1}
    assert kept(charger.do(partial(charger.checkup.on_counts, counts))) == [(0, 34, PASSED)]
    assert words.WORDS[34].name == "counters"
