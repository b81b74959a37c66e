"""Slots: whatever happens in whatever order, what starts is sound, and never older."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.update import slots as table
from ampkeeper.firmware.update.slots import FACTORY, A, B, Slots, slots_of
from ampkeeper.firmware.update.trust import Trust
from tests.support.images import release_keys

SOUND = {FACTORY: 1, A: 7, B: 8}


def test_the_table_has_each_pair_once_and_ignores_the_rest():
    pairs = [row[:2] for row in table.TABLE]
    assert len(set(pairs)) == len(pairs)
    ignored = {(state, event) for state, events in table.IGNORED.items() for event in events}
    assert not ignored & set(pairs)
    assert len(pairs) + len(ignored) == len(table.STATES) * len(table.EVENTS)


def test_an_image_that_says_it_works_stays():
    slots, started = Slots().installed(A, 7, "").started(SOUND)
    assert started == A
    good = slots.confirmed()
    assert (good.good, good.counter_min) == (A, 7)
    assert good.started(SOUND)[1] == A


def test_an_image_that_never_says_so_starts_three_times_and_no_more():
    slots, started = replace(Slots(), good=B, counter_min=7).installed(A, 7, ""), []
    for _ in range(5):
        slots, place = slots.started(SOUND)
        started.append(place)
    assert started == [A, A, A, B, B]
    assert slots.state == table.REVERTED
    assert "3 times" in slots.reason
    assert slots.told() == replace(slots, state=table.GOOD, reason="")


def test_an_image_that_rejects_itself_makes_room_at_the_next_start():
    slots = Slots().installed(A, 7, "").rejected("the pilot board is silent")
    assert slots.started(SOUND)[1] == FACTORY
    assert slots.reason == "the pilot board is silent"
    assert slots.counter_min == 0, "what was never good raises nothing"


def test_software_that_was_good_is_not_left_for_an_older_one():
    slots = replace(Slots(), good=B, counter_min=8)
    assert slots.started({FACTORY: 1, A: 7}) == (replace(slots, state=table.DEAD), "")


def test_what_the_maker_takes_back_is_known_from_the_trial_on():
    first, second, third = ("a" * 64, "b" * 64, "c" * 64)
    root = release_keys()[0].pem
    good = Trust((root,), frozenset((first, second)), serial=1).to_text()
    tried = Trust((root,), frozenset((first, third)), serial=2).to_text()
    slots = Slots(trust=good)
    assert slots.revoked == {first, second}
    trying = slots.installed(A, 7, tried)
    assert trying.revoked == {first, second, third}
    assert trying.started(SOUND)[0].confirmed().revoked == {first, third}
    assert trying.rejected("no").revoked == {first, second}
    assert Slots().revoked == Slots(trust="no JSON").revoked == frozenset()


def test_a_damaged_one_gives_way_to_another_that_may_run():
    slots = replace(Slots(), good=B, counter_min=7)
    moved, started = slots.started({FACTORY: 1, A: 7})
    assert (moved.good, started) == (A, A)


def test_what_failed_gives_way_to_all_else_until_it_holds_another_image():
    before = replace(Slots(), good=A, counter_min=1)
    failed = before.installed(B, 8, "").rejected("no")
    assert failed.failed == slots_of(failed.to_text()).failed == B
    assert failed.started({FACTORY: 1, B: 8})[1] == FACTORY
    assert failed.told().started({FACTORY: 1, B: 8})[1] == FACTORY
    assert failed.told().started({B: 8})[1] == B, "nothing else is left"
    again = failed.told().installed(B, 8, "")
    assert again.failed == ""
    assert again.started(SOUND)[0].confirmed().started({FACTORY: 8, A: 8})[1] == A


def test_what_failed_is_not_forgotten_for_an_image_in_the_other_slot():
    before = replace(Slots(), good=A).installed(B, 8, "").rejected("no").told()
    fell, place = before.started({FACTORY: 1, B: 8})
    assert (fell.good, place, fell.free) == (FACTORY, FACTORY, A)
    assert fell.installed(A, 8, "").failed == B
    assert fell.installed(A, 8, "").rejected("no").failed == A


def test_older_records_tell_of_no_slot_that_failed():
    older = json.loads(Slots().to_text())
    del older["failed"]
    assert slots_of(json.dumps(older)).failed == ""


def test_the_dead_wake_with_what_is_sound_again():
    dead, place = replace(Slots(), good=B, counter_min=8).started({FACTORY: 1, A: 7})
    assert (dead.state, place) == (table.DEAD, "")
    assert dead.started({FACTORY: 1, A: 7}) == (dead, "")
    woken, place = dead.started(SOUND)
    assert (woken.state, woken.good, place) == (table.GOOD, B, B)
    assert dead.started({A: 8})[1] == A


def test_the_dead_still_owe_why_the_last_trial_ended_badly():
    trying = replace(Slots(), good=B, counter_min=8).installed(A, 8, "")
    dead, place = trying.rejected("the pilot board is silent").started({})
    assert (dead.state, place) == (table.DEAD, "")
    woken, place = slots_of(dead.to_text()).started(SOUND)
    assert (woken.state, place) == (table.REVERTED, B)
    assert woken.reason == "the pilot board is silent"
    assert woken.told().state == table.GOOD


def test_the_dead_are_helped_by_an_image():
    dead = Slots(table.DEAD, good=B, counter_min=8)
    assert dead.installed(A, 8, "").started({A: 8})[1] == A


def test_whom_to_believe_changes_with_what_is_good():
    slots = Slots(trust="old").installed(A, 7, "new")
    assert slots.trust == "old"
    assert slots.rejected("no").trust == "old"
    assert slots.confirmed().trust == "new"


def test_the_time_of_a_trial_is_kept_and_older_records_have_the_usual_one():
    slots = Slots().installed(A, 7, "", 87_000)
    assert slots_of(slots.to_text()).trial_s == 87_000
    older = json.loads(slots.to_text())
    del older["trial_s"]
    assert slots_of(json.dumps(older)).trial_s == table.TRIAL_S


def test_a_launcher_reads_what_newer_software_writes():
    told = json.loads(Slots(good=A).to_text()) | {"something": "new"}
    assert slots_of(json.dumps(told)) == Slots(good=A)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        Slots().to_text().replace('"trial_s": 1800', '"trial_s": 0'),
        Slots().to_text().replace('"trial_s": 1800', '"trial_s": 90001'),
        "[]",
        "[" * 60_000,
        "x" * 70_000,
        Slots().to_text().replace("GOOD", "BEST"),
        Slots().to_text().replace('"good": "factory"', '"good": "../../bin"'),
        Slots().to_text().replace('"new": ""', '"new": "a"'),
        Slots().to_text().replace('"failed": ""', '"failed": "factory"'),
        Slots().installed(A, 7, "").to_text().replace('"good": "factory"', '"good": "a"'),
        Slots().to_text().replace('"counter_min": 0', '"counter_min": -1'),
        Slots().to_text().replace('"counter_min": 0', '"counter_min": true'),
        Slots().to_text().replace('"trust": ""', '"trust": null'),
    ],
)
def test_a_record_that_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match="slots"):
        slots_of(text)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("install"), st.integers(1, 9)),
        st.tuples(st.just("start"), st.sets(st.sampled_from(table.PLACES))),
        st.tuples(st.sampled_from(["confirm", "reject", "told"]), st.none()),
    ),
    max_size=30,
)


@settings(max_examples=200)
@given(ACTS)
def test_what_starts_is_sound_and_never_older_than_what_was_good(acts):
    slots, counters, highest = Slots(), {FACTORY: 1}, 0
    for act, value in acts:
        if act == "install" and value >= slots.counter_min and slots.state != table.TRYING:
            place = slots.free
            assert place != slots.good
            counters[place] = value
            slots = slots.installed(place, value, "")
        elif act == "start":
            sound = {one: counters[one] for one in value & counters.keys()}
            slots, started = slots.started(sound)
            assert started == "" or sound[started] >= highest
            allowed = [one for one in sound if sound[one] >= highest]
            assert (started != "") == bool(allowed)
            assert slots.starts_left < table.STARTS_MAX
        elif act == "confirm":
            slots = slots.confirmed()
            highest = max(highest, slots.counter_min)
        else:
            slots = slots.rejected("no") if act == "reject" else slots.told()
        assert slots_of(slots.to_text()) == slots
        assert slots.counter_min >= highest
