"""QR codes: what is drawn is the code, with the light modules around that readers need."""

import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.faces.qr import QUIET, drawn

RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def dark(path: str) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    assert RUN.sub("", path) == ""
    for x, y, width, back in (map(int, one) for one in RUN.findall(path)):
        assert width == back
        found |= {(x + step, y) for step in range(width)}
    return found


@given(st.text("abcXYZ0189:/?&=._-", min_size=1, max_size=300))
def test_the_path_has_exactly_the_dark_modules_within_the_light_ones(text: str) -> None:
    size, path = drawn(text)
    wanted = segno.make(text, error="m", micro=False).matrix
    assert size == len(wanted) + 2 * QUIET
    modules = ((x, y) for y, row in enumerate(wanted) for x, one in enumerate(row) if one)
    assert dark(path) == {(x + QUIET, y + QUIET) for x, y in modules}


def test_what_fits_into_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        drawn("x" * 3_000)
