"""Play: one scenario on a stage, and the verdict."""

from dataclasses import dataclass, field

from ampkeeper.board.emulated.rig.errors import ChargerError
from ampkeeper.board.emulated.rig.expectations import Seen, expectation
from ampkeeper.board.emulated.rig.scenario import Scenario, Step
from ampkeeper.board.emulated.rig.stage import Stage
from ampkeeper.board.emulated.rig.verbs import Deed
from ampkeeper.board.emulated.rig.words import failure_text

PASS, FAIL = "PASS", "FAIL"
LOOK_S = 0.25
REGISTERED_S = 300.0
BREACHES_SHOWN = 10


@dataclass(slots=True)
class Verdict:
    """What became of a scenario. ``took_s`` is in the chargers' time."""

    scenario: Scenario
    problems: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def word(self) -> str:
        """PASS or FAIL."""
        return FAIL if self.problems else PASS


async def play(scenario: Scenario, stage: Stage) -> Verdict:
    """Play every step; the first that fails ends it. The wire is judged in any case."""
    verdict = Verdict(scenario)
    began_s = stage.now_s()
    try:
        for station_id in scenario.stations:
            await stage.power_on(station_id)
        registered = expectation("registration", "accepted")
        for station_id in scenario.stations:
            first = Step(0, station_id, 1, (), (registered,), REGISTERED_S)
            await _take(first, scenario, stage)
        for step in scenario.steps:
            await _take(step, scenario, stage)
    except (_NotSoError, ChargerError) as error:
        verdict.problems.append(str(error))
    for post in stage.posts.values():
        found = post.traffic.breaches()
        verdict.problems += [f"{post.station_id}: {text}" for text in found[:BREACHES_SHOWN]]
    verdict.took_s = stage.now_s() - began_s
    return verdict


class _NotSoError(Exception):
    """What was expected did not come."""


async def _take(step: Step, scenario: Scenario, stage: Stage) -> None:
    place = f"{scenario.file}:{step.line}"
    for deed in step.deeds:
        try:
            await _do(deed, step, stage)
        except ChargerError as error:
            raise _NotSoError(f"{place}: {deed.verb}: {error}") from None
    if step.expected:
        await _expect(place, step, stage)


async def _do(deed: Deed, step: Step, stage: Stage) -> None:
    post = stage.posts[step.station]
    if deed.method:
        path = deed.path.format(evse=step.evse_id)
        await stage.ask(step.station, deed.method, path, deed.body)
        return
    match deed.verb:
        case "wait":
            await stage.sleep(deed.wait_s)
        case "power":
            do = stage.cut_power if deed.value == "cut" else stage.power_on
            await do(step.station)
        case "central":
            post.set_central(deed.value == "up")
        case "line":
            post.line.settings = post.line.settings.changed(deed.value)
        case _:
            await _speak(deed, step, stage)


async def _speak(deed: Deed, step: Step, stage: Stage) -> None:
    wire = stage.posts[step.station].wire
    if wire is None:
        raise ChargerError(f"{step.station} is not connected")
    match deed.verb:
        case "disconnect":
            wire.end()
        case "call":
            one = deed.value.get(wire.version)
            if one is None:
                raise ChargerError(f"nothing to call with OCPP {wire.version}")
            await wire.call(one["action"], one["payload"])
        case "say":
            await wire.say(deed.value)


async def _expect(place: str, step: Step, stage: Stage) -> None:
    deadline_s = stage.now_s() + step.within_s
    while True:
        seen = await _seen(step, stage)
        missing = [text for text in (each.missing(seen) for each in step.expected) if text]
        if not missing:
            return
        if stage.now_s() >= deadline_s:
            raise _NotSoError(f"{place}: {_failed(step, missing, seen)}")
        await stage.sleep(LOOK_S)


async def _seen(step: Step, stage: Stage) -> Seen:
    state = await stage.state(step.station)
    traffic = stage.posts[step.station].traffic
    return Seen(state, stage.events(step.station), traffic, step.evse_id)


def _failed(step: Step, missing: list[str], seen: Seen) -> str:
    what = "; ".join(missing)
    if seen.state is None:
        return f"{step.station}: not within {step.within_s:g} s: {what}; it has no power"
    return failure_text(step.station, what, step.within_s, seen.state, seen.events)
