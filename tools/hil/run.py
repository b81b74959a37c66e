"""Run: plays cases one after the other on a bench, and gives everything back at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.hil import bench as b
from tools.hil.bench import Bench, HilError, InterlockError
from tools.hil.cases import Case
from tools.hil.play import REST_MS, Check, NotReadyError, Play
from tools.hil.record import Record

FULL_A = 16.0  # what the station is asked for between cases
PASSED, FAILED, SKIPPED, STOPPED = "passed", "failed", "skipped", "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. ``why`` says what is not in the checks."""

    case: Case
    verdict: str
    checks: tuple[Check, ...] = ()
    why: str = ""
    record: Record | None = None
    marks: tuple[tuple[int, str], ...] = ()
    from_us: int = 0
    to_us: int = 0


def run(
    bench: Bench, cases: Sequence[Case], tell: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Play all; after an open E-stop line the rest is stopped. The bench is released."""
    outcomes: list[Outcome] = []
    try:
        stopped = _energise(bench)
        for case in cases:
            outcome = Outcome(case, STOPPED, why=stopped) if stopped else _play(bench, case)
            stopped = stopped or (outcome.why if outcome.verdict == STOPPED else "")
            outcomes.append(outcome)
            tell(outcome)
    finally:
        bench.release()
    return outcomes


def _energise(bench: Bench) -> str:
    """Why nothing may be energised; empty if all is well."""
    try:
        bench.energise()
    except InterlockError as error:
        return str(error)
    return ""


def _play(bench: Bench, case: Case) -> Outcome:
    missing = case.needs - bench.offers
    if missing:
        return Outcome(case, SKIPPED, why=f"this rig offers no {', '.join(sorted(missing))}")
    play = Play(bench)
    bench.begin()
    from_us = bench.now_us()
    verdict, why = FAILED, ""
    try:
        _rest(bench)
        bench.begin()
        from_us = bench.now_us()
        case.play(play)
        is_good = bool(play.checks) and all(check.is_good for check in play.checks)
        verdict = PASSED if is_good else FAILED
    except NotReadyError as error:
        why = str(error)
    except HilError as error:
        verdict, why = STOPPED, str(error)
    told = tuple(play.checks), why, bench.record, tuple(play.marks)
    return Outcome(case, verdict, *told, from_us, bench.now_us())


def _rest(bench: Bench) -> None:
    """Bring the charger where every case begins: unplugged, nothing broken, full current."""
    for what in reversed(b.SWITCHES):
        if what in bench.offers:
            bench.switch(what, False)
    if b.HOST in bench.offers:
        bench.host(True)
    if b.LIMIT in bench.offers:
        bench.limit(FULL_A)
    bench.wait(REST_MS)
