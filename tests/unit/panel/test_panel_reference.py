"""Page and picture of the panel say what the table says."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import ampkeeper.firmware.faces.panel as package
from ampkeeper.firmware.faces.panel.reference import PAGE_FILE, PICTURE_FILE, page, picture
from ampkeeper.firmware.faces.panel.table import LOOKS, NAMES, PATTERNS

FOLDER = Path(str(package.__file__)).parent
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("name", "made"), [(PAGE_FILE, page), (PICTURE_FILE, picture)])
def test_page_and_picture_are_current(name: str, made) -> None:
    hint = "run: python -m ampkeeper.firmware.faces.panel.reference"
    assert (FOLDER / name).read_text("utf-8") == made(), hint


def test_every_name_has_its_line() -> None:
    assert all(f"| `{name}` |" in page() for name in NAMES)


def test_every_lamp_is_drawn_and_blinks_as_long_as_its_pattern() -> None:
    lamps = ElementTree.fromstring(picture()).findall(f"{SVG}circle")
    assert len(lamps) == len(NAMES)
    for lamp, look in zip(lamps, LOOKS.values(), strict=True):
        blink = lamp.find(f"{SVG}animate")
        steps = PATTERNS[look.pattern]
        assert (blink is None) == (steps == ())
        if blink is not None:
            assert blink.get("dur") == f"{sum(steps)}ms"
            assert len(str(blink.get("keyTimes")).split(";")) == len(steps)
