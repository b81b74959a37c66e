"""``python -m tools.conformance``: from case and behaviour to test, into three pages of docs/.

``--check`` writes nothing and fails if something of 1.6 is neither tested nor told to be absent,
if a test names what no sheet has, or if a page is not current. ``--run`` runs the tests of the
cases and prints the table of what came of them, 2.0.1 by profile; ``--run-201`` those only.
``--missing`` lists the requirements of 2.0.1 that bind the station and that no test shows.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tools.conformance import matrix, second
from tools.conformance.scan import Witness, ids_in, named_in
from tools.conformance.second import ABSENT, FAIL, MISSING, PASS, TESTED

ROOT = Path(__file__).resolve().parents[2]
CASES, BEHAVIOURS = "cases.toml", "behaviours.toml"
TESTS = "tests/conformance"
CASE_TESTS = "tests/conformance/ocpp16"
PAGE = ROOT / "docs" / "ocpp-conformance.md"
PAGE_201 = ROOT / "docs" / "ocpp201-conformance.md"
PAGE_REQUIREMENTS = ROOT / "docs" / "ocpp201-requirements.md"
MODES: tuple[list[str], ...] = ([], ["--check"], ["--run"], ["--run-201"], ["--missing"])
HEAD = """\
# OCPP 1.6: cases and behaviours, and their tests

The cases are those of the Open Charge Alliance's test case document for OCPP 1.6 in which the
charge point is tested; ids are theirs, titles and tests are ours.
Each runs against a scripted central system, most of them in virtual time.
"tested" is a case that a test names; what comes of the tests is not written here: `make test` runs
them, and `python -m tools.conformance --run` tells it case by case.
Nothing here is a certificate, and nobody but us has judged it.

"""
MIDDLE = """
## Behaviours

ROW is what is commonly got wrong, SEEN what central systems were seen to do.

