"""Self-tests and traces at the command line: from the station, or from its books while it is off.

``selftest`` and ``trace`` as data, and what is shown of a trace: a plot, lines, or a picture.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.evidence import selftest_shapes, trace_shape, whole_trace_shape
from ampkeeper.firmware.selftests.words import STATION
from ampkeeper.firmware.store.store import STORE_FILE, Reads, open_read_only
from ampkeeper.firmware.trace import plot, svg, text
from ampkeeper.firmware.trace.rows import TraceRow, decode

Answer = dict[str, Any]
Found = TypeVar("Found")


def selftest(arguments: argparse.Namespace) -> Answer:
    """The report of all self-tests; with --run after asking for them."""
    if arguments.run is not None:
        return ask(arguments.state, "selftest", evse=arguments.evse, run=arguments.run)
    try:
        return ask(arguments.state, "selftest", evse=arguments.evse)
    except NotReachableError as silence:
        return _from_books(arguments, silence, lambda books: _stored_tests(books, arguments.evse))


def trace(arguments: argparse.Namespace) -> Answer:
    """The list of traces, or one with its rows as values; --svg also writes a picture."""
    answer = _trace(arguments)
    if "trace" not in answer:
        return answer
    found, rows = _read(answer["trace"])
    if arguments.svg is not None:
        arguments.svg.write_text(svg.picture_of(rows, title_of(found)), encoding="utf-8")
        return {"result": f"{arguments.svg}: {title_of(found)}"}
    return {"trace": found | {"rows": [asdict(row) for row in rows]}}


def trace_lines(answer: Answer, is_text: bool, width: int) -> list[str]:
    """What a person sees of one trace."""
    found = answer["trace"]
    rows = [TraceRow(**(row | {"current_a": tuple(row["current_a"])})) for row in found["rows"]]
    head = title_of(found)
    if not is_text:
        return [head, "", *plot.lines_of(rows, width)]
    lines = text.lines_of(rows)
    count = f"{len(lines) - 1} of {len(rows)} rows, those where something changed; s, V, %, A"
    return [head, count, text.LETTERS, "", *lines]


def title_of(found: Answer) -> str:
    """One line that says which trace it is."""
    at = f"{found['time'].replace('T', ' ').removesuffix('Z')} UTC"
    return f"trace {found['number']}, EVSE {found['evse_id']}, {found['cause']}, {at}"


def _read(found: Any) -> tuple[Answer, tuple[TraceRow, ...]]:
    try:
        return dict(found), decode(bytes.fromhex(found["rows"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"the station's answer is no trace ({error!r})") from error


def _trace(arguments: argparse.Namespace) -> Answer:
    action = "newest"
    if arguments.list:
        action = "list"
    elif arguments.freeze:
        action = "freeze"
    elif arguments.number is not None:
        action = "number"
    request = {"action": action, "evse": arguments.evse, "number": arguments.number}
    try:
        return ask(arguments.state, "trace", **request)
    except NotReachableError as silence:
        if action == "freeze":
            raise
        return _from_books(arguments, silence, lambda books: _stored_trace(books, arguments))


def _from_books(
    arguments: argparse.Namespace, silence: NotReachableError, read: Callable[[Reads], Found]
) -> Found:
    path: Path = arguments.state / STORE_FILE
    if not path.is_file():
        raise NotReachableError(f"{silence}; and {path} is not there") from silence
    books = open_read_only(path)
    try:
        return read(books)
    finally:
        books.close()


def _stored_tests(books: Reads, evse_id: int | None) -> Answer:
    results = {(row.evse_id, row.test): row for row in books.newest_results()}
    known = sorted({row_evse for row_evse, _ in results} - {STATION})
    evse_ids = known if evse_id is None else [evse_id]
    return {"time": None, "tests": selftest_shapes(evse_ids, results)}


def _stored_trace(books: Reads, arguments: argparse.Namespace) -> Answer:
    heads = books.traces(arguments.evse)
    if arguments.list:
        return {"traces": [trace_shape(head) for head in heads]}
    number = arguments.number
    if number is None and heads:
        number = heads[0].number
    row = None if number is None else books.trace(number)
    if row is None:
        asked = "no trace" if number is None else f"no trace {number}"
        raise RefusedError(f"{asked} is kept")
    return {"trace": whole_trace_shape(row)}
