"""The page about the control API says what the code does."""

from ampkeeper.board.emulated import keys, reference
from ampkeeper.board.emulated.control import PATHS


def test_the_table_in_the_readme_is_current() -> None:
    page = reference.README.read_text(encoding="utf-8")
    hint = "run: python -m ampkeeper.board.emulated.reference"
    assert page == reference.with_table(page), hint


def test_the_page_names_every_path() -> None:
    page = reference.README.read_text(encoding="utf-8")
    assert [path for path in PATHS if path not in page] == []


def test_every_key_is_in_the_table() -> None:
    table = reference.table()
    assert all(f"| `{key.name}` |" in table for _, section in keys.SECTIONS for key in section)
