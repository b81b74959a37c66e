"""``python -m tools.site --chargers 12 --hours 8 --seed 1 --out DIR``: a site in virtual time.

Prints a table, and writes site.svg and summary.json into DIR. The same arguments give the same.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tools.site.bus import Bus
from tools.site.plot import picture_of
from tools.site.run import HOUR_S, Outcome, Spec, rows_of, simulate
from tools.site.troubles import HELP, KINDS, Trouble

CHARGERS_MAX = 500
MINUTE_S = 60.0


def spec_of(arguments: list[str]) -> tuple[Spec, Path | None]:
    """What was asked for; ends the program, with words, if it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("--chargers", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--hours", type=float, default=4.0, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--loss", type=float, default=0.0, help="part of the messages, 0 to 0.9")
    parser.add_argument("--delay", type=float, default=0.1, help="of a message at most, s")
    parser.add_argument("--out", type=Path, help="folder for site.svg and summary.json")
    for kind in KINDS:
        parser.add_argument(
            f"--{kind}", action="append", default=[], metavar="FROM-TO",
            help=f"minutes in which {HELP[kind]}; may be given again",
        )  # fmt: skip
    wanted = parser.parse_args(arguments)
    if not 1 <= wanted.chargers <= CHARGERS_MAX:
        parser.error(f"--chargers {wanted.chargers}: must be 1 to {CHARGERS_MAX}")
    if not 0.0 < wanted.hours <= 24 * 7:
        parser.error(f"--hours {wanted.hours:g}: must be more than 0, and at most a week")
    if not 0.0 <= wanted.loss <= 0.9:
        parser.error(f"--loss {wanted.loss:g}: must be 0 to 0.9")
    if not 0.0 <= wanted.delay <= MINUTE_S:
        parser.error(f"--delay {wanted.delay:g}: must be 0 to {MINUTE_S:g} s")
    troubles = []
    for kind in KINDS:
        for text in getattr(wanted, kind):
            start, _, end = text.partition("-")
            if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
                parser.error(f"--{kind} {text}: must be two whole minutes, such as 30-45")
            troubles.append(Trouble(kind, int(start) * MINUTE_S, int(end) * MINUTE_S))
    bus = Bus(wanted.loss, (min(0.01, wanted.delay), wanted.delay))
    spec = Spec(wanted.chargers, wanted.hours, wanted.seed, bus, tuple(troubles))
    return spec, wanted.out


def title_of(spec: Spec) -> str:
    """What the picture shows."""
    words = [f"{spec.chargers} chargers, {spec.hours:g} h, seed {spec.seed}"]
    if spec.bus.loss:
        words.append(f"{spec.bus.loss:.0%} of the messages lost")
    for each in spec.troubles:
        span = f"{each.from_s / MINUTE_S:.0f} to {each.to_s / MINUTE_S:.0f} min"
        words.append(f"{each.kind} {span}")
    return "; ".join(words)


def write(outcome: Outcome, folder: Path) -> None:
    """Put the picture and the numbers into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    title = title_of(outcome.spec)
    (folder / "site.svg").write_text(picture_of(outcome, title))
    numbers = {"title": title, **dict(rows_of(outcome))}
    (folder / "summary.json").write_text(json.dumps(numbers, indent=1) + "\n")


def main(arguments: list[str]) -> int:
    """Simulate, print and write; 1 if a fuse would have blown."""
    spec, folder = spec_of(arguments)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("simulating", total=spec.hours * HOUR_S)
        outcome = simulate(spec, lambda seconds: progress.advance(task, seconds))
    table = Table(title=title_of(spec), show_header=False)
    for row in rows_of(outcome):
        table.add_row(*row)
    Console().print(table)
    if folder is not None:
        write(outcome, folder)
        print(f"also in {folder}/site.svg and {folder}/summary.json")
    return int(bool(outcome.world.flows.breaches()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
