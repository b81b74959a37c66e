"""Completions and the manual page: made from the grammar, and whole."""

import argparse
import shutil
import subprocess
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.completion import SHELLS, manual, places, script
from ampkeeper.firmware.faces.cli.parser import make_parser

PAGE = Path(__file__).parents[3] / "docs" / "ampkeeper.1"
ACTS = {  # these make something, or are a tool for people; none tells what is so
    "boot", "completion", "image build", "image factory", "image keygen", "image sign",
    "image trust", "pilot part", "pilot shell", "pilot where",
}  # fmt: skip


def completed(script_text: str, *words: str) -> set[str]:
    line = " ".join(f"'{word}'" for word in ("ampkeeper", *words))
    text = f"{script_text}\nCOMP_WORDS=({line}); COMP_CWORD={len(words)}; _ampkeeper\n"
    text += 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("sta",), {"status", "start"}),
        (("user", ""), {"list", "add", "change", "remove", "learn", "import", "-h", "--help"}),
        (("user", "add", "Anna", "--b"), {"--budget-kwh"}),
        (("user", "add", "--card", ""), set()),
        (("user", "list", "--state", "learn", "--j"), {"--json"}),
        (("sessions", "--li"), {"--limit"}),
    ],
)
def test_bash_is_told_what_the_grammar_has_there(words: tuple[str, ...], wanted: set[str]) -> None:
    found = completed(script("bash", make_parser()), *words)
    assert found == wanted if words[-1] or not wanted else wanted <= found | {"-h", "--help"}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_there(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for place in places(make_parser()):
        for word, _ in place.words:
            assert (word.lstrip("-") if shell == "fish" else word) in text


def test_the_manual_page_is_the_one_in_the_docs() -> None:
    wanted = "run `ampkeeper completion man > docs/ampkeeper.1`"
    assert PAGE.read_text("utf-8") == manual(make_parser()), wanted


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_page_is_sound() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-z", str(PAGE)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "error" not in done.stderr


def test_every_command_that_tells_something_can_answer_in_json() -> None:
    lacking = set()
    waiting: list[tuple[str, argparse.ArgumentParser]] = [("", make_parser())]
    while waiting:
        path, parser = waiting.pop()
        below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        for action in below:
            waiting += [(f"{path} {name}".strip(), sub) for name, sub in action.choices.items()]
        has_json = any("--json" in action.option_strings for action in parser._actions)
        if not below and not has_json:
            lacking.add(path)
    assert lacking == ACTS
