"""A file that cannot be read or written keeps no other program from starting; both interpreters."""

from hashlib import sha256

from flash_rig import BOARD, KEY, OTHER_KEY, Cut, Memory, Rig, offer_of, program

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import HEAD, KEYS, Programs, key_file_of
from ampkeeper.hal.link.flash_slots import (
    DEAD,
    FACTORY,
    FOLDERS,
    NONE,
    RECORDS,
    REVERTED,
    TRYING,
    A,
    B,
    Slots,
)

FIRST, SECOND, THIRD = program(1, 100), program(2, 1_100), program(3, 100)


def good_in_b():
    """Two were flashed; the second, in B, is good."""
    rig = Rig()
    for data, counter in ((FIRST, 2), (SECOND, 3)):
        rig.flash(data, counter)
        rig.floor(f.image_id_of(sha256(data).digest()), counter)
    return rig.store


def test_a_file_of_the_spare_slot_that_cannot_be_read_keeps_nothing_from_starting():
    for name in ("a/head", "a/image.mpy"):
        store = good_in_b()
        store.bad = {name}
        assert Programs(store, BOARD).start() == B, name
        assert Rig(store).flash(program(3, 100), counter=3)["slots"] == TRYING


def test_a_program_that_cannot_be_read_gives_way_to_the_station():
    for name in ("b/head", "b/image.mpy", KEYS):
        store = good_in_b()
        store.bad = set(name) if name is KEYS else {name}
        assert Programs(store, BOARD).start() == NONE, name


def test_what_failed_its_trial_goes_after_what_the_board_came_with():
    for is_rejected in (False, True):
        rig = Rig()
        rig.flash(FIRST, 0)
        rig.floor(f.image_id_of(sha256(FIRST).digest()), 0)
        rig.flash(SECOND, 0)
        if is_rejected:
            rig.say(f.REVERT)
        else:
            assert [Programs(rig.store, BOARD).start() for _ in range(4)] == [B, B, B, A]
        rig.store.files["a/image.mpy"] = b"rotten"
        starts = [Programs(rig.store, BOARD).start() for _ in range(5)]
        assert starts == [FACTORY] * 5, is_rejected


def test_what_failed_goes_last_after_a_later_program_was_good_too():
    rig = Rig()
    rig.flash(FIRST, 0)
    rig.floor(f.image_id_of(sha256(FIRST).digest()), 0)
    rig.flash(SECOND, 0)
    rig.say(f.REVERT)
    rig.store.files["a/image.mpy"] = b"rotten"
    assert Programs(rig.store, BOARD).start() == FACTORY
    rig = Rig(rig.store)
    rig.flash(FIRST, 0)
    rig.floor(f.image_id_of(sha256(FIRST).digest()), 0)
    assert Programs(rig.store, BOARD).start() == A
    rig.store.files["a/image.mpy"] = b"rotten"
    assert [Programs(rig.store, BOARD).start() for _ in range(5)] == [FACTORY] * 5


def test_what_failed_starts_where_nothing_else_may():
    rig = Rig()
    rig.flash(FIRST, 1)
    rig.floor(f.image_id_of(sha256(FIRST).digest()), 1)
    rig.flash(SECOND, 1)
    rig.say(f.REVERT)
    rig.store.files["a/image.mpy"] = b"rotten"
    assert Programs(rig.store, BOARD).start() == B


def test_another_program_where_one_failed_is_not_the_one_that_failed():
    rig = Rig()
    for data, is_good in ((FIRST, True), (SECOND, False), (THIRD, True), (SECOND, True)):
        rig.flash(data, 0)
        if is_good:
            rig.floor(f.image_id_of(sha256(data).digest()), 0)
        else:
            rig.say(f.REVERT)
    assert Programs(rig.store, BOARD).start() == A
    rig.store.files["a/image.mpy"] = b"rotten"
    assert [Programs(rig.store, BOARD).start() for _ in range(2)] == [B, B]


def test_what_was_good_before_goes_before_what_the_board_came_with():
    rig = Rig()
    for data in (FIRST, SECOND):
        rig.flash(data, 0)
        rig.floor(f.image_id_of(sha256(data).digest()), 0)
    rig.store.files["b/image.mpy"] = b"rotten"
    assert [Programs(rig.store, BOARD).start() for _ in range(2)] == [A, A]


def test_a_trial_whose_starts_cannot_be_counted_does_not_start():
    store = good_in_b()
    Rig(store).flash(program(3, 100), counter=3)
    store.full = True
    programs = Programs(store, BOARD)
    assert (programs.start(), programs.slots.state) == (B, REVERTED)
    store.full = False
    assert Programs(store, BOARD).start() == A, "it is on trial still"


