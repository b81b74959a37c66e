"""``ampkeeper config diff``, ``backup`` and ``restore``: what comes back, and what never goes."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import backup, backup_formats, main
from ampkeeper.firmware.store.changes import SaveSetting
from ampkeeper.firmware.store.store import STORE_FILE, Store
from ampkeeper.firmware.users.book import User, removed
from ampkeeper.firmware.users.changes import SaveUsers

TIME_OUT, SECRET = "TxCtrlr.EVConnectionTimeOut", "SecurityCtrlr.BasicAuthPassword"
ANNA, BOB = User(1, "Anna", ("A1",), budget_wh=50_000), User(2, "Bob", ("B1",))
CONFIG = """[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"
[board]
name = "emulated"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 32
phases = 3
socket = true
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "ampkeeper.toml").write_text(CONFIG)
    store = Store(tmp_path / STORE_FILE)
    store.commit([SaveSetting(TIME_OUT, "60"), SaveSetting(SECRET, "hush-hush-hush-hush")])
    store.commit([SaveUsers((ANNA, BOB))])
    store.close()
    return tmp_path


def run(place: Path, *words: str) -> int:
    verb, *rest = words
    where = [] if verb == "diff" else ["--config", str(place / "ampkeeper.toml")]
    return main(["config", verb, "--state", str(place), *where, *rest])


def books(place: Path) -> tuple[dict[str, str], list[User]]:
    store = Store(place / STORE_FILE)
    found = store.settings(), store.users()
    store.close()
    return found


def test_what_was_kept_comes_back_and_secrets_stay_where_they_are(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = place / "kept.json"
    assert run(place, "backup", str(kept)) == 0
    assert "passwords, keys and certificates" in " ".join(capsys.readouterr().out.split())
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "hush" not in kept.read_text()
    assert SECRET in json.loads(kept.read_text())["left_out"]
    (place / "ampkeeper.toml").write_text(CONFIG.replace("32", "16"))
    store = Store(place / STORE_FILE)
    store.commit([SaveSetting(TIME_OUT, "99"), SaveSetting("TxCtrlr.StopTxOnInvalidId", "false")])
    store.commit([SaveUsers((removed(ANNA), User(2, "Bob", ("A1",)), User(3, "Eve", ("E1",))))])
    store.close()
    assert run(place, "restore", str(kept)) == 0
    assert (place / "ampkeeper.toml").read_text() == CONFIG
    settings, users = books(place)
    assert settings == {TIME_OUT: "60", SECRET: "hush-hush-hush-hush"}
    there = {user.name: (user.cards, user.budget_wh) for user in users if not user.is_removed}
    assert there == {"Anna": (("A1",), 50_000), "Bob": (("B1",), None)}
    assert not list(place.glob("*.restored"))


CARDS = """# the boss has 04a224b1
[[vehicle]]
tags = ["0BCAFE01"]
"""


def test_numbers_of_cards_are_told_of_or_masked_wherever_they_stand(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place / "ampkeeper.toml"
    told = CONFIG.replace('"free"', '"ocpp"\ntags = ["04A224B1", "A10"]') + CARDS
    file.write_text(told)
    assert run(place, "backup", str(place / "all.json")) == 0
    assert "with the numbers of 5 cards" in " ".join(capsys.readouterr().out.split())
    masked = place / "masked.json"
    assert run(place, "backup", str(masked), "--without-cards") == 0
    found = json.loads(masked.read_text())
    assert "the numbers of cards" in found["left_out"]
    assert [one["cards"] for one in found["users"]] == [[], []]
    assert found["config"] == told.replace("04A224B1", "***").replace("04a224b1", "***").replace(
        "0BCAFE01", "***"
    ).replace("A10", "***")
    assert run(place, "restore", str(masked)) != 0
    assert "made without cards" in " ".join(capsys.readouterr().err.split())
    assert file.read_text() == told


LOGS = """
[delivery]
push_url = "https://example.com/"
[[monthly_log]]
user = "DEADBEEF01"
push = true
[[monthly_log]]
user = "anna"
push = true
"""


def test_the_card_of_a_monthly_log_is_masked_and_the_name_of_a_user_is_not(place: Path) -> None:
    (place / "ampkeeper.toml").write_text(CONFIG + LOGS)
    masked = place / "masked.json"
    assert run(place, "backup", str(masked), "--without-cards") == 0
    assert json.loads(masked.read_text())["config"] == CONFIG + LOGS.replace("DEADBEEF01", "***")


@pytest.mark.parametrize("left_out", [5, None, True, {}, "the numbers of cards"])
def test_a_document_whose_left_out_is_no_list_is_refused_in_words(
    place: Path, capsys: pytest.CaptureFixture[str], left_out: Any
) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"left_out": left_out}))
    assert run(place, "restore", str(kept)) != 0
    assert '"left_out" is no list' in " ".join(capsys.readouterr().err.split())


def test_a_restore_is_in_the_audit(place: Path) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    assert run(place, "restore", str(kept)) == 0
    store = Store(place / STORE_FILE)
    (line,) = store.audit(10)
    store.close()
    made = json.loads(kept.read_text())["made"]
    assert (line.who, line.way) == ("somebody at the station", "command line")
    assert (line.action, line.result) == ("config restore", "ordered")
    assert line.detail == f"made={made} settings=1 users=2"


