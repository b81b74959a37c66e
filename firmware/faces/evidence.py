"""Evidence: how every face shows self-tests and traces, from the station or from its books."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.safety.selftest import LAST, NOT_RUN
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.trace.rows import name_of_cause

OF_STATION = (words.CLOCK, words.STORAGE, words.COUNTERS)  # not of one EVSE
OF_EVSE = (*range(1, LAST + 1), words.METER, words.STOP)


class Result(Protocol):
    """A result, as the station knows it or as it was kept."""

    @property
    def at(self) -> datetime: ...
    @property
    def result(self) -> int: ...
    @property
    def value(self) -> int | None: ...
    @property
    def low(self) -> int | None: ...
    @property
    def high(self) -> int | None: ...
    @property
    def duration_ms(self) -> int: ...


class StoredTrace(Protocol):
    """A trace as the books hold it."""

    @property
    def number(self) -> int: ...
    @property
    def evse_id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def cause(self) -> int: ...
    @property
    def rows(self) -> bytes: ...


def selftest_shapes(
    evse_ids: Iterable[int], results: Mapping[tuple[int, int], Result]
) -> list[dict[str, Any]]:
    """All self-tests of these EVSEs and of the station, also those without a result."""
    keys = [(evse_id, number) for evse_id in evse_ids for number in OF_EVSE]
    keys += [(words.STATION, number) for number in OF_STATION]
    return [result_shape(*key, results.get(key)) for key in keys]


def trace_shape(trace: StoredTrace) -> dict[str, Any]:
    """A trace in a list."""
    return {
        "number": trace.number,
        "evse_id": trace.evse_id,
        "time": stamp(trace.at),
        "cause": name_of_cause(trace.cause),
    }


def whole_trace_shape(trace: StoredTrace) -> dict[str, Any]:
    """A trace with its rows, as hexadecimal digits of ring 1's bytes."""
    return trace_shape(trace) | {"rows": trace.rows.hex()}


def result_shape(evse_id: int, number: int, found: Result | None) -> dict[str, Any]:
    """One self-test with its result, or without one yet."""
    of = words.WORDS[number]
    value = low = high = duration_ms = time = None
    if found is not None and found.result != NOT_RUN:
        value, low, high = found.value, found.low, found.high
        duration_ms, time = found.duration_ms, stamp(found.at)
    return {
        "evse_id": evse_id,
        "number": number,
        "name": of.name,
        "result": words.RESULTS[NOT_RUN if found is None else found.result],
        "time": time,
        "value": words.shown_value(number, value),
        "low": words.shown_value(number, low),
        "high": words.shown_value(number, high),
        "unit": of.unit,
        "meaning": words.meaning_of(number, value),
        "duration_ms": duration_ms,
        "when": of.when,
        "needs": words.needs_of(number),
    }
