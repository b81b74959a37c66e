"""Dossier: what a log that is sent consists of, read from the books while it is written.

Diagnostics say how the station was and is; they hold no password, no key, no whole tag, and no
text that only the station's owner may read. The security log is its own file.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.faces.evidence import result_shape, trace_shape
from ampkeeper.firmware.faces.shapes import fault_shape, session_shape, stamp
from ampkeeper.firmware.ocpp.variables import by_name
from ampkeeper.firmware.selftests.words import WORDS
from ampkeeper.firmware.store.store import Reads
from ampkeeper.firmware.trace.rows import decode
from ampkeeper.firmware.trace.text import lines_of
from ampkeeper.firmware.transfers.archive import Part

if TYPE_CHECKING:
    from pathlib import Path

SESSIONS_MAX = 1_000
EVENTS_MAX = 10_000
LOG_PATTERN = "ampkeeper.log*"
TAG_SHOWN = 4
MASK = "***"


@dataclass(frozen=True, slots=True)
class Span:
    """The times that were asked for, both included; None: open."""

    oldest: datetime | None = None
    latest: datetime | None = None

    def has(self, at: datetime) -> bool:
        """True if ``at`` was asked for."""
        is_late_enough = self.oldest is None or at >= self.oldest
        return is_late_enough and (self.latest is None or at <= self.latest)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where diagnostics come from, beside the books."""

    identity: Mapping[str, str]
    config_toml: Callable[[], str]  # with secrets masked
    changed: Callable[[], Mapping[str, str]]  # settings, by 2.x name
    state: Callable[[], Sequence[Mapping[str, Any]]]  # each EVSE as every face shows it
    notices: Callable[[], Sequence[tuple[datetime, str, Mapping[str, Any]]]]
    log_folder: "Path"


def diagnostics(sources: Sources, books: Reads, span: Span, now: datetime) -> Iterator[Part]:
    """The parts of a diagnostics archive."""
    yield Part("station.json", _station(sources, books, now))
    yield Part("config.toml", sources.config_toml().splitlines())
    yield Part("settings.json", _settings(sources.changed()))
    yield Part("timeline.jsonl", _timeline(sources, span))
    yield Part("sessions.jsonl", _sessions(books, span))
    yield Part("faults.jsonl", _faults(books, span))
    yield Part("fault_counts.jsonl", _counts(books))
    yield Part("self_tests.jsonl", _self_tests(books, span))
    yield from _traces(books, span)
    yield from log_parts(sources.log_folder, span)


def security_log(books: Reads, span: Span) -> Iterator[Part]:
    """The security log, oldest first."""
    yield Part("security.jsonl", _security(books, span))


def _station(sources: Sources, books: Reads, now: datetime) -> Iterator[str]:
    health = books.health()
    told = {
        "time": stamp(now),
        **sources.identity,
        "python": sys.version.split()[0],
        "messages_owed": books.outbox_count(),
        "free_bytes": health.free_bytes,
        "problems_of_the_books": list(health.problems),
        "evses": [_evse(evse) for evse in sources.state()],
    }
    yield json.dumps(told, indent=1, default=str)


def _evse(shown: Mapping[str, Any]) -> dict[str, Any]:
    session = shown.get("session")
    if session is None:
        return dict(shown)
    return {**shown, "session": {**session, "id_tag": _tail(session.get("id_tag"))}}


def _settings(changed: Mapping[str, str]) -> Iterator[str]:
    shown = {}
    for name, value in changed.items():
        setting = by_name(name)
        shown[name] = MASK if setting is None or setting.is_secret else value
    yield json.dumps(shown, indent=1)


def _timeline(sources: Sources, span: Span) -> Iterator[str]:
    for at, kind, fields in sources.notices():
        if span.has(at):
            yield _line(time=stamp(at), kind=kind, **fields)


def _sessions(books: Reads, span: Span) -> Iterator[str]:
    for row in books.sessions(SESSIONS_MAX):
        if span.has(row.started_at) or (row.ended_at is not None and span.has(row.ended_at)):
            yield json.dumps(session_shape(row) | {"id_tag": _tail(row.id_token)})


def _faults(books: Reads, span: Span) -> Iterator[str]:
    """All that are there, and those that came or went in the span."""
    for row in books.faults():
        is_over = row.cleared_at is not None and not span.has(row.cleared_at)
        if span.has(row.raised_at) or not is_over:
            yield json.dumps(fault_shape(row))


def _counts(books: Reads) -> Iterator[str]:
    for (evse_id, fault), count in books.fault_counts().items():
        yield _line(evse_id=evse_id, fault=fault, count=count)


def _self_tests(books: Reads, span: Span) -> Iterator[str]:
    known = (newest for newest in books.newest_results() if newest.test in WORDS)
    for newest in known:
        for row in books.results(newest.evse_id, newest.test):
            if span.has(row.at):
                yield json.dumps(result_shape(row.evse_id, row.test, row))


def _traces(books: Reads, span: Span) -> Iterator[Part]:
    for record in books.traces():
        whole = books.trace(record.number) if span.has(record.at) else None
        if whole is not None:
            head = json.dumps(trace_shape(whole))
            yield Part(f"traces/{record.number}.txt", [head, *lines_of(decode(whole.rows))])


def log_parts(folder: "Path", span: Span) -> Iterator[Part]:
    """The log's files, oldest first; they may be turned over meanwhile."""
    names = sorted((path.name for path in folder.glob(LOG_PATTERN)), reverse=True)
    for name in names:
        yield Part(f"log/{name}", _log_lines(folder / name, span))


def _log_lines(file: "Path", span: Span) -> Iterator[str]:
    """Lines without a time of their own belong to the one before."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from _asked_for(lines, span)
    except OSError as error:
        yield f"{file.name}: {error.strerror}"


def _asked_for(lines: Iterable[str], span: Span) -> Iterator[str]:
    is_asked = span.oldest is None
    for line in lines:
        at = _time_of(line)
        is_asked = is_asked if at is None else span.has(at)
        if is_asked:
            yield line.rstrip("\n")


def _security(books: Reads, span: Span) -> Iterator[str]:
    rows = books.security_events(EVENTS_MAX)
    for row in reversed(rows):
        if span.has(row.at):
            yield _line(id=row.id, time=stamp(row.at), type=row.kind, tech_info=row.tech_info)


def _time_of(line: str) -> datetime | None:
    """The time with which the log's lines begin, in UTC."""
    try:
        at = datetime.fromisoformat(line.partition(" ")[0])
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _line(**fields: Any) -> str:
    return json.dumps(fields, default=str)


def _tail(token: str | None) -> str | None:
    if token is None:
        return None
    return MASK + (token[-TAG_SHOWN:] if len(token) >= 2 * TAG_SHOWN else "")