def test_a_refused_restore_changes_no_audit(place: Path) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    kept.write_text(kept.read_text().replace('"60"', '"sixty"'))
    assert run(place, "restore", str(kept)) != 0
    store = Store(place / STORE_FILE)
    assert store.audit(10) == []
    store.close()


def test_a_backup_from_before_there_were_users_restores(place: Path) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    document = json.loads(kept.read_text())
    del document["users"], document["left_out"]
    document["format"] = 1
    kept.write_text(json.dumps(document))
    assert run(place, "restore", str(kept)) == 0
    assert all(user.is_removed for user in books(place)[1])


def test_a_setting_that_is_gone_is_left_out_and_named(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    document = json.loads(kept.read_text())
    document["settings"] |= {"OldCtrlr.Color": "red", "OldCtrlr.Bell": "1", TIME_OUT: "61"}
    kept.write_text(json.dumps(document))
    capsys.readouterr()
    assert run(place, "restore", str(kept), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dropped"] == ["OldCtrlr.Bell", "OldCtrlr.Color"]
    assert "left out, as this software has none: OldCtrlr.Bell, OldCtrlr.Color" in told["result"]
    assert books(place)[0] == {TIME_OUT: "61", SECRET: "hush-hush-hush-hush"}
    store = Store(place / STORE_FILE)
    assert store.audit(1)[0].detail.endswith(" left_out=2")
    store.close()


def test_each_format_has_one_step_to_the_next() -> None:
    assert list(backup_formats.STEPS) == list(range(1, backup_formats.FORMAT))
    for number in backup_formats.STEPS:
        document = {"format": number, "config": "x"}
        assert backup_formats.migrated(document, "x")["format"] == backup_formats.FORMAT
        assert document == {"format": number, "config": "x"}, "a step leaves what it is given"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "x"}, "is no backup"),
        ({"format": 0}, "format 0: this software knows 1 to 2"),
        ({"format": True}, "format True: this software knows 1 to 2"),
        ({"format": 3, "software": "9.1"}, "format 3: made by newer software ('9.1'); this one"),
        ({"left_out": None}, '"left_out" is no list'),
        ({"config": 7}, '"config" is missing'),
        ({"config": CONFIG + "[nonsense]\n"}, "nonsense"),
        ({"settings": {"no name": "1"}}, "is no name of a setting"),
        ({"settings": {"SmartChargingCtrlr.NoSuch": "1"}}, "it may guard something"),
        ({"settings": {"EVSE@1.NoSuch": "1"}}, "it may guard something"),
        ({"settings": {SECRET: "x"}}, "is a secret, or its"),
        ({"settings": {TIME_OUT: 60}}, "value is no text"),
        ({"settings": {TIME_OUT: "soon"}}, "TxCtrlr.EVConnectionTimeOut"),
        ({"users": [{"name": "A", "cards": ["X"]}, {"name": "B", "cards": ["X"]}]}, "card X"),
        ({"users": [{"name": "", "cards": []}]}, "1 to 60 characters"),
        ({"users": [7]}, "no list of users"),
    ],
)
def test_a_backup_with_a_problem_changes_nothing(
    place: Path, change: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    kept.write_text(json.dumps(json.loads(kept.read_text()) | change))
    (place / "ampkeeper.toml").write_text(CONFIG.replace("32", "16"))
    before = books(place)
    assert run(place, "restore", str(kept)) in (1, 2)
    assert said in capsys.readouterr().err
    assert books(place) == before
    assert "16" in (place / "ampkeeper.toml").read_text()
    assert not list(place.glob("*.restored"))


def test_a_station_that_runs_is_not_changed_under_its_feet(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    store = Store(place / STORE_FILE)
    assert run(place, "restore", str(kept)) == 1
    assert "a station runs there: stop it first" in capsys.readouterr().err
    store.close()


def test_a_disk_that_fails_at_the_end_leaves_the_old_file(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = place / "kept.json"
    run(place, "backup", str(kept))
    (place / "ampkeeper.toml").write_text(CONFIG.replace("32", "16"))

    def fails(*paths: object) -> None:
        raise OSError(5, "Input/output error", str(paths[1]))

    monkeypatch.setattr(backup.os, "replace", fails)
    assert run(place, "restore", str(kept)) == 1
    assert (place / "ampkeeper.toml").read_text() == CONFIG.replace("32", "16")
    assert not list(place.glob("*.restored"))


def test_nothing_is_written_over(place: Path) -> None:
    kept = place / "kept.json"
    kept.write_text("mine")
    assert run(place, "backup", str(kept)) == 1
    assert kept.read_text() == "mine"


def test_differences_are_told_by_key(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = place / "other.toml"
    other.write_text(CONFIG.replace("max_a = 32", "max_a = 16"))
    mine = str(place / "ampkeeper.toml")
    assert run(place, "diff", mine, str(other), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"changes": [{"key": "evse.1.max_a", "old": 32, "new": 16}]}
    assert run(place, "diff", mine, mine) == 0
    assert capsys.readouterr().out == "no differences\n"
