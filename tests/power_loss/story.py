"""Story: one session with a power cut in it, drawn from a seed, and what has to come of it.

The car, the person and the central system go on by the clock, with power or without. What is
expected is decided from the books as the cut left them and from where the car was when the power
came back; nothing is asked of the station that was cut.
"""

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ampkeeper.firmware.facts import StopReason
from ampkeeper.hal.errors import AbsentError
from tests.support.books import Cut, expected_reason, names, open_transaction
from tests.support.rig import CAR, CARD
from tests.support.transactions import Transaction
from tests.support.virtual import STATION, Charger, CuttingLoop

END_S = 22.0  # when the car leaves, if it has not left before
LATEST_S = 20.0  # when power goes if the store is not accessed that often
STARTS = ("PowerPathClosed", "EVConnected", "EnergyTransfer")
WAYS = ("card", "unplug", "remote", "none")


@dataclass(frozen=True, slots=True)
class Story:
    """When what happens, in virtual seconds."""

    seed: int
    version: str
    ends_on_return: bool
    plug_s: float
    swipe_s: float
    stop_s: float
    way: str
    cut_s: float | None  # None: at an access to the store
    cut_access: int
    is_cut_before: bool
    dark_s: float
    leaves_in_the_dark: bool
    second_cut_s: float | None  # after the return
    answer_s: float
    start: str  # what begins a transaction in 2.0.1


def draw(seed: int) -> Story:
    """A story; even seeds are 1.6, and every second pair ends what the power interrupted."""
    random = Random(f"power/{seed}")
    swipe_s = random.uniform(1.0, 4.0)
    stop_s = swipe_s + random.uniform(2.0, 12.0)
    return Story(
        seed=seed,
        version="1.6" if seed % 2 == 0 else "2.0.1",
        ends_on_return=seed // 2 % 2 == 1,
        plug_s=random.uniform(0.5, 4.0),
        swipe_s=swipe_s,
        stop_s=stop_s,
        way=random.choice(WAYS),
        cut_s=random.uniform(swipe_s - 0.5, stop_s + 4.0) if random.random() < 0.5 else None,
        cut_access=random.randrange(1, 24),
        is_cut_before=random.random() < 0.5,
        dark_s=random.uniform(0.1, 8.0),
        leaves_in_the_dark=random.random() < 0.25,
        second_cut_s=random.uniform(0.05, 6.0) if random.random() < 0.3 else None,
        answer_s=random.choice((0.0, 0.05, 0.8)),
        start=Random(f"start/{seed}").choice(STARTS),
    )


@dataclass(slots=True)
class Outcome:
    """What came of a story."""

    story: Story
    cuts: list[Cut] = field(default_factory=list)
    told: list[Transaction] = field(default_factory=list)
    tx_ids: dict[str, str] = field(default_factory=dict)  # the books', by the wire's

    def expected(self, told: Transaction) -> StopReason | None:
        """The reason that follows from the cuts; None: any but PowerLoss."""
        return expected_reason(self.cuts, self.tx_ids[told.key], self.story.ends_on_return)


async def tell(story: Story, folder: Path, loop: CuttingLoop) -> Outcome:
    """Let it happen; return what came of it, with the wire judged."""
    ends = '"end"' if story.ends_on_return else '"resume"'
    points = {'ocpp__variables__"TxCtrlr.TxStartPoint"': json.dumps(story.start)}
    made = Charger(folder, story.version, story.seed, session__on_power_return=ends, **points)
    outcome = Outcome(story)
    async with asyncio.TaskGroup() as group:
        acting = group.create_task(_act(made, story, outcome))
        await _first_lives(made, story, loop, outcome)
        async with made.running():
            made.watched.answer_s = lambda: story.answer_s
            await acting
            await made.settle()
            metered_wh = made.car.register.energy_wh
    outcome.tx_ids = names(made.state_dir, made.is_16)
    outcome.told = made.check()
    made.check_energy(outcome.told, metered_wh)
    return outcome


async def _first_lives(made: Charger, story: Story, loop: CuttingLoop, outcome: Outcome) -> None:
    """Every life that ends with a cut, and the dark after it."""
    for cut_s in (story.cut_s, story.second_cut_s):
        is_first = not outcome.cuts
        if not is_first and cut_s is None:
            return
        async with made.running():
            made.watched.answer_s = lambda: story.answer_s
            if is_first and cut_s is None:
                loop.cut_after(story.cut_access, story.is_cut_before)
            await _until_cut(loop, LATEST_S if cut_s is None else cut_s)
        found = open_transaction(made.state_dir)
        if is_first and story.leaves_in_the_dark:
            made.unplug()
        await asyncio.sleep(story.dark_s)
        loop.power_on()
        outcome.cuts.append(Cut(*found, made.car.car.plugged))


async def _until_cut(loop: CuttingLoop, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await loop.has_cut.wait()
    except TimeoutError:
        return


async def _act(made: Charger, story: Story, outcome: Outcome) -> None:
    """What people and the central system do, whether there is power or not."""
    loop = asyncio.get_running_loop()
    for at_s, what in sorted(
        (
            (story.plug_s, "plug"),
            (story.swipe_s, "card"),
            (story.stop_s, story.way),
            (END_S, "unplug"),
        )
    ):
        await asyncio.sleep(max(0.0, at_s - loop.time()))
        if what == "plug" and not (story.leaves_in_the_dark and outcome.cuts):
            made.plug(**CAR)
        elif what == "unplug":
            made.unplug()
        elif what == "card" and made.is_on:
            made.swipe(CARD)
        elif what == "remote" and made.is_on:
            await _stop_remotely(made)


async def _stop_remotely(made: Charger) -> None:
    """Ask for the end of what runs, as far as the central system knows of anything."""
    running = [each for each in made.told if not each.is_over and " " not in each.key]
    if not running or made.csms.links == {}:
        return
    key = running[0].key
    action = "RequestStopTransaction"
    number: dict[str, Any] = {"transactionId": key}
    if made.is_16:
        action, number = "RemoteStopTransaction", {"transactionId": int(key)}
    with contextlib.suppress(TimeoutError, AbsentError):
        await made.csms.call(STATION, action, number)


def summary(outcomes: list[Outcome]) -> str:
    """What was covered, in words."""
    cuts = [cut for outcome in outcomes for cut in outcome.cuts]
    running = [cut for cut in cuts if cut.tx_id is not None]
    told = [each for outcome in outcomes for each in outcome.told]
    reasons = Counter(each.reason for each in told)
    return (
        f"{len(cuts)} power cuts in {len(outcomes)} sessions, "
        f"{sum(outcome.story.cut_s is None for outcome in outcomes)} at an access to the store; "
        f"{len(running)} in a transaction, "
        f"{sum(cut.reason is not None for cut in running)} of them while it was stopped, "
        f"{sum(not cut.is_plugged for cut in running)} with the car gone at the return; "
        f"{len(told)} transactions: "
        + ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    )
