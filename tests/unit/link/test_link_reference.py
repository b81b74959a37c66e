"""The reference page says what the table says."""

from ampkeeper.hal.link.messages import MESSAGES
from ampkeeper.hal.link.reference import WORDS, fields_of, reference
from tests.unit.link.write_reference import PAGE, written


def test_the_reference_page_is_current() -> None:
    page = PAGE.read_text()
    assert page == written(page), "run: python -m tests.unit.link.write_reference"


def test_every_message_and_field_has_its_line() -> None:
    text = reference()
    assert len(WORDS) == len(MESSAGES)
    for kind, (name, _, words) in enumerate(WORDS, 1):
        assert f"### {kind} {name}\n" in text
        assert list(words) == [field.name for field in fields_of(kind)]
        for field, (_, meaning) in words.items():
            assert f"`{field}`" in text
            assert meaning, field
