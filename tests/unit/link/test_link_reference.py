"""The reference page says what the table says."""

from ampkeeper.hal.link.messages import MESSAGES
from ampkeeper.hal.link.reference import reference
from tests.unit.link.write_reference import PAGE, written


def test_the_reference_page_is_current() -> None:
    page = PAGE.read_text()
    assert page == written(page), "run: python -m tests.unit.link.write_reference"


def test_every_message_and_field_has_its_line() -> None:
    text = reference()
    for _, name, _, fields in MESSAGES:
        assert f" {name}\n" in text
        for field in fields:
            assert f"`{field[0]}`" in text
