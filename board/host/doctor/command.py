"""Command: ``ampkeeper doctor``: looks, judges, prints; 1 if something is bad."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ampkeeper.board.host.doctor.judge import BAD, CARE, Finding, findings, worst
from ampkeeper.board.host.doctor.probe import facts_of
from ampkeeper.firmware.config import Checkers, ConfigError, load
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.start import check_fits

ROOT = Path("/")
MARKS = {BAD: "!!", CARE: "! ", "unknown": "? ", "well": "  "}


def run(arguments: argparse.Namespace, checkers: Checkers, root: Path = ROOT) -> int:
    """Carry it out; the return value is the exit code."""
    config, problems = _loaded(arguments, checkers)
    found = findings(facts_of(config, problems, arguments.state, root))
    if arguments.json:
        told = {"grade": worst(found), "findings": [asdict(each) for each in found]}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        sys.stdout.write(text(found))
    return codes.NO if worst(found) == BAD else codes.OK


def text(found: list[Finding]) -> str:
    """For people: one line each, and what to do below it."""
    lines = []
    for each in found:
        lines.append(f"{MARKS[each.grade]} {each.check}: {each.says}")
        if each.do:
            lines.append(f"     {each.do}")
    bad = sum(each.grade == BAD for each in found)
    lines.append(f"{bad} to be mended" if bad else "nothing has to be mended")
    return "\n".join(lines) + "\n"


def _loaded(
    arguments: argparse.Namespace, checkers: Checkers
) -> tuple[Config | None, tuple[str, ...]]:
    try:
        config = load(arguments.config, arguments.set, checkers)
    except ConfigError as error:
        return None, tuple(str(each) for each in error.problems)
    except OSError as error:
        return None, (f"{arguments.config}: {error.strerror}",)
    try:
        check_fits(config)
    except ConfigError as error:
        return config, tuple(str(each) for each in error.problems)
    return config, ()
