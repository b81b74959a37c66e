"""A record is said again: the same answers pass, another one is told, a bad record is refused."""

from pathlib import Path

import pytest

from ampkeeper.board.emulated.rig.central import DemoCentral
from ampkeeper.board.emulated.rig.command import EXAMPLES
from ampkeeper.firmware.faces.cli import main

FAST = ("--speed", "1000")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    story = tmp_path / "story.toml"
    text = (EXAMPLES / "broken_cable.toml").read_text()
    story.write_text(f'given.versions = ["1.6"]\n{text}')
    assert main(["scenario", str(story), "--virtual", "--record", str(tmp_path)]) == 0
    return tmp_path / "story-AK0001.jsonl"


def test_the_same_central_system_gives_the_same_answers(
    record: Path, demo_csms: DemoCentral, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scenario", "--replay", str(record), "--csms", demo_csms.url, *FAST]
    assert main(words) == 0, capsys.readouterr().out
    assert " 0 answered otherwise" in capsys.readouterr().out
    assert demo_csms.calls("StopTransaction", "AK0001") != []
    assert demo_csms.rejected == []
    demo_csms.judge("04A224B1", "Blocked")
    try:
        assert main(words) == 1
    finally:
        demo_csms.judge("04A224B1", "Accepted")
    assert "Authorize" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no frame in it"),
        ("hello\n", r"record:1: 'hello': must be JSON with station"),
        ('{"station": "A"}\n', "record:1: .*must be JSON with station"),
    ],
)
def test_what_is_no_record_is_refused(
    text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record"
    file.write_text(text)
    assert main(["scenario", "--replay", str(file), "--csms", "ws://127.0.0.1:9/ocpp"]) == 2
    said = capsys.readouterr().err
    assert why.split(".*")[-1] in said
    assert "nothing was started" in said
