"""Power goes at random points of a session, in virtual time: nothing is lost, doubled or free.

``AMPKEEPER_VIRTUAL_CUTS`` is the number of stories; some have a second cut.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.power_loss.story import Outcome, draw, summary, tell
from tests.support.virtual import run_cutting

STORIES = int(os.environ.get("AMPKEEPER_VIRTUAL_CUTS", "46"))
BATCH = 23


@pytest.mark.parametrize("first", range(0, STORIES, BATCH))
def test_each_transaction_is_told_once_with_all_that_was_metered(
    tmp_path: Path, seed: int, first: int, record_property: Callable[[str, object], None]
) -> None:
    outcomes = []
    for number in range(first, min(first + BATCH, STORIES)):
        story = draw(seed + number)
        try:
            outcome = run_cutting(partial(tell, story, tmp_path / str(number)))
            judge(outcome)
        except BaseException as error:
            error.add_note(str(story))
            raise
        outcomes.append(outcome)
    record_property("covered", summary(outcomes))


def judge(outcome: Outcome) -> None:
    """The reasons are those that follow from the cuts, and nothing was left out of the books."""
    assert sorted(outcome.tx_ids) == sorted(each.key for each in outcome.told)
    for each in outcome.told:
        expected = outcome.expected(each)
        assert each.reason == expected if expected else each.reason != "PowerLoss", outcome.cuts
