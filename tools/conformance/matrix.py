"""The requirements of OCPP 2.0.1: what each asks of the station in our words, and what shows it.

A sheet for each block says words, then the tests, or a mark why it does not bind: "words | B_01,
a_test_by_name", "words | @csms", "words | @no because of this". "B_01" is every test of case
TC_B_01. A test that names an id itself counts too, whatever the sheet says of it.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.conformance.scan import Witness, functions_in
from tools.requirements.scan import named_in

FOLDER = Path(__file__).with_name("requirements201")
REASONS = "reasons.toml"
COVERED, MISSING, OTHERS, ABSENT = "covered", "missing", "of others", "not here"
KINDS = (OTHERS, ABSENT, COVERED, MISSING)
SHOWN_MAX = 4  # tests by name in a row of the page
NO_PROOF = ("tests/tidy/", "tests/explore/")  # they speak of requirements, and show none
CASE = re.compile(r"[A-P]_\d\d")
ID = re.compile(r"(to )?(?:([A-P]\d\d)\.)?FR\.(\d{2,3})(?!\d)")
LATER = re.compile(r"_21(_|\.)")  # what is 2.1's own has other numbers
BLOCKS = {
    "A": "Security",
    "B": "Provisioning",
    "C": "Authorization",
    "D": "Local authorization list",
    "E": "Transactions",
    "F": "Remote control",
    "G": "Availability",
    "H": "Reservation",
    "I": "Tariff and cost",
    "J": "Meter values",
    "K": "Smart charging",
    "L": "Firmware",
    "M": "Certificates",
    "N": "Diagnostics",
    "O": "Display messages",
    "P": "Data transfer",
}
HEAD = """\
# OCPP 2.0.1: requirements, and their tests

Every requirement of blocks A to P of part 2, edition 3, with the errata of 2025-09.
Ids are the standard's, words and tests are ours.
"covered" is one that a test shows, which `make test` runs; "missing" is one that none does.
"of others" binds a central system, a local controller or people, or is an unused permission.
"not here" is about what this station does not have, and says why.
No board speaks ISO 15118: what is covered of it (certificates for cars, in A and M) is shown by
tests that play the car's side at the door that a board to come will use.
Nothing here is a certificate, and nobody but us has judged it.