def test_one_copy_of_the_key_is_enough_and_the_other_is_made_anew():
    for name in KEYS:
        for damaged in (None, b"", KEY[:16], bytes(32), KEY, key_file_of(bytes(32))):
            store = good_in_b()
            if damaged is None:
                store.bad = {name}
            else:
                store.files[name] = damaged
            assert Programs(store, BOARD).start() == B, (name, damaged)
            rig = Rig(store)
            assert rig.say(f.PAIR, OTHER_KEY)["refusal"] == f.PAIRED
            assert rig.flash(program(3, 100), counter=3)["slots"] == TRYING
            assert [store.files[each] for each in KEYS] == [key_file_of(KEY)] * 2


def test_a_wrong_bit_in_one_copy_of_the_key_does_not_end_the_pair():
    for name in KEYS:
        for bit in range(0, 8 * len(key_file_of(KEY)), 5):
            store = good_in_b()
            damaged = bytearray(store.files[name])
            damaged[bit >> 3] ^= 1 << (bit & 7)
            store.files[name] = bytes(damaged)
            assert Programs(store, BOARD).start() == B, (name, bit)
            rig = Rig(store)
            assert rig.say(f.PAIR, KEY)["refusal"] == f.NOTHING, (name, bit)
            assert rig.say(f.PAIR, OTHER_KEY)["refusal"] == f.PAIRED
            assert rig.flash(program(3, 100), counter=3)["slots"] == TRYING, (name, bit)
            assert [store.files[each] for each in KEYS] == [key_file_of(KEY)] * 2


def test_a_copy_that_cannot_be_made_anew_keeps_no_program_away():
    store = good_in_b()
    store.bad, store.stuck = {KEYS[0]}, {KEYS[0]}
    assert Rig(store).flash(program(3, 100), counter=3)["slots"] == TRYING


def test_without_any_copy_nothing_is_taken_and_nobody_pairs_anew():
    store = good_in_b()
    store.bad = set(KEYS)
    rig = Rig(store)
    assert rig.say(f.PAIR, OTHER_KEY)["refusal"] == f.DISK
    assert rig.say(f.OFFER, offer_of(SECOND, counter=3))["refusal"] == f.DISK
    assert rig.state() is None
    assert rig.say(f.ASK)["is_paired"], "what cannot be read is there"


def lost(*heads):
    """Both records are rubbish; of the programs these are left."""
    store = good_in_b()
    for name in RECORDS:
        store.files[name] = b"rubbish"
    for place in (A, B):
        if place not in heads:
            store.files.pop(FOLDERS[place] + HEAD)
    return store


def test_a_board_that_lost_both_records_takes_nothing_older_than_what_it_has():
    for heads, least in (((A, B), 2), ((A,), 2), ((B,), 3)):
        store = lost(*heads)
        assert Programs(store, BOARD).start() == NONE
        rig = Rig(store)
        assert rig.slots.state == DEAD
        third = program(3, 100)
        assert rig.say(f.OFFER, offer_of(third, counter=least - 1))["refusal"] == f.OLDER, heads
        assert rig.slots.is_lost, "nothing was changed"
        assert rig.flash(third, counter=least)["slots"] == TRYING
        assert Programs(Memory(store.files), BOARD).slots.counter_min == least


def test_a_forged_program_says_nothing_of_the_counter():
    store = lost(B)
    store.files["b/head"] = offer_of(SECOND, counter=900, key=OTHER_KEY)
    assert Rig(store).slots.counter_min == 0


def test_what_was_recovered_outlives_a_cut_before_what_it_came_from_goes():
    for torn in range(5):
        cut_at = 0
        while True:
            store = Memory(lost(A).files)
            store.cut_at, store.torn = cut_at, torn
            try:
                Rig(store).flash(program(3, 100), counter=2)
                break
            except Cut:
                assert Rig(Memory(store.files)).slots.counter_min == 2, (cut_at, torn)
            cut_at += 1
        assert cut_at > 3


def test_an_older_record_brings_no_older_counter_back():
    for name in RECORDS:
        store = good_in_b()
        for damage in (b"", b"rubbish", store.files[name][:-1]):
            store.files[name] = damage
            assert Slots(Memory(store.files)).counter_min == 3, (name, damage)


def test_a_new_board_that_lost_power_in_its_first_write_is_new():
    assert not Slots(Memory({RECORDS[1]: b"rub"})).is_lost
    assert Slots(Memory({RECORDS[1]: b"rub"})).counter_min == 0


def test_a_key_that_can_be_read_again_tells_what_was_lost_before_an_offer_is_judged():
    store = lost(B)
    store.bad = set(KEYS)
    rig = Rig(store)
    assert rig.slots.counter_min == 0
    store.bad = set()
    assert rig.say(f.OFFER, offer_of(program(3, 100), counter=2))["refusal"] == f.OLDER
