"""``python -m tools.requirements``: the table from requirement to test, into docs/requirements.md.

``--check`` writes nothing and fails if a requirement has no test, if a test names one that the
sheet does not have, or if the page is not current. ``--missing`` only lists what has no test.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tools.requirements.scan import Witness, named_in

ROOT = Path(__file__).resolve().parents[2]
SHEET = Path(__file__).with_name("requirements.toml")
NO_PROOF = ("tests/tidy/", "tests/explore/")  # they speak of requirements, and show none
PAGE = ROOT / "docs" / "requirements.md"
HEAD = """\
# Requirements and their tests

Each requirement of the sheet, and the tests that name it.
The sheet is in our own words: IEC 61851-1 and SAE J1772 as public sources show them.
Nothing here replaces the standards or a certification.
The last column says what is left to hardware; the tests beside it show the software's half.

"""
TAIL = "\nThis page is made by `python -m tools.requirements`; `make check` compares it.\n"

Sheet = dict[str, dict[str, str]]
Named = dict[str, list[Witness]]


def sheet() -> Sheet:
    """Return the requirements: id -> title, and hardware where a computer cannot show all."""
    return tomllib.loads(SHEET.read_text(encoding="utf-8"))


def test_files() -> Iterable[tuple[str, str]]:
    """Yield path and text of every test file that git holds or would hold."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "tests"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in sorted(set(done.stdout.split("\n"))):
        path = ROOT / name
        if name.startswith(NO_PROOF):
            continue
        if path.name.startswith("test_") and path.suffix == ".py" and path.is_file():
            yield name, path.read_text(encoding="utf-8")


def collect(requirements: Sheet, files: Iterable[tuple[str, str]]) -> tuple[Named, Named]:
    """Return the tests by requirement, and by ids that the sheet does not have."""
    named: Named = {found: [] for found in requirements}
    strange: Named = {}
    for path, text in files:
        for found, test in named_in(path, text):
            (named if found in named else strange).setdefault(found, []).append(test)
    return named, strange


def page(requirements: Sheet, named: Named) -> str:
    """Return the page."""
    rows = ["| id | what | tests | left to hardware |", "|---|---|---|---|"]
    for found, words in requirements.items():
        tests = "<br>".join(_link(test) for test in sorted(named[found])) or "**none**"
        rows.append(f"| {found} | {words['title']} | {tests} | {words.get('hardware', '')} |")
    return HEAD + "\n".join(rows) + "\n" + TAIL


def complaints(named: Named, strange: Named) -> list[str]:
    """Return what ``--check`` fails for, besides a page that is not current."""
    none = [f"{found}: no test names it" for found, tests in named.items() if not tests]
    odd = [
        f"{found}: not in the sheet, but named in {tests[0]}" for found, tests in strange.items()
    ]
    return none + odd


def _link(test: Witness) -> str:
    words = test.name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../{test.path})"


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` only compare."""
    if arguments not in ([], ["--check"], ["--missing"]):
        sys.stderr.write(f"requirements: {' '.join(arguments)}: allowed are --check, --missing\n")
        return 2
    requirements = sheet()
    named, strange = collect(requirements, test_files())
    wrong = complaints(named, strange)
    text = page(requirements, named)
    if arguments == ["--check"]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            wrong.append("docs/requirements.md is not current: python -m tools.requirements")
    elif arguments != ["--missing"]:
        PAGE.write_text(text, encoding="utf-8")
    for line in wrong:
        sys.stderr.write(f"requirements: {line}\n")
    shown = sum(1 for tests in named.values() if tests)
    print(f"{shown} of {len(named)} requirements are named by a test")
    return int(bool(wrong) and arguments in (["--check"], ["--missing"]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