"""
TAIL = "\nThis page is made by `python -m tools.conformance`; `make check` compares it.\n"

Sheet = dict[str, dict[str, str]]
Named = dict[str, list[Witness]]


def sheet(name: str) -> Sheet:
    """Return a sheet: id -> title, and why it is absent where it is."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def files_of_tests(folder: str) -> Iterable[tuple[str, str]]:
    """Yield path and text of every test file below a folder."""
    for path in sorted((ROOT / folder).rglob("test_*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def collect(known: Iterable[str], files: Iterable[tuple[str, str]]) -> tuple[Named, Named]:
    """Return the tests by id, and by ids that no sheet has."""
    named: Named = {found: [] for found in known}
    strange: Named = {}
    for path, text in files:
        for found, test in named_in(path, text):
            (named if found in named else strange).setdefault(found, []).append(test)
    return named, strange


def verdict(words: dict[str, str], tests: list[Witness]) -> str:
    """Return how one row stands."""
    if "absent" in words:
        return f"{ABSENT}: {words['absent']}"
    return TESTED if tests else MISSING


def rows(known: Sheet, named: Named) -> str:
    """Return the table of one sheet."""
    lines = ["| id | what | how it stands | tests |", "|---|---|---|---|"]
    for found, words in known.items():
        tests = "<br>".join(_link(test) for test in sorted(named[found]))
        lines.append(f"| {found} | {words['title']} | {verdict(words, named[found])} | {tests} |")
    return "\n".join(lines) + "\n"


def page(cases: Sheet, behaviours: Sheet, named: Named) -> str:
    """Return the page."""
    return (
        HEAD + _count(cases, named) + rows(cases, named) + MIDDLE + rows(behaviours, named) + TAIL
    )


def complaints(known: Sheet, named: Named, strange: Named) -> list[str]:
    """Return what ``--check`` fails for, besides a page that is not current."""
    wrong = []
    for found, words in known.items():
        if "absent" in words and named[found]:
            wrong.append(f"{found}: told to be absent, but {named[found][0]} shows it")
        elif verdict(words, named[found]) == MISSING:
            wrong.append(f"{found}: no test names it")
    return wrong + [f"{found}: in no sheet, but in {tests[0]}" for found, tests in strange.items()]


def outcomes(lines: Iterable[str]) -> dict[str, bool]:
    """Return by id whether all of its tests passed, from what ``pytest -rA`` wrote."""
    found: dict[str, bool] = {}
    for line in lines:
        word, _, rest = line.partition(" ")
        if word not in ("PASSED", "FAILED", "ERROR"):
            continue
        name = rest.partition("::")[2].partition(" ")[0].partition("[")[0]
        for each in ids_in(name):
            found[each] = found.get(each, True) and word == "PASSED"
    return found


def table(cases: Sheet, named: Named, passed: dict[str, bool]) -> Iterable[str]:
    """Yield the lines of what came of a run."""
    for found, words in cases.items():
        told = verdict(words, named[found])
        if told == TESTED:
            told = PASS if passed.get(found) else FAIL
        yield f"{found:9} {told.partition(':')[0]:14} {words['title']}"
        if "absent" in words:
            yield f"{'':24} {words['absent']}"


def _count(cases: Sheet, named: Named) -> str:
    told = [verdict(words, named[found]).partition(":")[0] for found, words in cases.items()]
    numbers = {word: told.count(word) for word in (TESTED, ABSENT, MISSING)}
    listed = ", ".join(f"{number} {word}" for word, number in numbers.items())
    return f"Of {len(cases)} cases: {listed}.\n\n"


def _link(test: Witness) -> str:
    words = test.name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../{test.path})"


def _run(folder: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", folder]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them, or run the cases."""
    if arguments not in MODES:
        sys.stderr.write("conformance: say nothing, --check, --missing, --run or --run-201\n")
        return 2
    cases, behaviours = sheet(CASES), sheet(BEHAVIOURS)
    newer = second.load(second.SHEET.read_text(encoding="utf-8"))
    known = cases | behaviours
    named, strange = collect([*known, *newer.ids], files_of_tests(TESTS))
    if arguments in (["--run"], ["--run-201"]):
        is_16_fine = arguments == ["--run-201"] or _print_16(cases, named)
        return int(not (_print_201(newer, named) and is_16_fine))
    asked, proofs = matrix.load(), matrix.Proofs(files_of_tests("tests"), named)
    if arguments == ["--missing"]:
        print(*matrix.missing(asked, proofs), sep="\n")
        return 0
    wrong = complaints(known, named, strange) + second.complaints(newer, named)
    wrong += proofs.unknown(asked)
    pages = {
        PAGE: page(cases, behaviours, named),
        PAGE_201: second.page(newer, named),
        PAGE_REQUIREMENTS: matrix.page(asked, proofs),
    }
    for path, text in pages.items():
        if arguments != ["--check"]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"docs/{path.name} is not current: python -m tools.conformance")
    for line in wrong:
        sys.stderr.write(f"conformance: {line}\n")
    print("OCPP 1.6:", _count(cases, named).strip())
    print("OCPP 2.0.1:", *second.summary(newer, named), sep="\n  ")
    print("OCPP 2.0.1, requirements:", *matrix.summary(asked, proofs), sep="\n  ")
    return int(bool(wrong) and arguments == ["--check"])


def _print_16(cases: Sheet, named: Named) -> bool:
    lines = list(table(cases, named, outcomes(_run(CASE_TESTS))))
    print("\n".join(lines))
    return not any(FAIL in line or MISSING in line for line in lines)


def _print_201(newer: second.Sheet, named: Named) -> bool:
    passed = outcomes(_run(second.TESTS))
    for found in newer.ids:
        word = second.standing(newer, found, named, passed)
        print(f"{found:9} {word:14} {newer.absent.get(found, '')}".rstrip())
    print(*second.summary(newer, named, passed), sep="\n")
    return not any(second.standing(newer, each, named, passed) == FAIL for each in newer.ids)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
