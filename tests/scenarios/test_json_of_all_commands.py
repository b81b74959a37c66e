"""``--json``: each command that tells something prints one JSON document, also when it cannot."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.parser import make_parser
from tests.scenarios.web_process import Charger, charger_with_page

TELLS = {  # command: what else it is given; FILE is the configuration
    "status": (),
    "why": (),
    "why --history": (),
    "site": (),
    "sessions": (),
    "faults": (),
    "selftest": (),
    "trace": (),
    "trace --list": (),
    "tag list": (),
    "seal show": (),
    "security log": (),
    "security certificates": (),
    "csms show": (),
    "config check": ("FILE",),
    "config show": ("FILE",),
    "config diff": ("FILE", "FILE"),
    "image status": (),
    "image show": ("FILE",),
    "image verify": ("FILE", "--root", "FILE"),
    "meter detect": ("--port", "/dev/null"),
    "meter read": ("--port", "/dev/null"),
    "mode": (),
    "price show": (),
    "grid show": (),
    "grid export": (),
    "grid key": (),
    "grid verify": ("FILE",),
    "ocmf export": ("nothing",),
    "ocmf key": (),
    "ocmf verify": ("FILE",),
    "charges": (),
    "receipt": ("nothing",),
    "payments list": (),
    "web show": (),
    "web audit": (),
    "user list": (),
    "commission show": (),
    "privacy export": ("nobody",),
}
CHANGES = {  # they print one document too, which their own tests show
    "charge", "commission begin", "commission enter", "commission finish", "commission report",
    "config backup", "config restore", "csms set", "csms undo", "depart", "doctor", "grid cap",
    "grid release", "image install", "limit", "payments claim", "payments release", "pilot flash",
    "price push", "privacy delete", "seal set", "security add", "security profile",
    "security wipe", "start", "stop", "tag clear", "tag present", "user add", "user change",
    "user import", "user learn", "user remove", "web reset",
}  # fmt: skip
STREAMS = {"emulate", "run", "meter watch"}  # lines of JSON, as long as they run
RIGS = {"scenario", "simulate", "fleet"}  # play chargers; their own tests show what they print
NO_JSON = {  # make files, print text for other programs, or hand the terminal over
    "boot", "completion", "image build", "image factory", "image keygen", "image sign",
    "image trust", "pilot part", "pilot shell", "pilot where",
}  # fmt: skip

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def charger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Charger]:
    with charger_with_page(tmp_path_factory.mktemp("told")) as running:
        yield running


def leaves(parser: argparse.ArgumentParser) -> Iterator[tuple[str, set[str]]]:
    """Each command and its options."""
    waiting = [("", parser)]
    while waiting:
        name, one = waiting.pop()
        inner = [each for each in one._actions if isinstance(each, argparse._SubParsersAction)]
        children = [pair for action in inner for pair in action.choices.items()]
        waiting += [(f"{name} {word}".strip(), child) for word, child in children]
        if not children:
            yield name, {text for each in one._actions for text in each.option_strings}


def told_by(
    words: list[str], more: tuple[str, ...], state: Path, file: Path, capsys: pytest.CaptureFixture
) -> tuple[int, object]:
    """The exit code, and the one document."""
    options = OPTIONS[" ".join(one for one in words if not one.startswith("--"))]
    places = [*(["--state", str(state)] if "--state" in options else [])]
    places += ["--config", str(file)] if "--config" in options else []
    more_words = [str(file) if one == "FILE" else one for one in more]
    code = main([*words, *more_words, *places, "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)


OPTIONS = dict(leaves(make_parser()))


def test_every_command_is_here() -> None:
    plain = {" ".join(one for one in name.split() if not one.startswith("--")) for name in TELLS}
    own = {name for name in OPTIONS if name.split()[0] not in RIGS}
    assert own == plain | CHANGES | STREAMS | NO_JSON
    assert {name for name in own if "--json" not in OPTIONS[name]} == NO_JSON


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["limit"], "one of the arguments A|off --clear is required"),
        (["limit", "5a"], "argument A|off:"),
        (["status", "--nothing"], "unrecognized arguments: --nothing"),
        (["nothing"], "argument COMMAND: invalid choice: 'nothing' (choose from"),
        (["statsu"], "argument COMMAND: invalid choice: 'statsu', maybe 'status'?"),
        (["user", "lst"], "argument VERB: invalid choice: 'lst', maybe 'list'?"),
    ],
)
def test_wrong_usage_is_one_document_too(
    words: list[str], error: str, capsys: pytest.CaptureFixture
) -> None:
    assert main([*words, "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["error"].startswith(error)
    assert told.err == ""


@pytest.mark.parametrize("name", sorted(TELLS))
def test_it_tells_as_one_document(
    name: str, charger: Charger, capsys: pytest.CaptureFixture
) -> None:
    folder = charger.folder
    words, file = name.split(), folder / "charger.toml"
    code, told = told_by(words, TELLS[name], folder / "state", file, capsys)
    assert isinstance(told, dict | list)
    assert (code != 0) == ("error" in told), told


@pytest.mark.parametrize("name", sorted(TELLS))
def test_without_a_station_it_says_so_in_one_document(
    name: str, tmp_path: Path, charger: Charger, capsys: pytest.CaptureFixture
) -> None:
    file = charger.folder / "charger.toml"
    code, told = told_by(name.split(), TELLS[name], tmp_path / "nowhere", file, capsys)
    assert isinstance(told, dict | list)
    assert (code != 0) == ("error" in told), told