"""
TAIL = "\nThis page is made by `python -m tools.conformance`; `make check` compares it.\n"

Named = Mapping[str, list[Witness]]


@dataclass(frozen=True)
class Row:
    """One requirement; ``why`` it does not bind the station, empty if it does."""

    words: str
    names: tuple[str, ...] = ()
    kind: str = ""
    why: str = ""


Sheet = dict[str, Row]


def load(folder: Path = FOLDER) -> Sheet:
    """Return the rows by id, in order."""
    reasons = tomllib.loads((folder / REASONS).read_text(encoding="utf-8"))
    rows: Sheet = {}
    for block in BLOCKS:
        told = tomllib.loads((folder / f"{block.lower()}.toml").read_text(encoding="utf-8"))
        for case, numbered in told.items():
            for number, text in numbered.items():
                rows[f"{case}.FR.{number}"] = read_row(text, reasons)
    return rows


def read_row(text: str, reasons: Mapping[str, dict[str, str]]) -> Row:
    """Return the row that a line of a sheet says."""
    words, _, rest = (part.strip() for part in text.partition("|"))
    if not rest.startswith("@"):
        return Row(words, tuple(filter(None, (name.strip() for name in rest.split(",")))))
    mark, _, why = rest[1:].partition(" ")
    if mark == "no":
        return Row(words, kind=ABSENT, why=why)
    kind = OTHERS if mark in reasons["others"] else ABSENT
    return Row(words, kind=kind, why=(reasons["others"] | reasons["absent"])[mark])


def ids_in(text: str) -> set[str]:
    """Return the ids that a text names; "B01.FR.02, FR.04" and "B01.FR.02 to FR.04" too."""
    found: set[str] = set()
    case, last = "", 0
    for span, named, number in ID.findall(text):
        if named:
            case, last = named, int(number) - 1
        if not case:
            continue
        first = last + 1 if span else int(number)
        found |= {f"{case}.FR.{each:0{len(number)}d}" for each in range(first, int(number) + 1)}
        last = int(number)
    return found


class Proofs:
    """Which tests there are, by their names, by the cases and by the requirements they name."""

    def __init__(self, files: Iterable[tuple[str, str]], cases: Named) -> None:
        self.cases = cases
        self.by_name: dict[str, list[Witness]] = {}
        self.by_id: dict[str, list[Witness]] = {}
        for path, text in files:
            if path.startswith(NO_PROOF):
                continue
            for test in functions_in(path, text):
                self.by_name.setdefault(test.name.removeprefix("test_"), []).append(test)
            if "FR." in text and LATER.search(path) is None:
                for found, seen in named_in(path, text, ids_in):
                    self.by_id.setdefault(found, []).append(Witness(seen.path, seen.name))

    def of(self, found: str, row: Row) -> list[Witness]:
        """Return the tests that show a requirement."""
        tests = set(self.by_id.get(found, []))
        for name in row.names:
            is_case = CASE.fullmatch(name) is not None
            tests |= set(
                self.cases.get(f"TC_{name}", []) if is_case else self.by_name.get(name, [])
            )
        return sorted(tests)

    def unknown(self, sheet: Sheet) -> list[str]:
        """Return what the sheets name and nothing is."""
        return [
            f"{found}: no test is named {name}"
            for found, row in sheet.items()
            for name in row.names
            if CASE.fullmatch(name) is None and name not in self.by_name
        ]


def verdict(found: str, row: Row, proofs: Proofs) -> str:
    """Return how one requirement stands."""
    if row.kind:
        return row.kind
    return COVERED if proofs.of(found, row) else MISSING


def counts(sheet: Sheet, proofs: Proofs) -> dict[str, dict[str, int]]:
    """Return how many of each block stand how; block "" is all of them."""
    told = {block: dict.fromkeys(KINDS, 0) for block in ("", *BLOCKS)}
    for found, row in sheet.items():
        word = verdict(found, row, proofs)
        told[""][word] += 1
        told[found[0]][word] += 1
    return told


def summary(sheet: Sheet, proofs: Proofs) -> Iterator[str]:
    """Yield a line for all, and one for each block."""
    for block, numbers in counts(sheet, proofs).items():
        name = f"{block} {BLOCKS[block]}" if block else "All"
        binding = numbers[COVERED] + numbers[MISSING]
        yield f"{name}: {numbers[COVERED]} of {binding} that bind it, {numbers[MISSING]} missing"


def missing(sheet: Sheet, proofs: Proofs) -> list[str]:
    """Return what no test shows."""
    return [
        f"{found} {row.words}"
        for found, row in sheet.items()
        if verdict(found, row, proofs) == MISSING
    ]


def page(sheet: Sheet, proofs: Proofs) -> str:
    """Return the page."""
    lines = ["| block | ids | of others | not here | bind it | covered | missing |"]
    lines.append("|---|---|---|---|---|---|---|")
    for block, told in counts(sheet, proofs).items():
        name = f"{block} {BLOCKS[block]}" if block else "all"
        binding = told[COVERED] + told[MISSING]
        numbers = [sum(told.values()), told[OTHERS], told[ABSENT], binding]
        cells = [name, *map(str, [*numbers, told[COVERED], told[MISSING]])]
        lines.append("| " + " | ".join(cells) + " |")
    text = HEAD + "\n".join(lines) + "\n"
    for block, name in BLOCKS.items():
        text += f"\n## {block} {name}\n\n| id | what | how it stands | tests |\n|---|---|---|---|\n"
        text += "".join(
            _row(found, row, proofs) for found, row in sheet.items() if found[0] == block
        )
    return text + TAIL


def _row(found: str, row: Row, proofs: Proofs) -> str:
    word = verdict(found, row, proofs)
    stands = f"{word}: {row.why}" if row.why else word
    tests = [] if row.kind else proofs.of(found, row)
    links = [_link(test) for test in tests[:SHOWN_MAX]]
    more = [f"and {len(tests) - SHOWN_MAX} more"] if len(tests) > SHOWN_MAX else []
    return f"| {found} | {row.words} | {stands} | {'<br>'.join(links + more)} |\n"


def _link(test: Witness) -> str:
    words = test.name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../{test.path})"
