"""``python -m tools.mutate [module ...]``: mutation testing of ring 1.

Every mutant of ``firmware/safety`` is tried in a fork of this process, with the tests that run
its lines, quick ones first, until one fails. Results are kept in ``build/mutation.json`` and
reused as long as file and change are the same, so a run may be stopped and taken up again.
``MUTATE_S=600`` ends it after ten minutes; ``MUTATE_TESTS=test_lock,test_edges`` asks these
files only; ``--rough`` only the quickest tests. ``--again`` tries those again that lived and have
no reason, ``--survivors`` all that lived, with the slow tests too. ``--page`` only writes
``docs/mutation.md``, as every run of all does. A run of all also names reasons without a survivor:
what they spoke of is noticed by now, or is not there any more.
"""

import hashlib
import json
import os
import sys
import time
import tomllib
from pathlib import Path

from tools.mutate.mutants import Mutant, mutants_of
from tools.mutate.page import Tally, page
from tools.mutate.run import (
    FILES,
    OUTCOMES,
    PACKAGE,
    QUICK_S,
    ROOT,
    SURVIVED,
    Mutated,
    call_in_child,
    measure,
    run_tests,
)

RING_1 = ROOT / "firmware" / "safety"
KEPT = ROOT / "build" / "mutation.json"
MAP = ROOT / "build" / "mutation-map.json"
REASONS = Path(__file__).with_name("reasons.toml")
PAGE = ROOT / "docs" / "mutation.md"
NOT_MUTATED = ("__init__", "names")  # nothing; words for people, no decision reads them
SAVE_EVERY_S = 10.0
ROUGH_S = 0.03


class Tests:
    """Which tests run which lines of ring 1, and how long each takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.of_line: dict[tuple[str, int], set[str]] = {}

    def measure(self) -> None:
        """Run the tests on ring 1 as it is; those of unchanged files are taken as last written."""
        rigs = [path for path in FILES[0].parent.glob("*.py") if path not in FILES]
        ring = _digest([*sorted(rigs), *sorted(RING_1.glob("*.py"))])
        kept = json.loads(MAP.read_text(encoding="utf-8")) if MAP.exists() else {}
        known = kept["files"] if kept.get("ring") == ring else {}
        digests = {path.stem: _digest([path]) for path in FILES}
        known = {stem: told for stem, told in known.items() if told["digest"] == digests.get(stem)}
        fresh = [path for path in FILES if path.stem not in known]
        for path in fresh:
            known[path.stem] = {"digest": digests[path.stem], "told": []}
        for each in self._run(fresh) if fresh else ():
            known[str(each["name"]).split("::")[0]]["told"].append(each)
        MAP.parent.mkdir(exist_ok=True)
        MAP.write_text(json.dumps({"ring": ring, "files": known}), encoding="utf-8")
        for told in known.values():
            for each in told["told"]:
                self._note(each)

    def _run(self, files: list[Path]) -> list[dict[str, object]]:
        outcome, said = call_in_child(lambda: measure(files, self._tell))
        print(*(line for line in said.splitlines() if line.startswith("left out")), sep="\n")
        if outcome != SURVIVED:
            raise SystemExit(f"mutate: the tests fail without any mutant: {said[-300:]}")
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def of(self, module: str, mutant: Mutant, options: set[str]) -> dict[str, float]:
        """Return the tests that can notice a mutant, with their times."""
        lines = range(mutant.first_line, mutant.last_line + 1)
        names = set().union(*(self.of_line.get((module, line), ()) for line in lines))
        if mutant.is_outside or not names:  # or in the head of a function, run by the import
            names = {name for name, seconds in self.seconds.items() if seconds <= QUICK_S}
        if "--rough" in options:
            names = {name for name in names if self.seconds[name] <= ROUGH_S}
        if "--survivors" in options:
            names |= {name for name, seconds in self.seconds.items() if seconds > QUICK_S}
        return {name: self.seconds[name] for name in names}

    def cost_s(self, module: str, mutant: Mutant, options: set[str]) -> float:
        """Return how long a mutant takes that nothing notices: the cheap ones come first."""
        return sum(self.of(module, mutant, options).values())

    @staticmethod
    def _tell(name: str, seconds: float, lines: dict[str, list[int]]) -> None:
        print(json.dumps({"name": name, "s": seconds, "lines": lines}), flush=True)

    def _note(self, told: dict[str, object]) -> None:
        name, seconds, lines = str(told["name"]), told["s"], told["lines"]
        assert isinstance(seconds, float)
        assert isinstance(lines, dict)
        if seconds >= 0:
            self.seconds[name] = seconds
        for module, numbers in lines.items():
            for number in numbers:
                self.of_line.setdefault((module, number), set()).add(name)


class Results:
    """What became of each mutant, kept between runs."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, str]] = {}
        if KEPT.exists():
            self.of = json.loads(KEPT.read_text(encoding="utf-8"))
        self._saved_s = time.monotonic()

    def known(self, mutant: Mutant) -> str | None:
        """Return the outcome, if it is of the same file and change."""
        kept = self.of.get(mutant.name)
        return kept["outcome"] if kept and kept["digest"] == mutant.digest else None

    def put(self, mutant: Mutant, outcome: str, by: str) -> None:
        """Keep an outcome; write from time to time."""
        self.of[mutant.name] = {"digest": mutant.digest, "outcome": outcome, "by": by}
        if time.monotonic() - self._saved_s > SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write all outcomes."""
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(self.of, indent=1), encoding="utf-8")
        self._saved_s = time.monotonic()


def _digest(files: list[Path]) -> str:
    """Return one digest of all files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def try_out(tests: Tests, module: str, mutant: Mutant, options: set[str]) -> tuple[str, str]:
    """Run a mutant; return its outcome and the last test that ran."""
    wanted = tests.of(module, mutant, options)

    def work() -> int:
        sys.meta_path.insert(0, Mutated(f"{PACKAGE}.{module}", mutant.code))
        return run_tests(wanted, module, "--again" in options)

    outcome, said = call_in_child(work)
    names = [line for line in said.splitlines() if "::" in line]
    return OUTCOMES[outcome], names[-1] if names else "the import"


