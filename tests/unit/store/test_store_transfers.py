"""Where transfers stand survives, each under its name."""

from pathlib import Path

import pytest

from ampkeeper.firmware.store.changes import SaveTransfer
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store


def test_the_newest_text_of_each_name_survives(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    assert store.transfers() == {}
    store.commit([SaveTransfer("update", "one"), SaveTransfer("owed", "[]")])
    store.commit([SaveTransfer("update", "two")])
    store.close()
    again = Store(tmp_path / "a.db")
    assert again.transfers() == {"update": "two", "owed": "[]"}
    again.close()


def test_a_text_that_is_too_long_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    with pytest.raises(StoreError):
        store.commit([SaveTransfer("owed", "x"), SaveTransfer("update", "x" * 65_537)])
    assert store.transfers() == {}
    store.close()
