"""Receipt as PDF: A4 pages in Helvetica, which every reader has, so no font is embedded.

``pydyf`` writes the file and is imported when somebody asks for one. Letters beyond Windows-1252
are shown as "?".
"""

import io
from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import Any

from ampkeeper.firmware.billing.receipt import Line, Paper

WIDTH, HEIGHT = 595, 842  # points: A4
LEFT, RIGHT, TOP, BOTTOM = 56, 539, 786, 70
LAST = 40  # below it printers cut
AMOUNT_X, FACTS_X = 430, 170
SIZE, TITLE_SIZE, SMALL = 10, 18, 8
LINE = 15  # from one line to the next
CHARS_MAX = 66  # of a line of the table, or of a fact; more goes on below it
NOTE_CHARS_MAX = 82  # of a line in the small size
DIGIT = 556  # thousandths of the size, Helvetica
WIDTHS = {" ": 278, ".": 278, ",": 278, ":": 278, "-": 333, "k": 500, "W": 944, "h": 556}
CAPITAL = 700  # of a currency, nearly
REGULAR, STRONG = "/F1", "/F2"


def to_pdf(paper: Paper, add: Callable[[Any], None] | None = None) -> bytes:
    """The document as a file; ``add`` may put more objects into it before it is written."""
    import pydyf

    pdf = pydyf.PDF()
    regular = _font(pydyf, "Helvetica")
    strong = _font(pydyf, "Helvetica-Bold")
    pdf.add_object(regular)
    pdf.add_object(strong)
    for lines in _pages(paper):
        stream = pydyf.Stream([line.encode("cp1252", "replace") for line in lines])
        pdf.add_object(stream)
        pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": pdf.pages.reference,
                    "Contents": stream.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Resources": pydyf.Dictionary(
                        {
                            "Font": pydyf.Dictionary(
                                {"F1": regular.reference, "F2": strong.reference}
                            )
                        }
                    ),
                }
            )
        )
    if add is not None:
        add(pdf)
    file = io.BytesIO()
    pdf.write(file)
    return file.getvalue()


def _font(pydyf: Any, name: str) -> Any:
    return pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type1",
            "BaseFont": f"/{name}",
            "Encoding": "/WinAnsiEncoding",
        }
    )


def _pages(paper: Paper) -> Iterator[list[str]]:
    """What is drawn on each page."""
    drawn, y = _first(paper)
    for line in paper.lines:
        shown = _folded(line.what)
        if y - LINE * len(shown) < BOTTOM + LINE * 4:
            yield drawn
            drawn, y = [], TOP
        drawn += _line(line, shown, y)
        y -= LINE * len(shown)
    y -= LINE * 2
    for text in paper.ends:
        for part in _folded(text, NOTE_CHARS_MAX):
            if y < LAST:
                yield drawn
                drawn, y = [], TOP
            drawn.append(_text(LEFT, y, part, SMALL))
            y -= LINE
    yield drawn


def _first(paper: Paper) -> tuple[list[str], int]:
    """Sender, title and facts."""
    drawn, y = [], TOP
    for text in (paper.letterhead.name, *paper.letterhead.address):
        if text:
            drawn.append(_text(LEFT, y, text[:CHARS_MAX], SIZE))
            y -= LINE
    y -= LINE * 2
    drawn.append(_text(LEFT, y, paper.title, TITLE_SIZE, STRONG))
    drawn.append(_text(LEFT, y - LINE * 2, paper.date, SIZE))
    y -= LINE * 4
    for name, value in paper.facts:
        drawn.append(_text(LEFT, y, name, SIZE))
        for part in _folded(value):
            drawn.append(_text(FACTS_X, y, part, SIZE))
            y -= LINE
    return drawn, y - LINE


def _line(line: Line, shown: list[str], y: int) -> list[str]:
    font = STRONG if line.is_strong else REGULAR
    drawn = [f"0.5 w {LEFT} {y + SIZE + 1} m {RIGHT} {y + SIZE + 1} l S"]
    drawn += [_text(LEFT, y - LINE * row, part, SIZE, font) for row, part in enumerate(shown)]
    for end, text in ((AMOUNT_X, line.amount), (RIGHT, line.price)):
        drawn.append(_text(round(end - _width(text), 2), y, text, SIZE, font))
    return drawn


def _text(x: float, y: int, text: str, size: int, font: str = REGULAR) -> str:
    shown = "".join(one if one >= " " else " " for one in text)
    for mark in ("\\", "(", ")"):
        shown = shown.replace(mark, f"\\{mark}")
    return f"BT {font} {size} Tf {x} {y} Td ({shown}) Tj ET"


def _width(text: str) -> float:
    """Of an amount, in points; letters of a currency are nearly of one width."""
    each = (WIDTHS.get(one, CAPITAL if one.isupper() else DIGIT) for one in text)
    return sum(each) * SIZE / 1000


def _folded(text: str, chars_max: int = CHARS_MAX) -> list[str]:
    """Between words; within one only where it is longer than a line."""
    return wrap(text, chars_max) or [""]
