"""The cases of OCPP 2.0.1: how each profile of certification stands, and the page that says so."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.conformance.scan import Witness

SHEET = Path(__file__).with_name("cases201.toml")
TESTS = "tests/conformance/ocpp201"
TESTED, ABSENT, MISSING = "tested", "not applicable", "missing"  # as the pages know
PASS, FAIL = "pass", "FAIL"  # as a run does
HEAD = """\
# OCPP 2.0.1: cases of certification, and their tests

The cases are those of the Open Charge Alliance in which the station is tested.
Ids are theirs, tests are ours.
Each runs against a scripted central system in virtual time, but those of TLS and files.
"tested" is a case that a test names, "missing" one without.
What comes of the tests is not written here.
`make test` runs them, and `python -m tools.conformance --run` tells it case by case.
Nothing here is a certificate, and nobody but us has judged it.

"""
TAIL = "\nThis page is made by `python -m tools.conformance`; `make check` compares it.\n"

Named = Mapping[str, list[Witness]]


@dataclass(frozen=True)
class Profile:
    """A profile of certification; ids as "TC_B_06"."""

    name: str
    mandatory: tuple[str, ...]
    conditional: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, in order."""
        return tuple(sorted(self.mandatory + self.conditional))


@dataclass(frozen=True)
class Sheet:
    """All profiles, and why a case does not apply."""

    profiles: tuple[Profile, ...]
    absent: Mapping[str, str]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every case once, in order."""
        return tuple(sorted({found for profile in self.profiles for found in profile.ids}))


def load(text: str) -> Sheet:
    """Return the sheet that is written in a file."""
    told = tomllib.loads(text)
    profiles = tuple(
        Profile(row["name"], _ids(row.get("mandatory", "")), _ids(row.get("conditional", "")))
        for row in told["profile"]
    )
    return Sheet(profiles, told["absent"])


def standing(sheet: Sheet, found: str, named: Named, passed: Mapping[str, bool] | None) -> str:
    """Return how one case stands; ``passed`` is what came of a run, None: there was none."""
    if found in sheet.absent:
        return ABSENT
    if not named.get(found):
        return MISSING
    if passed is None:
        return TESTED
    return PASS if passed.get(found) else FAIL


def complaints(sheet: Sheet, named: Named) -> list[str]:
    """Return what ``--check`` fails for; a case without a test is not among it."""
    wrong = [f"{found}: no profile has it" for found in sheet.absent if found not in sheet.ids]
    return wrong + [
        f"{found}: told to be absent, but {named[found][0]} shows it"
        for found in sheet.absent
        if named.get(found)
    ]


def counted(words: Iterable[str]) -> str:
    """Return "3 tested, 1 not applicable, 0 missing"; after a run "pass", and "FAIL" if any."""
    told = list(words)
    good = PASS if PASS in told or FAIL in told else TESTED
    kinds = (good, ABSENT, MISSING) + (FAIL,) * (FAIL in told)
    return ", ".join(f"{told.count(word)} {word}" for word in kinds)


def summary(sheet: Sheet, named: Named, passed: Mapping[str, bool] | None = None) -> list[str]:
    """Return a line for each profile, and one for all."""
    parts = [(profile.name, profile.ids) for profile in sheet.profiles]
    parts += [
        (f"{profile.name}, mandatory", profile.mandatory)
        for profile in sheet.profiles
        if profile.conditional
    ]
    return [
        f"{name}: {len(ids)} cases: "
        + counted(standing(sheet, found, named, passed) for found in ids)
        for name, ids in [("All", sheet.ids), *parts]
    ]


def page(sheet: Sheet, named: Named) -> str:
    """Return the page."""
    lines = [f"- {line}" for line in summary(sheet, named)]
    text = HEAD + "\n".join(lines) + "\n"
    told: set[str] = set()
    for profile in sheet.profiles:
        new = [found for found in profile.ids if found not in told]
        told |= set(new)
        old = len(profile.ids) - len(new)
        text += f"\n## {profile.name}\n\n"
        text += f"{old} of its cases stand above already.\n\n" if old else ""
        text += "| id | | how it stands | tests |\n|---|---|---|---|\n"
        text += "".join(_row(sheet, profile, found, named) for found in new)
    return text + TAIL


def _row(sheet: Sheet, profile: Profile, found: str, named: Named) -> str:
    word = standing(sheet, found, named, None)
    why = f": {sheet.absent[found]}" if found in sheet.absent else ""
    kind = "" if found in profile.mandatory else "conditional"
    tests = "<br>".join(_link(test) for test in sorted(named.get(found, [])))
    return f"| {found} | {kind} | {word}{why} | {tests} |\n"


def _link(test: Witness) -> str:
    words = test.name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../{test.path})"


def _ids(text: str) -> tuple[str, ...]:
    return tuple(f"TC_{word}" for word in text.split())
