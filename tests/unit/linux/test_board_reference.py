"""The page of board.toml says what the declaration says."""

from pathlib import Path

from ampkeeper.hal.linux import board_keys as keys
from ampkeeper.hal.linux.board_reference import page

PAGE = Path(__file__).parents[3] / "docs" / "board-toml.md"


def test_the_page_is_current() -> None:
    hint = "run: python -m ampkeeper.hal.linux.board_reference > docs/board-toml.md"
    assert PAGE.read_text() == page(), hint


def test_every_key_and_name_has_its_line() -> None:
    text = page()
    for section in keys.SECTIONS:
        assert f"## [{section.name}]" in text
        for each in (*section.keys, *section.names):
            assert f"| `{each.name}` |" in text
            assert each.help
