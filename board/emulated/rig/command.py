"""Command: ``ampkeeper scenario FILE...``: check all, play all, say what became of each."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.junit import report
from ampkeeper.board.emulated.rig.play import Verdict, play
from ampkeeper.board.emulated.rig.replay import load_record, replay
from ampkeeper.board.emulated.rig.scenario import Scenario, load
from ampkeeper.board.emulated.rig.stage import Post
from ampkeeper.board.emulated.rig.stage_process import ProcessStage, check_central
from ampkeeper.board.emulated.rig.stage_virtual import VirtualStage
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.config.problems import ConfigError, Problem

PASSED, FAILED, REFUSED = 0, 1, 2
EXAMPLES = Path(__file__).with_name("examples")


def run(arguments: argparse.Namespace) -> int:
    """Play what the command line names; the return value is the exit code."""
    if arguments.replay is not None:
        return _again(arguments)
    try:
        scenarios = _load([*arguments.files, *_examples(arguments.examples)])
        if arguments.csms is not None:
            _knock(arguments.csms, scenarios)
    except ConfigError as error:
        problems = [str(problem) for problem in error.problems]
        return _refused(problems, arguments.json)
    except ChargerError as error:
        return _refused([str(error)], arguments.json)
    verdicts = [_play(scenario, arguments) for scenario in scenarios]
    if arguments.junit is not None:
        arguments.junit.write_text(report(verdicts))
    if arguments.json:
        sys.stdout.write(json.dumps({"scenarios": list(map(_as_json, verdicts))}, indent=2) + "\n")
    else:
        failed = sum(bool(verdict.problems) for verdict in verdicts)
        sys.stdout.write(f"{len(verdicts)} scenarios, {failed} failed\n")
    return FAILED if any(verdict.problems for verdict in verdicts) else PASSED


def _again(arguments: argparse.Namespace) -> int:
    """Say to the central system what a record holds."""
    try:
        lines = load_record(arguments.replay)
        if arguments.csms is None:
            raise ChargerError("--replay: goes with --csms URL, which hears it again")
        done = asyncio.run(replay(lines, arguments.csms, arguments.speed))
    except ChargerError as error:
        return _refused([str(error)], arguments.json)
    if arguments.json:
        told = {"calls": done.calls, "problems": done.problems}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{problem}\n" for problem in done.problems))
        text = f"{done.calls} calls, {len(done.problems)} answered otherwise\n"
        sys.stdout.write(text)
    return FAILED if done.problems else PASSED


def _examples(is_wanted: bool) -> list[Path]:
    return sorted(EXAMPLES.glob("*.toml")) if is_wanted else []


def _load(files: Sequence[Path]) -> list[Scenario]:
    """All files, or all that is wrong with any."""
    if not files:
        text = "no scenario: name files, or --examples for those that come with this"
        raise ConfigError([Problem("scenario", 0, "", "", text)])
    problems: list[Problem] = []
    found: list[Scenario] = []
    for file in files:
        try:
            found.append(load(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


def _knock(url: str, scenarios: Sequence[Scenario]) -> None:
    """Ask the central system for what each scenario needs of it, before anything is started."""
    wanted = {(scenario.stations[0], scenario.versions) for scenario in scenarios}
    for station_id, versions in sorted(wanted):
        asyncio.run(check_central(url, station_id, versions))


def _play(scenario: Scenario, arguments: argparse.Namespace) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="ampkeeper-") as folder:
        if arguments.virtual:
            verdict, posts = run_virtual(_virtually(scenario, Path(folder), arguments))
        else:
            verdict, posts = asyncio.run(_really(scenario, Path(folder), arguments))
    if arguments.record is not None:
        _record(arguments.record, scenario, posts)
    if not arguments.json:
        sys.stdout.write(f"{verdict.word}  {scenario.name} ({verdict.took_s:.0f} s)\n")
        for problem in verdict.problems:
            sys.stdout.write("".join(f"      {line}\n" for line in problem.splitlines()))
        sys.stdout.flush()
    return verdict


async def _virtually(
    scenario: Scenario, folder: Path, arguments: argparse.Namespace
) -> tuple[Verdict, dict[str, Post]]:
    async with asyncio.TaskGroup() as group:
        stage = VirtualStage(scenario, folder, arguments.seed, group)
        verdict = await play(scenario, stage)
        await stage.close()
    return verdict, stage.posts


async def _really(
    scenario: Scenario, folder: Path, arguments: argparse.Namespace
) -> tuple[Verdict, dict[str, Post]]:
    csms: DemoCsms | None = None
    url = arguments.csms
    if url is None:
        csms = DemoCsms()
        csms.tokens |= scenario.tokens
        url = await csms.start()
    try:
        async with ProcessStage(scenario, folder, url, arguments.speed, arguments.seed) as stage:
            return await play(scenario, stage), stage.posts
    finally:
        if csms is not None:
            await csms.stop()


def _record(folder: Path, scenario: Scenario, posts: dict[str, Post]) -> None:
    """Write every frame, a file for each charger."""
    folder.mkdir(parents=True, exist_ok=True)
    for station_id, post in posts.items():
        name = f"{Path(scenario.file).stem}-{station_id}.jsonl"
        (folder / name).write_text(post.traffic.as_lines(station_id))


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "file": verdict.scenario.file,
        "name": verdict.scenario.name,
        "verdict": verdict.word,
        "took_s": round(verdict.took_s, 3),
        "problems": verdict.problems,
    }


def _refused(problems: Sequence[str], is_json: bool) -> int:
    text = "nothing was started"
    if is_json:
        sys.stdout.write(json.dumps({"error": text, "problems": list(problems)}, indent=2) + "\n")
    else:
        sys.stderr.write("".join(f"{each}\n" for each in [*problems, text]))
    return REFUSED