def run(modules: list[str], options: set[str], until_s: float) -> dict[str, list[Mutant]]:
    """Try every mutant that has no result yet; return all mutants by module."""
    tests, results = Tests(), Results()
    every = {name: mutants_of(name, (RING_1 / f"{name}.py").read_text()) for name in modules}
    is_late = False
    for name, mutants in every.items():
        fresh = [mutant for mutant in mutants if _is_due(mutant, results, options)]
        if fresh and not tests.seconds and "--page" not in options:
            tests.measure()
        for mutant in sorted(fresh, key=lambda each: tests.cost_s(name, each, options)):
            is_late = is_late or time.monotonic() > until_s
            if is_late:
                break
            results.put(mutant, *try_out(tests, name, mutant, options))
        results.save()
        print(_tally(name, mutants, results).words(), flush=True)
    return every


def _is_due(mutant: Mutant, results: Results, options: set[str]) -> bool:
    known = results.known(mutant)
    if known != OUTCOMES[SURVIVED]:
        return known is None
    return "--survivors" in options or ("--again" in options and mutant.name not in _reasons())


def _reasons() -> dict[str, str]:
    return tomllib.loads(REASONS.read_text(encoding="utf-8"))


def _tally(name: str, mutants: list[Mutant], results: Results) -> Tally:
    known = [(mutant, results.known(mutant)) for mutant in mutants]
    return Tally(
        module=name,
        mutants=len(mutants),
        tried=sum(1 for _, outcome in known if outcome),
        survivors=[mutant.name for mutant, outcome in known if outcome == OUTCOMES[SURVIVED]],
    )


def main(arguments: list[str]) -> int:
    """Run, and write the page if whole ring 1 was asked for."""
    options = {argument for argument in arguments if argument.startswith("--")}
    named = [argument for argument in arguments if argument not in options]
    every = sorted(path.stem for path in RING_1.glob("*.py") if path.stem not in NOT_MUTATED)
    budget_s = float(os.environ.get("MUTATE_S", "1e9")) if "--page" not in options else 0.0
    found = run(named or every, options, time.monotonic() + budget_s)
    results = Results()
    tallies = [_tally(name, mutants, results) for name, mutants in found.items()]
    reasons = _reasons()
    survivors = [name for tally in tallies for name in tally.survivors]
    for name in survivors:
        mark = "" if name in reasons else "  (no reason given)"
        print(f"survived: {name}{mark}")
    if not named:
        PAGE.write_text(page(tallies, reasons), encoding="utf-8")
        for name in sorted(reasons.keys() - survivors):
            print(f"reason without a survivor: {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
