"""FLOOR: only the pair's word confirms a program and moves the least counter; both interpreters."""

from hashlib import sha256

from flash_rig import BOARD, KEY, OTHER_KEY, Memory, Rig, offer_of, program

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import GOOD, REVERTED, TRYING, A

ONE, TWO = program(1), program(2, 2_500)
ONE_ID = f.image_id_of(sha256(ONE).digest())


def test_a_counter_counts_only_once_the_image_is_good():
    rig = Rig()
    rig.flash(ONE, counter=9)
    state = rig.say(f.REVERT)
    assert (state["slots"], state["counter_min"]) == (REVERTED, 0)
    assert state["failed_id"] == 0, "it was taken back"
    assert rig.say(f.OFFER, offer_of(TWO, counter=1))["refusal"] == f.NOTHING


def test_nobody_confirms_without_the_key():
    rig = Rig()
    rig.flash(ONE, counter=2)
    for kind in range(256):
        if kind == f.REVERT:
            continue
        for told in (f.pack("<I", ONE_ID), f.pack(f.FLOOR_FORM, ONE_ID, 2, bytes(32))):
            rig.send(kind, f.pack("<I", rig.session) + told)
            rig.state()
            assert (rig.slots.state, rig.slots.counter_min) == (TRYING, 0), kind


def test_only_who_has_the_key_raises_the_least_counter_and_only_in_this_session():
    for key, session in ((OTHER_KEY, 77), (KEY, 78)):
        rig = Rig()
        rig.flash(ONE, counter=5)
        state = rig.floor(ONE_ID, 5, key, session)
        assert (state["refusal"], state["slots"], state["counter_min"]) == (f.FORGED, TRYING, 0)
    assert Rig().floor(0, 0)["refusal"] == f.UNPAIRED


def test_the_least_counter_never_rises_above_what_starts_next():
    rig = Rig()
    rig.flash(ONE, counter=5)
    assert rig.floor(ONE_ID, 6)["counter_min"] == 5
    assert rig.floor(ONE_ID, 7)["counter_min"] == 5
    assert Programs(rig.store, BOARD).start() == A


def test_the_pair_may_let_the_counters_begin_again():
    rig = Rig()
    rig.flash(ONE, counter=7)
    rig.floor(ONE_ID, 7)
    assert rig.say(f.OFFER, offer_of(TWO, counter=1))["refusal"] == f.OLDER
    assert rig.floor(ONE_ID, 1)["counter_min"] == 1
    assert rig.flash(TWO, counter=1)["slots"] == TRYING
    assert Rig(Memory(rig.store.files)).slots.counter_min == 1


def test_every_bit_of_a_floor_counts():
    mac = f.floor_mac_of(KEY, BOARD, 77, ONE_ID, 3)
    good = f.pack(f.FLOOR_FORM, ONE_ID, 3, mac)
    store = Rig().store
    rig = Rig(store)
    rig.flash(ONE, counter=3)
    for bit in range(0, 8 * len(good), 7):
        changed = bytearray(good)
        changed[bit >> 3] ^= 1 << (bit & 7)
        assert rig.say(f.FLOOR, bytes(changed))["refusal"] == f.FORGED, bit
    assert rig.say(f.FLOOR, good[:-1])["slots"] == TRYING
    assert rig.say(f.FLOOR, good)["counter_min"] == 3


def test_a_confirmation_names_what_it_confirms():
    rig = Rig()
    rig.flash(ONE)
    state = rig.floor(ONE_ID ^ 1, 1)
    assert (state["slots"], state["counter_min"]) == (TRYING, 0)
    state = rig.floor(ONE_ID, 1)
    assert (state["slots"], state["counter_min"]) == (GOOD, 1)
