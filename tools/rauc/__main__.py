"""Write ``docs/rauc.md``: what our check of an image and rauc say of a corpus of wrong bundles.

``python -m tools.rauc --mutants 5000``: so many of each format; some minutes.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

from tools.rauc.compare import EXPLAINED, SEED, Court, Row
from tools.rauc.corpus import CHANGES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rauc.md"
HEAD = """# Our check of an image, and rauc's of a bundle

What our check and rauc 1.8 say of the same wrong bundles: {tried:,} in all, seed {seed}.
Ours judges the image around the bundle; `rauc info` and `rauc install` the bundle alone.
`rauc install` is tried of what `rauc info` takes.
A bundle of format `verity` needs device-mapper for that, and was not installed here.
A station asks both: what one of them refuses is not installed.

Made by `python -m tools.rauc`.
`tests/conformance/test_rauc_verdicts.py` tries a small part of it at each run.

Of {mutants:,} bundles that were damaged behind the maker's back, {refused:,} are refused by rauc;
ours takes {alone} of them.

| format | what was done | tried | refused by us | by `rauc info` | by `rauc` in the end | |
|---|---|---:|---:|---:|---:|---|
"""
MUTANTS = 1_000


def main() -> int:
    """The exit code: 1 if there is a difference that nobody explains."""
    parser = argparse.ArgumentParser(prog="python -m tools.rauc", description=__doc__)
    parser.add_argument("--mutants", type=int, default=MUTANTS, metavar="N")
    number = parser.parse_args().mutants
    with TemporaryDirectory() as folder, Court(Path(folder)) as court:
        if court.why_no_installs:
            sys.stderr.write(f"not the whole table: {court.why_no_installs}\n")
            return 1
        rows = list(track(court.rows(number), console=Console(stderr=True)))
    PAGE.write_text(page(rows), encoding="utf-8")
    return 1 if unexplained(rows) else 0


def unexplained(rows: Iterable[Row]) -> list[str]:
    """Differences that ``EXPLAINED`` says nothing about."""
    return [
        f"{row.form}, {row.what}"
        for row in rows
        if row.differs and (row.form, row.what) not in EXPLAINED
    ]


def page(rows: list[Row]) -> str:
    """The page; differences have a number, and are explained below."""
    mutants = [row for row in rows if row.what in CHANGES]
    numbers = {
        "tried": sum(row.tried for row in rows),
        "mutants": sum(row.tried for row in mutants),
        "refused": sum(row.by_info if row.by_rauc is None else row.by_rauc for row in mutants),
        "alone": sum(len(row.taken_by_us_alone) for row in mutants) or "none",
    }
    lines = [HEAD.format(seed=SEED, **numbers)]
    notes: list[str] = []
    for row in rows:
        note = EXPLAINED.get((row.form, row.what), "") if row.differs else ""
        if note and note not in notes:
            notes.append(note)
        mark = f"[{notes.index(note) + 1}]" if note else ""
        last = "not tried" if row.by_rauc is None else f"{row.by_rauc:,}"
        columns = f"{row.tried:,} | {row.by_us:,} | {row.by_info:,} | {last}"
        lines.append(f"| {row.form} | {row.what} | {columns} | {mark} |\n")
    lines.append("\n")
    lines += [f"{number}. {note}\n" for number, note in enumerate(notes, 1)]
    return "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
