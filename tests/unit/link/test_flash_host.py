"""The station's half of flashing, against a board whose line and power are bad."""

import random
from hashlib import sha256

import pytest
from flash_machine import FACTORY_VERSION, Machine
from flash_rig import BOARD, KEY, OTHER_KEY, Memory, program

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_host import KEEP, LEAVE, MEND, TAKE_BACK, Flashable, FlashHost
from ampkeeper.hal.link.flash_programs import key_file_of
from ampkeeper.hal.link.flash_slots import DEAD, GOOD, REVERTED, TRYING, A

ONE, TWO = program(1), program(2, 2_500)
STEP_MS = 10


def image(data=ONE, counter=1, key=KEY, board=BOARD):
    return Flashable(board, "1.0.0", counter, data, key)


def run(host, machine, ms=200_000, wire=None, now_ms=0):
    """Let both talk until the host is at an end; return when that is."""
    host.start(now_ms)
    end_ms = now_ms + ms
    while not host.is_done and not host.failure:
        assert now_ms < end_ms, "no end"
        now_ms += STEP_MS
        host.tick(now_ms)
        to_board, to_host = host.to_send(), machine.step(STEP_MS)
        machine.feed(wire(to_board) if wire else to_board)
        host.feed(wire(to_host) if wire else to_host, now_ms)
    return now_ms


def flashed(machine=None, data=ONE, counter=1):
    machine = machine or Machine(Memory())
    host = FlashHost(MEND, image(data, counter))
    run(host, machine)
    assert host.is_done, host.failure
    return machine


def test_a_board_is_paired_flashed_and_runs_the_image_on_trial():
    machine = Machine(Memory())
    host = FlashHost(MEND, image())
    took_ms = run(host, machine)
    assert host.is_done
    assert host.identity.values["image"] == 4 * image().image_id + f.TRYING
    assert machine.runs == ONE
    assert took_ms < 5_000


def test_what_is_on_trial_is_confirmed_and_the_one_before_is_gone_back_to():
    machine = flashed()
    host = FlashHost(KEEP, image())
    run(host, machine)
    assert host.is_done
    assert machine.programs.slots.state == GOOD
    flashed(machine, TWO)
    host = FlashHost(TAKE_BACK)
    run(host, machine)
    assert host.is_done
    assert machine.runs == ONE
    assert machine.programs.slots.state == REVERTED


def test_a_board_that_holds_the_image_as_its_good_one_is_not_sent_it_again():
    machine = flashed()
    run(FlashHost(KEEP, image()), machine)
    flashed(machine, TWO)
    writes = machine.store.count
    host = FlashHost(MEND, image())
    run(host, machine)
    assert host.is_done
    assert machine.runs == ONE
    assert machine.store.count - writes < 4, "only the record was written"


def test_only_what_starts_is_confirmed():
    machine = flashed()
    host = FlashHost(KEEP, image(TWO))
    run(host, machine)
    assert host.failure == "it starts another image"
    assert machine.programs.slots.state == TRYING


def test_an_image_that_does_not_start_is_gone_back_from():
    machine = Machine(Memory(), fails=(ONE,))
    host = FlashHost(MEND, image())
    run(host, machine)
    assert host.is_done, host.failure
    assert machine.runs == FACTORY_VERSION
    assert host.identity.values["image"] == f.WENT_BACK


def test_refusals_are_said_in_words():
    machine = flashed(counter=7)
    run(FlashHost(KEEP, image(counter=7)), machine)
    for wrong, why in (
        (image(TWO, counter=6), f.OLDER),
        (image(TWO, counter=7, board="other"), f.FORGED),
        (image(bytes(f.IMAGE_BYTES_MAX + 1), counter=7), f.TOO_LONG),
        (image(TWO, counter=7, key=OTHER_KEY), f.FORGED),
    ):
        host = FlashHost(MEND, wrong)
        run(host, machine)
        assert host.failure == f.REFUSALS[why]
        assert machine.programs.slots.state == GOOD
        machine.cut()


def test_only_a_root_lets_a_board_go_below_what_was_good():
    machine = flashed(counter=7)
    run(FlashHost(KEEP, image(counter=7)), machine)
    host = FlashHost(MEND, image(TWO, counter=1), begins_anew=True)
    run(host, machine)
    assert host.is_done, host.failure
    assert machine.programs.slots.counter_min == 1
    run(FlashHost(TAKE_BACK), machine)
    assert machine.runs == ONE, "a trial that fails leaves the way back open"


def test_what_else_is_on_trial_is_not_confirmed_by_going_below_it():
    machine = flashed(counter=7)
    run(FlashHost(KEEP, image(counter=7)), machine)
    flashed(machine, program(3), counter=8)
    host = FlashHost(MEND, image(TWO, counter=1), begins_anew=True)
    run(host, machine)
    assert host.is_done, host.failure
    run(FlashHost(TAKE_BACK), machine)
    assert machine.runs == ONE


