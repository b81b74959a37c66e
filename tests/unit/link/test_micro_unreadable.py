"""A file that cannot be read or written keeps no other program from starting; both interpreters."""

from hashlib import sha256

from flash_rig import BOARD, Rig, program

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_slots import NONE, REVERTED, TRYING, A, B
from ampkeeper.hal.link.flasher import Programs

FIRST, SECOND = program(1, 100), program(2, 1_100)


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
    for name in ("b/head", "b/image.mpy", "pair.key"):
        store = good_in_b()
        store.bad = {name}
        assert Programs(store, BOARD).start() == NONE, name


def test_a_trial_whose_starts_cannot_be_counted_does_not_start():
    store = good_in_b()
    Rig(store).flash(program(3, 100), counter=3)
    store.full = True
    programs = Programs(store, BOARD)
    assert (programs.start(), programs.slots.state) == (B, REVERTED)
    store.full = False
    assert Programs(store, BOARD).start() == A, "it is on trial still"
