"""The page of all keys: it is what the reader takes, and what is shipped."""

from pathlib import Path
from typing import Any

import pytest

import ampkeeper.hal.meters
from ampkeeper.hal.meters import reference
from ampkeeper.hal.meters.checked import Table
from ampkeeper.hal.meters.make import FOLDER, names
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.words import TYPES

PAGE = Path(next(iter(ampkeeper.hal.meters.__path__))) / "MAPS.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page(), "print it anew: see reference.py"


def test_every_type_is_explained() -> None:
    assert tuple(reference.MEANINGS) == TYPES


def test_the_page_has_every_key_that_is_taken_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: set[str] = set()
    take, has = Table._take, Table.has

    def note(table: Table, key: str) -> None:
        path = table.where.partition(": ")[2].partition("[")[0]
        parts = path.split(".") if path else []
        parts[1:] = ["NAME"] if parts[:1] == ["quantities"] and len(parts) > 1 else []
        taken.add(".".join([*parts, key]))

    def noting_take(table: Table, key: str, allowed: str) -> Any:
        note(table, key)
        return take(table, key, allowed)

    def noting_has(table: Table, key: str) -> bool:
        note(table, key)
        return has(table, key)

    monkeypatch.setattr(Table, "_take", noting_take)
    monkeypatch.setattr(Table, "has", noting_has)
    for name in names():
        load_map(FOLDER / f"{name}.toml")
    shown = {key.replace("[", "").replace("]", "") for key, _, _ in reference.KEYS}
    tables = {key for key in taken if key in ("blocks", "quantities", "serial", "code")}
    of_quantities = {key for key in taken if key.startswith("quantities.") and "NAME" not in key}
    assert taken - tables - of_quantities == shown
