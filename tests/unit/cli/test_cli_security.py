"""``ampkeeper security``: from a station's books while it is off, and what is refused."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.store.changes import AddSecurityEvent
from ampkeeper.firmware.store.store import STORE_FILE, Store
from tests.support.pki import Authority, root

NOW = datetime.now(UTC)  # the command reads the machine's clock
OK, NO, NOT_REACHABLE = 0, 1, 3


@pytest.fixture
def state(tmp_path: Path) -> Path:
    store = Store(tmp_path / STORE_FILE)
    store.commit([AddSecurityEvent("StartupOfTheDevice", NOW, "firmware 1", True)])
    store.close()
    return tmp_path


def run(state: Path, *words: str) -> int:
    return main(["security", words[0], "--state", str(state), *words[1:]])


def asked(capsys: pytest.CaptureFixture[str], state: Path, *words: str) -> Any:
    code = run(state, *words, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_the_log_is_read_from_the_books(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = asked(capsys, state, "log")
    assert code == OK
    (event,) = answer["events"]
    assert (event["type"], event["tech_info"], event["waits"]) == (
        "StartupOfTheDevice",
        "firmware 1",
        True,
    )
    assert run(state, "log") == OK
    assert "StartupOfTheDevice" in capsys.readouterr().out


def test_a_root_is_added_listed_and_logged(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = state / "root.pem"
    file.write_text(Authority("Our root", NOW).pem)
    assert asked(capsys, state, "add", str(file))[0] == OK
    code, answer = asked(capsys, state, "certificates")
    assert code == OK
    (found,) = answer["certificates"]
    assert found["usage"] == "CentralSystemRoot"
    assert "Our root" in found["subject"]
    newest = asked(capsys, state, "log")[1]["events"][0]
    assert newest["type"] == "ReconfigurationOfSecurityParameters"
    assert "by a person" in newest["tech_info"]
    assert run(state, "certificates") == OK
    assert "CentralSystemRoot" in capsys.readouterr().out


def test_a_makers_root_is_added_as_such(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = state / "root.pem"
    file.write_text(Authority("Maker", NOW).pem)
    assert run(state, "add", str(file), "--of", "maker") == OK
    capsys.readouterr()
    answer = asked(capsys, state, "certificates")[1]
    assert answer["certificates"][0]["usage"] == "ManufacturerRoot"


@pytest.mark.parametrize("case", ["garbage", "expired", "oversize"])
def test_a_bad_root_is_refused_in_words(
    state: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    file = state / "root.pem"
    text = {
        "garbage": "rubbish",
        "expired": root("Old", NOW, ends=-timedelta(days=1)).pem,
        "oversize": root("Big", NOW).pem + "x" * 100_000,
    }[case]
    file.write_text(text)
    code, answer = asked(capsys, state, "add", str(file))
    assert code == NO
    assert str(file) in answer["error"]
    assert asked(capsys, state, "certificates")[1] == {"certificates": []}


def test_a_file_that_is_not_there_is_named(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = asked(capsys, state, "add", str(state / "none.pem"))
    assert code == NO
    assert "none.pem" in answer["error"]


@pytest.mark.parametrize("words", [("log",), ("certificates",), ("wipe",), ("profile", "1")])
def test_without_a_station_and_its_books_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(tmp_path / "nowhere", *words) == NOT_REACHABLE
    assert "nowhere" in capsys.readouterr().err


def test_a_profile_is_lowered_while_the_station_is_off(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = asked(capsys, state, "profile", "1")
    assert code == OK
    assert "next start" in answer["result"]
    store = Store(state / STORE_FILE)
    assert store.settings() == {"SecurityCtrlr.SecurityProfile": "1"}
    code, answer = asked(capsys, state, "profile", "0")  # somebody has the store
    assert code == NO
    store.close()


@pytest.mark.parametrize("number", ["4", "-1", "two"])
def test_what_is_no_profile_is_refused(state: Path, number: str) -> None:
    assert run(state, "profile", number) not in (OK, NO)
