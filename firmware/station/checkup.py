"""Checkup: what is known of every self-test, what of it is kept, and when the station tests itself.

Pure. Ring 1's results come as it tells them; the station's own are looked at when something
happened that they are about, and every hour. A look that finds what the last one found is
kept once a day: the newest is in memory, and in the books if it said something new.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.faults import (
    METER_IMPLAUSIBLE,
    METER_SILENT,
    PILOT_LINK_LOST,
    STORE_FAILED,
    info_of,
)
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.selftest import ABSENT, NOT_RUN, RUNNING
from ampkeeper.firmware.selftests import checks, words
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta, SaveSelfTest, SaveTrace
from ampkeeper.firmware.store.rows import Health
from ampkeeper.firmware.trace.rows import name_of_cause
from ampkeeper.hal.ports import SelfTest, Trace

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

KEPT_S = 86_400.0  # a result that stays the same is kept again after a day
TOLD_AGAIN = timedelta(seconds=3)  # ages are told in whole seconds
STOPS = {info_of(code).name for code in (fault.EMERGENCY_STOP, fault.SUPPLY_LOST, PILOT_LINK_LOST)}
ENDS = ("TransactionStarted", "TransactionEnded")

Key = tuple[int, int]  # EVSE and number of the self-test


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the books last got of one self-test."""

    result: SaveSelfTest
    count: int
    kept_s: float

    def is_same(self, other: SaveSelfTest, count: int) -> bool:
        """True if this is what was kept, told or seen again, and not another run."""
        mine = self.result
        if other.result != mine.result or (other.test in words.BITS and other.value != mine.value):
            return False
        if other.result == ABSENT:
            return True
        is_look = words.WORDS[other.test].runs == words.ANY_TIME
        return count == self.count and (is_look or abs(other.at - mine.at) <= TOLD_AGAIN)


