"""The command line's self-tests and traces: reports, plots, files, exit codes, the books."""

import asyncio
import io
import json
import xml.etree.ElementTree as Xml
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.tables import show
from ampkeeper.firmware.faces.evidence import selftest_shapes
from ampkeeper.firmware.safety.recorder import Recorder
from ampkeeper.firmware.safety.selftest import ABSENT, FAILED, PASSED
from ampkeeper.firmware.safety.signals import Inputs, Outputs
from ampkeeper.firmware.store.changes import SaveSelfTest, SaveTrace
from ampkeeper.firmware.store.store import STORE_FILE, Store
from tests.unit.cli.answers_of_a_station import door

Captured = pytest.CaptureFixture[str]
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "trace 4, EVSE 1, PeLost, 2026-11-22 12:00:00.000 UTC"


def recorded(count: int = 300) -> bytes:
    recorder = Recorder()
    for _ in range(count):
        recorder.tick(10, Inputs(), Outputs(), [16_000, -1, -1], 0)
    data = bytearray(recorder.total())
    recorder.read(0, data)
    return bytes(data)


RESULTS = {
    (1, 11): SaveSelfTest(1, 11, AT, PASSED, 20, 0, 1_200, 210),
    (1, 26): SaveSelfTest(1, 26, AT, FAILED, 180_000, 184_000, 264_500, 0),
    (1, 29): SaveSelfTest(1, 29, AT, ABSENT, None, None, None, 0),
    (0, 31): SaveSelfTest(0, 31, AT, PASSED, -1_250, -10_000, 10_000, 0),
    (0, 32): SaveSelfTest(0, 32, AT, PASSED, 79_331, 64, None, 10),
}
ABSENT_17 = SaveSelfTest(1, 17, AT, ABSENT, None, None, None, 0)
TESTS = {"time": "2026-11-22T12:00:00.000Z", "tests": selftest_shapes([1], RESULTS)}
FINE = {"time": None, "tests": [test for test in TESTS["tests"] if test["result"] != "failed"]}
TRACE = {
    "trace": {
        "number": 4,
        "evse_id": 1,
        "time": "2026-11-22T12:00:00.000Z",
        "cause": "PeLost",
        "rows": recorded().hex(),
    }
}
TRACES = {"traces": [{key: TRACE["trace"][key] for key in ("number", "evse_id", "time", "cause")}]}


async def told(state: Path, answer: dict[str, Any], *argv: str) -> tuple[int, list[Any]]:
    """Run a command beside a station that answers so; return its code and what it asked."""
    asked: list[Any] = []

    async def handler(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append((verb, arguments))
        return answer

    async with door(state, handler):
        return await asyncio.to_thread(main, [*argv, "--state", str(state)]), asked


def shown(verb: str, answer: dict[str, Any], width: int = 80) -> str:
    file = io.StringIO()
    show(verb, answer, file, width)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_fits_its_width_and_nothing_is_cut(width: int) -> None:
    text = shown("selftest", TESTS, width)
    assert max(map(len, text.splitlines())) <= width
    joined = " ".join(text.split())
    for words in (
        "EVSE 1: 1 failed, 1 passed, 1 absent, 28 not run",
        "20 ms (0 to 1200); took",
        "180.0 V (184.0 to 264.5)",
        "needs contacts",
        "runs: each such stop",
        "station: 2 passed, 1 not run",
        "-1.2 s (-10.0 to 10.0)",
        "79331 MiB (from 64)",
    ):
        assert words in joined, words
    assert "No station answers" not in text


def test_a_test_that_needs_no_hardware_and_is_absent_is_not_said_to_need_none() -> None:
    answer = {"time": "", "tests": selftest_shapes([1], {(1, 17): ABSENT_17})}
    text = shown("selftest", answer)
    assert "this board runs no such test" in " ".join(text.split())
    assert "needs none" not in " ".join(text.split())


async def test_the_report_has_code_1_if_a_self_test_failed(
    tmp_path: Path, capsys: Captured
) -> None:
    assert (await told(tmp_path, TESTS, "selftest"))[0] == 1
    assert (await told(tmp_path, FINE, "selftest"))[0] == 0
    capsys.readouterr()
    assert (await told(tmp_path, TESTS, "selftest", "--json"))[0] == 1
    assert json.loads(capsys.readouterr().out) == TESTS


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), {}),
        (("--evse", "2"), {"evse": 2}),
        (("--run",), {"run": 0}),
        (("--run", "15", "--evse", "1"), {"run": 15, "evse": 1}),
    ],
)
async def test_what_is_asked_of_the_station(
    tmp_path: Path, words: tuple[str, ...], asked: dict[str, int]
) -> None:
    _, found = await told(tmp_path, FINE, "selftest", *words)
    assert found == [("selftest", asked)]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), {"action": "newest"}),
        (("--list",), {"action": "list"}),
        (("--evse", "2", "--freeze"), {"action": "freeze", "evse": 2}),
        (("--number", "7"), {"action": "number", "number": 7}),
    ],
)
async def test_which_trace_is_asked_for(
    tmp_path: Path, words: tuple[str, ...], asked: dict[str, Any]
) -> None:
    answer = TRACES if words == ("--list",) else TRACE
    code, found = await told(tmp_path, answer, "trace", *words)
    assert (code, found) == (0, [("trace", asked)])


