"""The reference page says what the table says."""

from pathlib import Path

import ampkeeper.hal.link as package
from ampkeeper.hal.link.messages import MESSAGES
from ampkeeper.hal.link.reference import BEGIN, END, reference, write

PAGE = Path(str(package.__file__)).with_name("README.md")


def test_the_reference_page_is_current() -> None:
    _, _, rest = PAGE.read_text().partition(BEGIN + "\n")
    assert rest.partition(END)[0] == reference(), "run: python -m ampkeeper.hal.link.reference"


def test_every_field_has_its_line() -> None:
    text = reference()
    for _, name, _, fields in MESSAGES:
        assert f" {name}\n" in text
        for field in fields:
            assert f"`{field[0]}`" in text


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(PAGE.read_text())
    write(copy)
    assert copy.read_text() == PAGE.read_text()
