"""Who may charge: local tags, cache, central system, and the rules without it."""

from datetime import UTC, datetime, timedelta

import pytest

from ampkeeper.firmware.authorise.decide import Decision, Known, Rules, decide

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = Known("Accepted", "family")


@pytest.mark.parametrize(
    ("rules", "known", "is_online", "decision"),
    [
        (Rules(is_free=True), None, False, Decision.ACCEPT),
        (Rules(local_tags=frozenset({"04A224B1"})), None, False, Decision.ACCEPT),
        (Rules(), None, True, Decision.ASK),
        (Rules(), GOOD, True, Decision.ACCEPT),
        (Rules(pre_authorise=False), GOOD, True, Decision.ASK),
        (Rules(cache_enabled=False), GOOD, True, Decision.ASK),
        (Rules(), Known("Blocked"), True, Decision.ASK),
        (Rules(), GOOD, False, Decision.ACCEPT),
        (Rules(authorise_offline=False), GOOD, False, Decision.REFUSE),
        (Rules(), None, False, Decision.REFUSE),
        (Rules(unknown_offline=True), None, False, Decision.ACCEPT),
        (Rules(unknown_offline=True), Known("Blocked"), False, Decision.REFUSE),
        (Rules(cache_is_final=True), Known("Blocked"), True, Decision.REFUSE),
        (Rules(asks_nobody=True), None, True, Decision.REFUSE),
        (Rules(asks_nobody=True), Known("Blocked"), True, Decision.REFUSE),
        (Rules(asks_nobody=True, pre_authorise=False), GOOD, True, Decision.ACCEPT),
        (Rules(asks_nobody=True, unknown_offline=True), None, False, Decision.ACCEPT),
        (Rules(cache_is_final=True), Known("Accepted", expires=NOW), True, Decision.ASK),
        (Rules(list_is_final=True), Known("Blocked"), True, Decision.ASK),
        (Rules(), Known("Accepted", expires=NOW), False, Decision.REFUSE),
        (Rules(), Known("Accepted", expires=NOW + timedelta(1)), False, Decision.ACCEPT),
    ],
)
def test_the_rules_decide_in_the_standards_order(rules, known, is_online, decision):
    assert decide("04a224b1", rules, None, known, is_online, NOW).decision is decision


def test_a_refusal_says_why():
    assert "offline" in decide("X", Rules(), None, None, False, NOW).why


def test_the_group_of_a_cached_token_is_handed_on():
    assert decide("X", Rules(), None, GOOD, True, NOW).group_id == "family"


@pytest.mark.parametrize(
    ("rules", "listed", "cached", "is_online", "decision"),
    [
        (Rules(), GOOD, None, True, Decision.ACCEPT),
        (Rules(pre_authorise=False), GOOD, None, True, Decision.ASK),
        (Rules(), Known("Blocked"), GOOD, True, Decision.ASK),
        (Rules(list_is_final=True), Known("Blocked"), GOOD, True, Decision.REFUSE),
        (Rules(cache_is_final=True), Known("Blocked"), GOOD, True, Decision.ASK),
        (Rules(), GOOD, None, False, Decision.ACCEPT),
        (Rules(), Known("Blocked"), GOOD, False, Decision.REFUSE),
        (Rules(), GOOD, Known("Blocked"), False, Decision.ACCEPT),
        (Rules(authorise_offline=False), GOOD, None, False, Decision.REFUSE),
        (Rules(unknown_offline=True), Known("Blocked"), None, False, Decision.REFUSE),
        (Rules(cache_enabled=False), GOOD, None, False, Decision.ACCEPT),
    ],
)
def test_the_list_wins_over_the_cache(rules, listed, cached, is_online, decision):
    assert decide("X", rules, listed, cached, is_online, NOW).decision is decision