async def test_a_trace_is_plotted(tmp_path: Path, capsys: Captured) -> None:
    assert (await told(tmp_path, TRACE, "trace"))[0] == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == HEAD
    assert max(map(len, lines)) <= 80
    assert any(line.lstrip().startswith("pilot ") for line in lines)


async def test_a_trace_is_written_as_lines(tmp_path: Path, capsys: Captured) -> None:
    assert (await told(tmp_path, TRACE, "trace", "--text"))[0] == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [HEAD, "4 of 300 rows, those where something changed; s, V, %, A"]
    assert max(map(len, lines)) <= 80


async def test_a_trace_in_json_has_all_rows_as_values(tmp_path: Path, capsys: Captured) -> None:
    assert (await told(tmp_path, TRACE, "trace", "--json"))[0] == 0
    found = json.loads(capsys.readouterr().out)["trace"]
    assert (found["number"], len(found["rows"])) == (4, 300)
    assert found["rows"][0]["at_ms"] == -2_990
    assert found["rows"][-1]["current_a"] == [16.0, None, None]


async def test_a_trace_is_drawn_into_a_file(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "trace.svg"
    assert (await told(tmp_path, TRACE, "trace", "--svg", str(file)))[0] == 0
    assert Xml.parse(file).getroot().tag.endswith("svg")
    words = capsys.readouterr().out.split()  # folded, since the folder's name is long
    assert "".join(words) == f"{file}:{HEAD}".replace(" ", "")


async def test_a_file_that_cannot_be_written_has_code_1(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "nowhere" / "trace.svg"
    assert (await told(tmp_path, TRACE, "trace", "--svg", str(file)))[0] == 1
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize("rows", ["xyz", None, 5])
async def test_an_answer_that_is_no_trace_has_code_1(
    tmp_path: Path, capsys: Captured, rows: object
) -> None:
    answer = {"trace": TRACE["trace"] | {"rows": rows}}
    assert (await told(tmp_path, answer, "trace"))[0] == 1
    assert "is no trace" in capsys.readouterr().err


def test_the_list_of_traces_is_a_table() -> None:
    text = shown("trace", TRACES)
    assert text.split()[-5:] == ["4", "2026-11-22", "12:00:00", "1", "PeLost"]
    assert shown("trace", {"traces": []}) == "No traces yet.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["selftest", "--run", "35"],
        ["selftest", "--run", "0"],
        ["selftest", "--run", "x"],
        ["selftest", "--evse", "0"],
        ["trace", "--number", "0"],
        ["trace", "--list", "--freeze"],
        ["trace", "--text", "--json"],
        ["trace", "--text", "--svg", "a.svg"],
    ],
)
def test_wrong_usage_has_code_2(capsys: Captured, words: list[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert "usage:" in told.err or json.loads(told.out)["error"]


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """The state folder of a station that does not run."""
    store = Store(tmp_path / STORE_FILE)
    store.commit(list(RESULTS.values()))
    store.commit([SaveTrace(1, AT, 1, 255, recorded(20)), SaveTrace(2, AT, 1, 11, recorded())])
    store.close()
    return tmp_path


def test_without_a_station_the_books_answer(books: Path, capsys: Captured) -> None:
    assert main(["selftest", "--state", str(books)]) == 1
    text = capsys.readouterr().out
    assert "No station answers: these are the results in its books." in text
    assert "EVSE 1: 1 failed, 1 passed, 1 absent, 28 not run" in text
    assert main(["trace", "--state", str(books)]) == 0
    assert capsys.readouterr().out.startswith("trace 2, EVSE 2, PeLost")
    assert main(["trace", "--evse", "1", "--state", str(books)]) == 0
    assert capsys.readouterr().out.startswith("trace 1, EVSE 1, asked for")
    assert main(["trace", "--list", "--json", "--state", str(books)]) == 0
    numbers = [each["number"] for each in json.loads(capsys.readouterr().out)["traces"]]
    assert numbers == [2, 1]
    assert main(["trace", "--number", "9", "--state", str(books)]) == 1
    assert "no trace 9 is kept" in capsys.readouterr().err
    assert main(["trace", "--evse", "7", "--state", str(books)]) == 1
    assert "no trace is kept" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["selftest", "--run"], ["trace", "--freeze"]])
def test_what_needs_a_station_is_not_answered_by_books(
    books: Path, capsys: Captured, words: list[str]
) -> None:
    assert main([*words, "--state", str(books)]) == 3
    assert "no station answers" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["selftest", "trace"])
def test_without_station_and_books_the_code_is_3(
    tmp_path: Path, capsys: Captured, verb: str
) -> None:
    assert main([verb, "--state", str(tmp_path)]) == 3
    assert "is not there" in capsys.readouterr().err
