"""Evidence tables: the report of the self-tests and the list of traces, as people read them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import plain_table, plain_text, spaced, when

Answer = dict[str, Any]

NAME_WIDTH, FOUND_WIDTH = 25, 24
COLORS = {"passed": "green", "failed": "bold red", "running": "yellow"}


def selftests(answer: Answer, width: int) -> RenderableType:
    """Draw one table for each EVSE, and one for the station."""
    parts: list[RenderableType] = []
    if answer["time"] is None:
        parts.append(Text("No station answers: these are the results in its books.", "yellow"))
    for evse_id in dict.fromkeys(test["evse_id"] for test in answer["tests"]):
        tests = [test for test in answer["tests"] if test["evse_id"] == evse_id]
        parts.append(
            spaced(_selftest_table(evse_id, tests)) if parts else _selftest_table(evse_id, tests)
        )
    parts.append(Text("Times are UTC; what a value may be stands behind it.", style="dim"))
    return Group(*parts)


def traces(answer: Answer, width: int) -> RenderableType:
    """Draw the list of traces."""
    if not answer["traces"]:
        return Text("No traces yet.")
    table = plain_table()
    for name in ("no.", "frozen (UTC)", "EVSE", "cause"):
        table.add_column(name, justify="right" if name in ("no.", "EVSE") else "left")
    for trace in answer["traces"]:
        cells = (trace["number"], when(trace["time"], "seconds"), trace["evse_id"], trace["cause"])
        table.add_row(*(plain_text(cell) for cell in cells))
    return table


def _selftest_table(evse_id: int, tests: Sequence[Answer]) -> Table:
    counts = Counter(test["result"] for test in tests)
    parts = (f"{counts[word]} {word}" for word in ORDER if counts[word])
    place = f"EVSE {evse_id}" if evse_id else "station"
    table = plain_table(f"{place}: {', '.join(parts)}")
    table.add_column("no.", justify="right", no_wrap=True)
    table.add_column("self-test", overflow="fold", min_width=NAME_WIDTH, max_width=NAME_WIDTH)
    table.add_column("result", no_wrap=True, min_width=8)
    table.add_column("when", no_wrap=True, min_width=11)
    table.add_column("found", overflow="fold", min_width=FOUND_WIDTH)
    for test in tests:
        result = str(test["result"])
        table.add_row(
            plain_text(test["number"]),
            plain_text(test["name"]),
            plain_text(result, COLORS.get(result, "dim")),
            plain_text(when(test["time"], "short")),
            _found(test),
        )
    return table


ORDER = ("failed", "running", "passed", "absent", "not run")


def _found(test: Answer) -> Text:
    if test["result"] == "absent":
        is_able = test["needs"] == "none"  # any hardware is enough, and a bought board has no test
        why = "this board runs no such test" if is_able else f"needs {test['needs']}"
        return plain_text(why, "dim")
    if test["result"] == "not run":
        return plain_text(f"runs: {test['when']}", "dim")
    parts = []
    if test["meaning"]:
        parts.append(test["meaning"])
    elif test["value"] is not None:
        parts.append(_value(test))
    if test["duration_ms"]:
        parts.append(f"took {test['duration_ms']} ms")
    return plain_text("; ".join(parts), missing="")


def _value(test: Answer) -> str:
    unit, low, high = test["unit"], test["low"], test["high"]
    bounds = ""
    if low is not None and high is not None:
        bounds = f"{_number(low)}" if low == high else f"{_number(low)} to {_number(high)}"
    elif low is not None or high is not None:
        bounds = f"from {_number(low)}" if high is None else f"to {_number(high)}"
    value = f"{_number(test['value'])} {unit}".rstrip()
    return f"{value} ({bounds})" if bounds else value


def _number(value: float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
