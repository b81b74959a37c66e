"""The grammar of what tests a central system: scenarios played by emulated chargers."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_rig(
    commands: Commands, add_bare: Callable[[Commands, str, str], argparse.ArgumentParser]
) -> None:
    """Add the commands."""
    text = "play scenarios with emulated chargers; code 1 if one fails, 2 if one is refused"
    scenario = add_bare(commands, "scenario", text)
    text = "a scenario, TOML; all are checked before anything is started"
    scenario.add_argument("files", type=Path, nargs="*", metavar="FILE", help=text)
    text = "those that come with this too"
    scenario.add_argument("--examples", action="store_true", help=text)
    where = scenario.add_mutually_exclusive_group()
    text = "central system under test; the id is appended (default: a small one of ours)"
    where.add_argument("--csms", metavar="URL", help=text)
    text = "in virtual time, at the small central system: hours take seconds"
    where.add_argument("--virtual", action="store_true", help=text)
    text = "times real time, 0.1 to 1000 (default 1)"
    scenario.add_argument("--speed", type=forms.speed, default=1.0, metavar="N", help=text)
    text = f"seed of all chance, 0 to {forms.SEED_MAX} (default 1)"
    scenario.add_argument("--seed", type=forms.seed, default=1, metavar="N", help=text)
    text = "write the verdicts as JUnit XML"
    scenario.add_argument("--junit", type=Path, metavar="FILE", help=text)
    text = "write every frame, a file of JSON lines for each scenario and charger"
    scenario.add_argument("--record", type=Path, metavar="DIR", help=text)
    text = "instead: say to --csms what such a file holds, and tell which answers differ"
    scenario.add_argument("--replay", type=Path, metavar="FILE", help=text)
    scenario.add_argument("--json", action="store_true", help="answer with one JSON document")
