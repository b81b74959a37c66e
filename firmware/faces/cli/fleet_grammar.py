"""The grammar of ``ampkeeper simulate`` and ``fleet``: long lives, and many chargers at once."""

import argparse
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
DAYS_A_YEAR = 365
DAYS_MIN, YEARS_MAX = 0.1, 100
CHARGERS_MAX = 10_000  # of one process


def years(text: str) -> float:
    """In days."""
    return forms.number(text, DAYS_MIN / DAYS_A_YEAR, YEARS_MAX) * DAYS_A_YEAR


def days(text: str) -> float:
    return forms.number(text, DAYS_MIN, YEARS_MAX * DAYS_A_YEAR)


def add_simulate(commands: Commands) -> None:
    """Add the command."""
    text = "let an emulated charger live for years in virtual time, and judge it"
    simulate = commands.add_parser("simulate", help=text, description=text)
    length = simulate.add_mutually_exclusive_group()
    text = f"how long, at most {YEARS_MAX} (default 1)"
    length.add_argument("--years", type=years, dest="days", metavar="N", help=text)
    text = f"the same in days, at least {DAYS_MIN}"
    length.add_argument("--days", type=days, dest="days", metavar="N", help=text)
    text = "of all chance; the same seed gives the same trace (default 1)"
    simulate.add_argument("--seed", type=forms.seed, default=1, metavar="N", help=text)
    text = "write the report with plots there too"
    simulate.add_argument("--html", type=Path, metavar="FILE", help=text)
    simulate.add_argument("--json", action="store_true", help="answer with one JSON document")
    simulate.set_defaults(days=float(DAYS_A_YEAR))


def chargers(text: str) -> int:
    return forms.whole(text, 1, CHARGERS_MAX)


def add_fleet(commands: Commands) -> None:
    """Add the command."""
    text = "run many whole emulated chargers in this process, each at a central system"
    fleet = commands.add_parser("fleet", help=text, description=text)
    text = f"how many, 1 to {CHARGERS_MAX}"
    fleet.add_argument("--chargers", type=chargers, required=True, metavar="N", help=text)
    text = "the central system; the id of each is appended (default: url of the profile)"
    fleet.add_argument("--csms", metavar="URL", help=text)
    text = "how they are set and what happens at them, TOML"
    fleet.add_argument("--profile", type=Path, metavar="FILE", help=text)
    text = "of all chance (default 1)"
    fleet.add_argument("--seed", type=forms.seed, default=1, metavar="N", help=text)
    text = "end after so many seconds (default: at a signal)"
    fleet.add_argument("--seconds", type=forms.seconds, metavar="N", help=text)
    text = "answer Prometheus there, at /metrics (default: nowhere)"
    fleet.add_argument("--metrics", type=forms.address, metavar="HOST:PORT", help=text)
    text = "a line of JSON instead of each table"
    fleet.add_argument("--json", action="store_true", help=text)
