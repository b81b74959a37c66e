"""A trial: when new software counts as good, when it goes back, and that each case has one row."""

from dataclasses import replace
from itertools import product

import pytest

from ampkeeper.firmware.update import trial
from ampkeeper.firmware.update.slots import TRIAL_S_MAX
from ampkeeper.firmware.update.trial import CONFIRM, REJECT, TABLE, WAIT, Patience, Seen, judge

PATIENCE = Patience(confirm_s=120, csms_s=600)


def seen(since_s: float = 20, **changes: object) -> Seen:
    whole = {
        "failed": (),
        "silent_evses": (),
        "is_tested": True,
        "needs_csms": True,
        "is_accepted": True,
    }
    return Seen(since_s, **(whole | changes))


@pytest.mark.parametrize(("confirm_s", "csms_s"), [*product((30.0, 3_600.0), (0.0, 86_400.0))])
def test_whatever_may_be_configured_ends_before_the_launcher_ends_it(
    confirm_s: float, csms_s: float
):
    patience = Patience(confirm_s, csms_s)
    assert max(confirm_s, csms_s) < patience.trial_s <= TRIAL_S_MAX
    assert patience.within(patience.trial_s) == patience == patience.within(0)


@pytest.mark.parametrize("trial_s", [60, 700, 1_800])
def test_a_launcher_with_less_time_is_forestalled(trial_s: float):
    clipped = Patience(3_600, 86_400).within(trial_s)
    assert max(clipped.confirm_s, clipped.csms_s) < trial_s
    assert Patience(10, 10).within(trial_s) == Patience(10, 10)


def test_what_answers_is_tested_and_is_accepted_is_good():
    verdict, reason = judge(seen(), PATIENCE)
    assert (verdict, reason) == (CONFIRM, "good: self-tests, pilot boards, central system")


def test_a_self_test_that_fails_sends_it_back_at_once_and_is_named():
    verdict, reason = judge(seen(0, failed=("storage",), is_tested=False), PATIENCE)
    assert (verdict, reason) == (REJECT, "self-test failed: storage")


def test_a_pilot_board_has_its_time_to_answer():
    assert judge(seen(119, silent_evses=(2,)), PATIENCE) == (WAIT, "")
    verdict, reason = judge(seen(120, silent_evses=(2,)), PATIENCE)
    assert (verdict, reason) == (REJECT, "no pilot board of EVSE 2 within 120 s")


def test_a_pilot_board_that_was_silent_before_keeps_no_update_away():
    verdict, reason = judge(seen(silent_evses=(2,), dead_evses=(2,)), PATIENCE)
    assert verdict == CONFIRM
    assert reason.endswith("; no pilot board of EVSE 2, as before")


@pytest.mark.parametrize("dead", [(), (2,)])
def test_a_pilot_board_that_answered_before_has_to_answer(dead: tuple[int, ...]):
    case = seen(120, silent_evses=(1, 2), dead_evses=dead)
    verdict, reason = judge(case, PATIENCE)
    assert verdict == REJECT
    assert "EVSE 1" in reason
    assert ("2" in reason.split("within")[0]) == (not dead)
    assert judge(seen(20, silent_evses=(1, 2), dead_evses=dead), PATIENCE) == (WAIT, "")


def test_self_tests_have_their_time_for_a_result():
    assert judge(seen(119, is_tested=False), PATIENCE) == (WAIT, "")
    assert judge(seen(120, is_tested=False), PATIENCE)[0] == REJECT


def test_a_central_system_that_is_away_sends_nothing_back():
    assert judge(seen(599, is_accepted=False), PATIENCE) == (WAIT, "")
    verdict, reason = judge(seen(600, is_accepted=False), PATIENCE)
    assert (verdict, reason) == (CONFIRM, "good, but no central system within 600 s")


def test_a_station_without_a_central_system_waits_for_none():
    found = judge(seen(needs_csms=False, is_accepted=False), PATIENCE)
    assert found == (CONFIRM, "good: self-tests, pilot boards")


def cases() -> list[Seen]:
    facts = product((0, 119, 120, 600), ((), ("x",)), ((), (1,)), *[(False, True)] * 3)
    whole = [Seen(*case) for case in facts]
    return whole + [replace(case, dead_evses=(1,)) for case in whole if case.silent_evses]


def test_every_case_has_a_verdict_and_every_row_is_used():
    used = set()
    for case in cases():
        facts = trial._facts(case, PATIENCE)
        rows = [row for row in TABLE if facts.issuperset(row[0]) and facts.isdisjoint(row[1])]
        assert rows, case
        used.add(TABLE.index(rows[0]))
        assert judge(case, PATIENCE)[0] == rows[0][2]
    assert used == set(range(len(TABLE)))


@pytest.mark.parametrize("case", cases())
def test_nothing_counts_as_good_that_fails_is_silent_or_is_untested(case: Seen):
    verdict, reason = judge(case, PATIENCE)
    if verdict == CONFIRM:
        assert not case.failed
        assert set(case.silent_evses) <= set(case.dead_evses)
        assert case.is_tested
    assert (reason == "") == (verdict == WAIT)
    if case.since_s >= PATIENCE.csms_s:
        assert verdict != WAIT, "a trial ends"