class Checkup:
    """The self-tests of a station with these EVSEs."""

    def __init__(self, evses: Mapping[int, "Evse"]) -> None:
        self.latest: dict[Key, SaveSelfTest] = {}
        self.told: dict[Key, int] = {}  # how often each was heard of
        self.traces: dict[int, int] = {}  # how many came, by EVSE
        self.counters_due = True
        self._evses = evses
        self._kept: dict[Key, _Kept] = {}
        self._serials: dict[int, str] = {}
        self._counts: dict[tuple[int, str], int] = {}
        self._off_ms: int | None = None  # our clock less the central system's
        self._told_s = 0.0

    def recall(self, evse_id: int, serial: str) -> None:
        """Take the serial number of the meter that the books know; empty: none."""
        if serial:
            self._serials[evse_id] = serial

    # events

    def on_tests(
        self, evse_id: int, tests: Iterable[SelfTest], now: datetime, now_s: float
    ) -> Effects:
        """Ring 1 told of self-tests."""
        effects = Effects()
        for test in tests:
            if test.number not in words.WORDS:
                continue  # of a newer ring 1
            at = now - timedelta(seconds=max(0.0, now_s - test.taken_s))
            self._note(_saved(evse_id, test, at), test.count, now_s, effects)
        return effects

    def on_trace(
        self, evse_id: int, trace: Trace, rearm: Callable[[], None], now: datetime, now_s: float
    ) -> Effects:
        """Ring 1's flight recorder was fetched; it runs again once the trace is written down.

        Of a fault that flaps one is kept, so that they push no other out of the books.
        """
        if not self._evses[evse_id].flaps.wants_trace(trace.cause, now_s):
            return Effects(acts=[rearm])
        at = now - timedelta(seconds=max(0.0, now_s - trace.taken_s))
        kept = SaveTrace(evse_id, at, trace.trace_id, trace.cause, trace.rows)
        self.traces[evse_id] = self.traces.get(evse_id, 0) + 1
        effects = Effects(changes=[kept], acts=[rearm])
        effects.notice("trace_stored", evse_id=evse_id, cause=name_of_cause(trace.cause))
        return effects

    def on_time(self, time: datetime, now: datetime, now_s: float) -> Effects:
        """The central system told its time."""
        is_first = self._off_ms is None
        self._off_ms = round((now - time).total_seconds() * 1_000)
        self._told_s = now_s
        effects = Effects()
        if is_first:
            self._check_clock(now, now_s, effects)
        return effects

    def on_hour(self, now: datetime, now_s: float) -> Effects:
        """Look at all that needs nothing from the books."""
        effects = Effects()
        for evse_id in self._evses:
            self._check_meter(evse_id, now, now_s, effects)
            self._check_stop(evse_id, now, now_s, effects)
        self._check_clock(now, now_s, effects)
        return effects

    def on_health(
        self, health: Health | None, duration_ms: int, now: datetime, now_s: float
    ) -> Effects:
        """The store was looked through; None: it could not be."""
        effects = Effects()
        is_failing = any(STORE_FAILED in evse.faults for evse in self._evses.values())
        free_bytes = None if health is None else health.free_bytes
        problems = () if health is None else health.problems
        found = checks.check_storage(free_bytes, problems, is_failing)
        self._find((words.STATION, words.STORAGE), found, now, now_s, effects, duration_ms)
        return effects

    def on_counts(
        self, counts: Mapping[tuple[int, str], int] | None, now: datetime, now_s: float
    ) -> Effects:
        """The counts of faults were read back; None: they could not be."""
        effects = Effects()
        active = [
            (evse_id, info_of(code).name)
            for evse_id, evse in self._evses.items()
            for code in evse.faults
        ]
        found = checks.check_counters(counts, self._counts, active)
        self._counts = self._counts if counts is None else dict(counts)
        self._find((words.STATION, words.COUNTERS), found, now, now_s, effects)
        return effects

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """Look at what an event is about, so that it is written down together with it."""
        for kind, fields in list(effects.notices):
            if kind == "transaction" and fields["event"] in ENDS:
                self._check_meter(fields["evse_id"], now, now_s, effects)
            elif kind in ("fault_raised", "fault_cleared"):
                self._follow_fault(fields, now, now_s, effects)

    # helpers

    def _follow_fault(
        self, fields: dict[str, Any], now: datetime, now_s: float, effects: Effects
    ) -> None:
        self.counters_due = True
        if fields["fault"] in STOPS:
            self._check_stop(fields["evse_id"], now, now_s, effects)

    def _check_meter(self, evse_id: int, now: datetime, now_s: float, effects: Effects) -> None:
        register = self._evses[evse_id].register
        serial, known = register.serial, self._serials.get(evse_id)
        faults = register.faults()
        is_other = bool(serial) and known is not None and serial != known
        found = checks.check_meter(faults[METER_SILENT], faults[METER_IMPLAUSIBLE], is_other)
        if serial and serial != known:
            self._serials[evse_id] = serial
            effects.changes.append(SaveMeta(serial_key(evse_id), serial))
        self._find((evse_id, words.METER), found, now, now_s, effects)

    def _check_stop(self, evse_id: int, now: datetime, now_s: float, effects: Effects) -> None:
        evse = self._evses[evse_id]
        is_heard = evse.status is not None
        pressed, unsupplied = fault.EMERGENCY_STOP in evse.faults, fault.SUPPLY_LOST in evse.faults
        has_lines = evse.board is None or evse.board.has_stop
        found = checks.check_stop(is_heard, pressed, unsupplied, has_lines)
        self._find((evse_id, words.STOP), found, now, now_s, effects)

    def _check_clock(self, now: datetime, now_s: float, effects: Effects) -> None:
        found = checks.check_clock(self._off_ms, now_s - self._told_s)
        self._find((words.STATION, words.CLOCK), found, now, now_s, effects)

    def _find(
        self,
        key: Key,
        found: checks.Finding,
        now: datetime,
        now_s: float,
        effects: Effects,
        duration_ms: int = 0,
    ) -> None:
        bounds = (found.value, found.low, found.high)
        self._note(SaveSelfTest(*key, now, found.result, *bounds, duration_ms), 0, now_s, effects)

    def _note(self, result: SaveSelfTest, count: int, now_s: float, effects: Effects) -> None:
        """Remember a result; keep it if it is another run, or a look that found something new."""
        key = (result.evse_id, result.test)
        self.told[key] = self.told.get(key, 0) + 1
        self.latest[key] = result
        if result.result in (NOT_RUN, RUNNING):
            return
        kept = self._kept.get(key)
        if kept is not None and now_s - kept.kept_s < KEPT_S and kept.is_same(result, count):
            return
        self._kept[key] = _Kept(result, count, now_s)
        effects.changes.append(result)
        if result.result != ABSENT:
            name, word = words.WORDS[result.test].name, words.RESULTS[result.result]
            told = {"evse_id": result.evse_id, "number": result.test, "name": name}
            effects.notice("selftest_result", **told, result=word)


def serial_key(evse_id: int) -> str:
    """Return the name under which the books keep the serial number of an EVSE's meter."""
    return f"meter_serial_{evse_id}"


def _saved(evse_id: int, test: SelfTest, at: datetime) -> SaveSelfTest:
    value, low, high = (
        words.kept_value(test.number, test.result, each)
        for each in (test.value, test.low, test.high)
    )
    number, result = test.number, test.result
    return SaveSelfTest(evse_id, number, at, result, value, low, high, test.duration_ms)
