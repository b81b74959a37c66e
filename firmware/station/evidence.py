"""Evidence: what people may ask of self-tests, traces and past limits; part of ``api.py``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from ampkeeper.firmware.faces.evidence import selftest_shapes, trace_shape, whole_trace_shape
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import limit_change_shape, stamp
from ampkeeper.firmware.safety import sequence
from ampkeeper.firmware.safety.selftest import ABSENT, LAST, NOT_RUN
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.examine import Examiner, NoResultError
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.rows import TraceRecord
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock

NUMBER_MAX = 10**9
SINCE_S_MAX = 30 * 86_400  # as long as the store keeps them
CHANGES_SHOWN = 1_000
AT_REST = (sequence.IDLE, sequence.CONNECTED)

Found = TypeVar("Found")


class Evidence:
    """Answers the verbs "selftest" and "trace", and "why" for what was."""

    def __init__(
        self, station: Station, store: Store, worker: StoreWorker, clock: Clock, examiner: Examiner
    ) -> None:
        self._station = station
        self._store = store
        self._worker = worker
        self._clock = clock
        self._examiner = examiner

    async def selftest(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Show all self-tests; "run" asks for one of them, or with 0 for all, before."""
        asked = arguments.get("evse")
        evse_ids = list(self._station.evses) if asked is None else [self._evse_id(asked)]
        number = arguments.get("run")
        if number is not None:
            if type(number) is not int or not 0 <= number <= words.LAST:
                text = f"run {number!r}: 0 for all, or the number of a self-test, 1 to {words.LAST}"
                raise LocalRefusedError(text)
            await self._run(evse_ids, number)
        results = {(row.evse_id, row.test): row for row in await self._read(self._results)}
        for key, found in self._station.checkup.latest.items():
            if found.result != NOT_RUN or key not in results:
                results[key] = found
        tests = selftest_shapes(evse_ids, results)
        if number:
            tests = [test for test in tests if test["number"] == number]
        return {"time": stamp(self._clock.now()), "tests": tests}

    async def limits(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Which limits bound in the last so many seconds, newest first."""
        since_s, limit = (
            arguments.get("since_s", SINCE_S_MAX),
            arguments.get("limit", CHANGES_SHOWN),
        )
        is_time = isinstance(since_s, int | float) and not isinstance(since_s, bool)
        if not is_time or not 0 < since_s <= SINCE_S_MAX:
            raise LocalRefusedError(f"since {since_s!r} s: above 0, at most {SINCE_S_MAX} s")
        if type(limit) is not int or not 1 <= limit <= CHANGES_SHOWN:
            raise LocalRefusedError(f"limit {limit!r}: 1 to {CHANGES_SHOWN}")
        since = self._clock.now() - timedelta(seconds=since_s)
        rows = await self._read(lambda: self._store.limit_changes(since, limit))
        return {"changes": [limit_change_shape(row) for row in rows]}

    async def trace(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """List the traces, or give one: by its number, the newest, or one that is made now."""
        asked = arguments.get("evse")
        evse_id = None if asked is None else self._evse_id(asked)
        match arguments.get("action", "newest"):
            case "list":
                rows = await self._read(lambda: self._store.traces(evse_id))
                return {"traces": [trace_shape(row) for row in rows]}
            case "number":
                return await self._by_number(arguments.get("number"))
            case "freeze":
                return await self._frozen(evse_id)
            case "newest":
                return await self._newest(evse_id)
        raise LocalRefusedError("trace: allowed actions are list, number, newest, freeze")

    async def _run(self, evse_ids: list[int], number: int) -> None:
        if number == 0 or number > LAST:
            await self._examiner.station_tests()
        if number > LAST:
            return
        for evse_id in evse_ids:
            self._check_may_run(self._station.evses[evse_id], number)
        try:
            for evse_id in evse_ids:
                await self._examiner.ring_1(evse_id, number)
        except NoResultError as error:
            raise LocalRefusedError(str(error)) from error

    def _check_may_run(self, evse: Evse, number: int) -> None:
        """Refuse what ring 1 would refuse, with the reason."""
        place = f"EVSE {evse.evse_id}"
        if evse.status is None:
            raise LocalRefusedError(f"{place}: ring 1 is not heard")
        if number == 0:
            return
        of = words.WORDS[number]
        found = self._station.checkup.latest.get((evse.evse_id, number))
        if found is not None and found.result == ABSENT:
            needs = words.needs_of(number)
            raise LocalRefusedError(f"{place}: self-test {number}, {of.name}, needs: {needs}")
        if of.runs == words.WITH_CAR:
            text = f"{place}: self-test {number}, {of.name}, takes a car; it runs at {of.when}"
            raise LocalRefusedError(text)
        if of.runs == words.AT_REST and evse.status.sequence not in AT_REST:
            text = f"{place}: self-test {number}, {of.name}, runs only at rest: no offer, no fault"
            raise LocalRefusedError(text)

    async def _newest(self, evse_id: int | None) -> dict[str, Any]:
        heads = await self._read(lambda: self._store.traces(evse_id))
        if not heads:
            place = "" if evse_id is None else f" of EVSE {evse_id}"
            raise LocalRefusedError(f"no trace{place} is kept: a fault makes one, or --freeze")
        return await self._by_number(heads[0].number)

    async def _by_number(self, number: Any) -> dict[str, Any]:
        if type(number) is not int or not 1 <= number <= NUMBER_MAX:
            raise LocalRefusedError(f"number {number!r}: a number from the list is allowed")
        row: TraceRecord | None = await self._read(lambda: self._store.trace(number))
        if row is None:
            raise LocalRefusedError(f"trace {number} is not kept; see the list of those that are")
        return {"trace": whole_trace_shape(row)}

    async def _frozen(self, evse_id: int | None) -> dict[str, Any]:
        evse_ids = list(self._station.evses)
        if evse_id is None and len(evse_ids) > 1:
            raise LocalRefusedError(f"freeze: say which EVSE; there are {evse_ids}")
        frozen = evse_ids[0] if evse_id is None else evse_id
        if self._station.evses[frozen].status is None:
            raise LocalRefusedError(f"EVSE {frozen}: ring 1 is not heard")
        try:
            await self._examiner.freeze(frozen)
        except NoResultError as error:
            raise LocalRefusedError(str(error)) from error
        return await self._newest(frozen)

    def _results(self) -> list[Any]:
        return list(self._store.newest_results())

    def _evse_id(self, asked: Any) -> int:
        if type(asked) is not int or asked not in self._station.evses:
            raise LocalRefusedError(f"evse {asked!r}: allowed are {list(self._station.evses)}")
        return asked

    async def _read(self, read: Callable[[], Found]) -> Found:
        try:
            return await self._worker.run(read)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
