"""``python -m tools.hil FILE``: runs the timing cases of a rig file, and writes reports.

Exit code 0: every case passed, or was left out as the rig does not offer what it needs; 1: one
failed, or the E-stop line was open; 2: the rig file was refused, and nothing was opened.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ampkeeper.firmware.config.problems import ConfigError
from tools.hil import rigfile
from tools.hil.bench import Bench, HilError
from tools.hil.cases import CASES
from tools.hil.emulated import EmulatedBench
from tools.hil.ev_board import EvBoardBench, open_line
from tools.hil.gpio import GpioBench
from tools.hil.junit import junit, measured
from tools.hil.page import page
from tools.hil.rigfile import EMULATED, GPIO, Rig
from tools.hil.run import FAILED, STOPPED, Outcome, run
from tools.hil.station_door import StationDoor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    wanted = _arguments(arguments)
    try:
        rig = rigfile.load(wanted.file)
        outcomes, bench = _run(rig, wanted.json)
    except (ConfigError, HilError) as error:
        print(error, file=sys.stderr)
        return 2
    if wanted.junit:
        wanted.junit.write_text(junit(outcomes, rig.station), encoding="utf-8")
    if wanted.html:
        text = page(outcomes, rig.station, bench.about, bench.resolution_us)
        wanted.html.write_text(text, encoding="utf-8")
    if wanted.json:
        print(json.dumps([_shown(outcome) for outcome in outcomes], indent=2))
    is_bad = any(outcome.verdict in (FAILED, STOPPED) for outcome in outcomes)
    return int(is_bad)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.hil", description=__doc__)
    parser.add_argument("file", type=Path, help="the rig file")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")
    parser.add_argument("--json", action="store_true", help="print one document, not a list")
    return parser.parse_args(arguments)


def _run(rig: Rig, is_quiet: bool) -> tuple[list[Outcome], Bench]:
    bench = bench_of(rig)
    cases = [case for case in CASES if case.name in rig.cases]
    try:
        return run(bench, cases, (lambda _: None) if is_quiet else _tell), bench
    finally:
        bench.close()


def bench_of(rig: Rig) -> Bench:
    """The bench that a rig file names; HilError if it cannot be had."""
    if rig.backend == EMULATED:
        return EmulatedBench()
    door = StationDoor(rig.modbus, rig.evse_id) if rig.modbus else None
    if door is not None:
        door.prove()
    if rig.backend == GPIO:
        return GpioBench(rig, _pin_factory(), door=door)
    return EvBoardBench(open_line(rig.port), door=door)


def _pin_factory() -> Any:
    """The pins of this Pi, by lgpio alone: no other library's stamps are the kernel's."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except Exception as error:
        raise HilError(
            f"no pins here: {error}; backend gpio needs a Pi, gpiozero and lgpio"
        ) from error


def _tell(outcome: Outcome) -> None:
    why = f": {outcome.why}" if outcome.why else ""
    print(f"{outcome.verdict:8} {outcome.case.name} ({outcome.case.ids}){why}", flush=True)
    for line in measured(outcome):
        print(f"         {line}", flush=True)


def _shown(outcome: Outcome) -> dict[str, Any]:
    checks = [
        {
            "ids": check.ids.split(", "),
            "what": check.what,
            "unit": check.unit,
            "low": check.low,
            "high": check.high,
            "measured": check.measured,
            "good": check.is_good,
        }
        for check in outcome.checks
    ]
    case = outcome.case
    told = {"case": case.name, "ids": case.ids.split(", "), "verdict": outcome.verdict}
    return {**told, "why": outcome.why, "checks": checks}


if __name__ == "__main__":
    sys.exit(main())