class NoFloor:
    """Loses the word of the pair, so many times."""

    def __init__(self, count):
        self.left = count

    def __call__(self, data):
        if self.left and len(data) > 4 and data[4] == f.FLOOR:
            self.left -= 1
            return b""
        return data


def test_a_word_of_the_pair_that_is_lost_is_said_again_and_never_done_without():
    for count, state, least in ((12, GOOD, 3), (10_000, TRYING, 0)):
        machine = flashed(counter=3)
        host = FlashHost(KEEP, image(counter=3))
        run(host, machine, wire=NoFloor(count))
        assert host.is_done == (state == GOOD), host.failure
        slots = machine.programs.slots
        assert (slots.state, slots.counter_min) == (state, least)
    assert host.failure == "it does not take the word of the pair"


def test_a_board_that_has_the_program_with_a_lower_counter_is_confirmed_with_that():
    machine = flashed(counter=3)
    host = FlashHost(KEEP, image(counter=9))
    run(host, machine)
    assert host.is_done, host.failure
    slots = machine.programs.slots
    assert (slots.state, slots.counter_min) == (GOOD, 3)


def test_a_board_of_another_pair_does_not_take_the_word():
    machine = flashed(counter=3)
    host = FlashHost(KEEP, image(counter=3, key=OTHER_KEY))
    run(host, machine)
    assert host.failure == f.REFUSALS[f.FORGED]
    assert machine.programs.slots.state == TRYING


def test_a_board_without_slots_a_silent_one_and_a_busy_one_are_said_so():
    machine = Machine(Memory())
    machine.has_slots = False
    host = FlashHost(MEND, image())
    run(host, machine)
    assert "USB" in host.failure
    machine = Machine(Memory())
    machine.is_deaf = True
    host = FlashHost(MEND, image())
    run(host, machine)
    assert host.failure == "it does not answer"
    machine = Machine(Memory())
    machine.is_busy = True
    host = FlashHost(LEAVE)
    run(host, machine)
    assert "does not stop" in host.failure


def test_a_flash_that_cannot_be_written_is_given_up_after_three_times():
    machine = Machine(Memory({"pair.key": key_file_of(KEY)}))
    machine.store.full = True
    host = FlashHost(MEND, image())
    run(host, machine)
    assert host.failure == f.REFUSALS[f.DISK]


def test_a_board_on_which_nothing_may_start_is_mended():
    machine = flashed(counter=5)
    run(FlashHost(KEEP, image(counter=5)), machine)
    del machine.store.files["a/head"]
    machine.cut()
    machine.step(1_000)
    assert machine.programs.slots.state == DEAD
    flashed(machine, TWO, counter=5)
    assert machine.runs == TWO


def test_leaving_needs_something_to_start():
    machine = flashed(counter=5)
    run(FlashHost(KEEP, image(counter=5)), machine)
    del machine.store.files["a/head"]
    machine.cut()
    host = FlashHost(TAKE_BACK)
    run(host, machine)
    assert host.failure == "nothing on it may start"


class BadWire:
    """Loses and flips bytes, and now and then all of a burst."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def __call__(self, data):
        if self.chance.random() < 0.02:
            return b""
        found = bytearray(data)
        for at in range(len(found)):
            if self.chance.random() < 0.0005:
                found[at] ^= 1 << self.chance.randrange(8)
        if found and self.chance.random() < 0.02:
            del found[self.chance.randrange(len(found)) :]
        return bytes(found)


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_line_costs_only_time(seed):
    machine = Machine(Memory())
    host = FlashHost(MEND, image())
    run(host, machine, wire=BadWire(seed))
    assert host.is_done, host.failure
    assert machine.runs == ONE


def test_a_cut_of_the_board_at_any_write_costs_only_time():
    whole = flashed()
    for at in range(whole.store.count):
        machine = Machine(Memory())
        machine.store.cut_at, machine.store.torn = at, at % 5
        host = FlashHost(MEND, image())
        run(host, machine)
        assert host.is_done, (at, host.failure)
        assert machine.runs in (ONE, FACTORY_VERSION)
        host = FlashHost(MEND, image())
        run(host, machine, now_ms=300_000)
        assert machine.runs == ONE, at


def test_a_station_that_begins_again_at_any_moment_goes_on():
    machine, now_ms = Machine(Memory()), 0
    blocks = 0
    for _ in range(40):
        host = FlashHost(MEND, image(program(5, 6_000)))
        host.start(now_ms)
        for _ in range(45):
            now_ms += STEP_MS
            host.tick(now_ms)
            machine.feed(host.to_send())
            host.feed(machine.step(STEP_MS), now_ms)
        if host.state.get("taking_id"):
            assert host.state["received"] >= blocks, "it began anew"
            blocks = host.state["received"] // f.BLOCK_BYTES * f.BLOCK_BYTES
        if machine.runs == program(5, 6_000):
            return
        now_ms += 500
    raise AssertionError("it never came to an end")


def test_what_starts_after_a_mending_is_what_was_sent():
    machine = flashed()
    assert sha256(machine.store.files["a/image.mpy"]).digest() == sha256(ONE).digest()
    assert machine.place == A
