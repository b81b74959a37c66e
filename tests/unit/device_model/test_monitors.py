"""Monitors: when they say something, what is kept of them, and their limits."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.device_model.model import DeviceModel
from ampkeeper.firmware.device_model.monitor import (
    CLOCKED,
    DELTA,
    LOWER,
    PERIODIC,
    UPPER,
    Monitor,
    look,
    remember,
)
from ampkeeper.firmware.device_model.monitor_book import (
    ALL,
    FACTORY,
    HARD_WIRED_ONLY,
    MONITORS_MAX,
    MonitorBook,
    Wanted,
)
from ampkeeper.firmware.device_model.variable import (
    WRITE_ONLY,
    Attribute,
    Characteristics,
    Component,
    Variable,
)

START = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)


def variable(name, kind, access="ReadOnly", **given):
    characteristics = Characteristics(kind, **given)
    return Variable(
        Component("EVSE", "", 1), name, "", name, (Attribute(access=access),), characteristics
    )


POWER = variable("Power", "decimal", lowest=0, highest=100)
STATE = variable("State", "OptionList")
SECRET = variable("Secret", "string", WRITE_ONLY)
MODEL = DeviceModel([POWER, STATE, SECRET])
FACTORY_MADE = (Monitor(1, "State", DELTA, 1.0, 6), Monitor(2, "Gone", DELTA, 1.0, 6))


def said(kind, value, texts, is_number=True):
    monitor = Monitor(1, "Power", kind, value, 5)
    remember(monitor, texts[0], 0.0)
    return [look(monitor, text, is_number, 0.0) for text in texts[1:]]


@pytest.mark.parametrize(
    ("kind", "value", "texts", "words"),
    [
        (UPPER, 10, ["1", "10", "10.1", "11", "", "10"], [None, "over", None, None, "back"]),
        (LOWER, 10, ["50", "10", "9", "", "oops", "11"], [None, "over", None, None, "back"]),
        (DELTA, 5, ["10", "15", "15.1", "", "10", "9"], [None, "change", None, "change", None]),
        (DELTA, 5, ["", "100", "100", "106"], [None, None, "change"]),
    ],
)
def test_a_number_says_something_beyond_its_value_and_nothing_while_it_is_unknown(
    kind, value, texts, words
):
    spelled = {("Alerting", False): "over", ("Alerting", True): "back", ("Delta", False): "change"}
    assert [spelled.get(word) for word in said(kind, value, texts)] == words


def test_what_is_no_number_says_every_change():
    words = said(DELTA, 1000, ["Available", "Available", "Occupied", ""], is_number=False)
    assert words == [None, ("Delta", False), ("Delta", False)]


@pytest.mark.parametrize(("kind", "times"), [(PERIODIC, [17, 27, 57]), (CLOCKED, [10, 20, 50])])
def test_a_period_counts_from_now_or_by_the_clock_and_none_is_made_up_for(kind, times):
    monitor = Monitor(1, "Power", kind, 10, 5)
    remember(monitor, "", 7.0)
    looks = [*range(7, 30), 55, *range(56, 60)]  # nobody looked for a while
    heard = [at_s for at_s in looks if look(monitor, "", True, float(at_s))]
    assert heard[:2] == times[:2]
    assert heard[2] == 55
    assert len(heard) == (4 if kind == PERIODIC else 3)


def text_of(texts):
    return lambda each: texts.get(each.known_as, "")


def no_tx(each):
    return None


def test_what_was_said_names_its_variable_and_its_number():
    made = MonitorBook(MODEL, ())
    own = made.set(Wanted(UPPER, 50, 5), POWER, "10", START).id
    (event,) = made.look(text_of({"Power": "60"}), lambda each: "tx", START)
    assert (event.monitor_id, event.variable, event.trigger) == (own, POWER, "Alerting")
    assert (event.text, event.tx_id, event.event_id) == ("60", "tx", 1)
    (event,) = made.look(text_of({"Power": "40"}), no_tx, START)
    assert (event.is_cleared, event.event_id) == (True, 2)


def test_a_monitor_of_transactions_looks_only_while_one_runs():
    made = MonitorBook(MODEL, ())
    made.set(Wanted(UPPER, 50, 5, in_transaction=True), POWER, "", START)
    assert made.look(text_of({"Power": "60"}), no_tx, START) == []
    assert len(made.look(text_of({"Power": "60"}), lambda each: "tx", START)) == 1


def test_what_must_not_be_read_is_not_told():
    made = MonitorBook(MODEL, ())
    made.set(Wanted(DELTA, 1, 5), SECRET, "one", START)
    (event,) = made.look(text_of({"Secret": "two"}), no_tx, START)
    assert event.text == ""


def test_bases_leave_what_they_should():
    made = MonitorBook(MODEL, FACTORY_MADE)
    own = made.set(Wanted(DELTA, 1, 5), POWER, "", START).id
    assert own == 2  # what the factory made of a variable that is not there takes no place
    made.set_base(ALL, text_of({}), START)
    assert sorted(made.monitors) == [1, own]
    changed = Wanted(DELTA, 1, 7, id=1)
    assert made.set(changed, STATE, "", START).id == 1
    made.set_base(ALL, text_of({}), START)
    assert made.monitors[1].severity == 7  # N03.FR.03: left as it was changed
    made.set_base(FACTORY, text_of({}), START)
    assert list(made.monitors) == [1]
    assert made.monitors[1].severity == 6
    made.set_base(HARD_WIRED_ONLY, text_of({}), START)
    assert made.monitors == {}


def test_a_full_book_refuses_one_more_and_a_changed_one_is_not_more():
    made = MonitorBook(MODEL, ())
    for number in range(MONITORS_MAX):
        made.monitors[number + 1] = Monitor(number + 1, "Power", UPPER, 1.0, 20 + number)
    assert made.set(Wanted(LOWER, 1, 1), POWER, "", START).reason == "OutOfStorage"
    assert made.set(Wanted(LOWER, 1, 1, id=5), POWER, "", START).status == "Accepted"


def test_a_restart_forgets_nothing_but_the_periods():
    made = MonitorBook(MODEL, FACTORY_MADE)
    made.set(Wanted(UPPER, 50, 5), POWER, "10", START)
    made.set(Wanted(DELTA, 1, 5), STATE, "Available", START)
    made.look(text_of({"Power": "60", "State": "Available"}), no_tx, START)
    made.level = 7
    again = MonitorBook(MODEL, FACTORY_MADE)
    assert again.load(made.dump()) == []
    assert (again.level, again.monitors) == (7, made.monitors)
    later = START + timedelta(hours=1)
    cleared, changed = again.look(text_of({"Power": "40", "State": "Occupied"}), no_tx, later)
    assert cleared.is_cleared
    assert changed.text == "Occupied"
    assert cleared.event_id == 2


@pytest.mark.parametrize("kept", ["", "{}", "[]", "null", '{"base": 1}', "\x00"])
def test_what_cannot_be_read_is_told_and_nothing_is_watched(kept):
    made = MonitorBook(MODEL, ())
    assert len(made.load(kept)) == 1
    assert made.monitors == {}


def test_a_monitor_of_what_is_gone_is_left_out_and_told():
    made = MonitorBook(MODEL, ())
    made.set(Wanted(DELTA, 1, 5), POWER, "", START)
    kept = json.loads(made.dump())
    kept["monitors"][0]["known_as"] = "Gone"
    assert made.load(json.dumps(kept)) == ["monitor 1: there is no Gone any more"]


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.floats(0, 100),
    st.sampled_from([UPPER, LOWER]),
)
def test_thresholds_are_passed_and_left_in_turn(values, limit, kind):
    words = [word for word in said(kind, limit, ["", *map(repr, values)]) if word is not None]
    cleared = [is_cleared for _, is_cleared in words]
    assert cleared == [number % 2 == 1 for number in range(len(cleared))]
