"""The flasher: what it takes, what it refuses, and what a cut leaves; on both interpreters."""

from hashlib import sha256

from flash_rig import BOARD, KEY, OTHER_KEY, Cut, Memory, Rig, offer_of, program

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import KEYS, Programs, key_file_of
from ampkeeper.hal.link.flash_slots import DEAD, FACTORY, GOOD, NONE, REVERTED, TRYING, A, B
from ampkeeper.hal.link.flasher import IDLE_MS, Flasher
from ampkeeper.hal.link.frame import FrameParser
from ampkeeper.hal.link.messages import HELLO, IDENTITY, Message

ONE, TWO = program(1), program(2, 2_500)
ONE_ID, TWO_ID = (f.image_id_of(sha256(data).digest()) for data in (ONE, TWO))


def restarted(store):
    """The next start of the board: the place that starts."""
    return Programs(Memory(store.files), BOARD).start()


def test_an_image_that_was_taken_is_on_trial():
    rig = Rig()
    state = rig.flash(ONE)
    assert state["slots"] == TRYING
    assert state["due_id"] == ONE_ID
    assert state["refusal"] == f.NOTHING
    assert rig.store.files["a/image.mpy"] == ONE
    assert "part" not in rig.store.files
    assert restarted(rig.store) == A


def test_hmac_is_that_of_rfc_4231():
    key, data = b"Jefe", b"what do ya want for nothing?"
    wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert f.hmac_sha256(key, data).hex() == wanted


def test_a_board_without_a_key_takes_no_image():
    state = Rig().say(f.OFFER, offer_of(ONE))
    assert state["refusal"] == f.UNPAIRED
    assert not state["is_paired"]


def test_the_key_is_taken_once_and_never_told():
    rig = Rig()
    assert rig.say(f.PAIR, KEY)["is_paired"]
    assert rig.say(f.PAIR, KEY)["refusal"] == f.NOTHING
    assert rig.say(f.PAIR, OTHER_KEY)["refusal"] == f.PAIRED
    assert rig.say(f.PAIR, KEY[:31])["refusal"] == f.PAIRED
    assert rig.store.files["pair.key"] == key_file_of(KEY)
    for kind in range(256):
        rig.send(kind, f.pack("<I", 77))
        answer = rig.flasher.to_send()
        while answer:
            assert KEY[:8] not in answer
            answer = rig.flasher.to_send()


def test_a_blank_key_is_none():
    """CVE-2025-5749 and its like: a key that was never drawn, or that a cut left as zeros."""
    for blank in (bytes(32), b"\xff" * 32, b"k" * 32):
        assert Rig().say(f.PAIR, blank)["refusal"] == f.UNPAIRED
        rig = Rig(Memory({"pair.key": key_file_of(blank)}))
        assert rig.say(f.OFFER, offer_of(ONE, key=blank))["refusal"] == f.UNPAIRED
        assert rig.say(f.PAIR, KEY)["is_paired"]
        assert rig.store.files["pair.key"] == key_file_of(KEY)


def refused(offer, why, store=None):
    rig = Rig(store)
    rig.say(f.PAIR, KEY)
    before = dict(rig.store.files)
    state = rig.say(f.OFFER, offer)
    assert state["refusal"] == why, state
    assert state["taking_id"] == 0
    rig.send_all(ONE)
    assert rig.store.files == before
    return rig


def test_an_offer_is_refused_before_anything_is_kept():
    refused(offer_of(ONE, key=OTHER_KEY), f.FORGED)
    refused(offer_of(ONE, board="other"), f.FORGED)
    refused(offer_of(ONE, size=f.IMAGE_BYTES_MAX + 1), f.TOO_LONG)
    refused(offer_of(ONE, size=0), f.TOO_LONG)


def test_every_bit_of_an_offer_counts():
    good = offer_of(ONE, counter=3)
    for bit in range(0, 8 * len(good), 7):
        changed = bytearray(good)
        changed[bit >> 3] ^= 1 << (bit & 7)
        rig = Rig(Memory({"pair.key": key_file_of(KEY)}))
        assert rig.say(f.OFFER, bytes(changed))["refusal"] == f.FORGED, bit


def test_an_older_counter_is_refused_and_the_same_is_not():
    rig = Rig()
    rig.flash(ONE, counter=5)
    rig.floor(ONE_ID, 5)
    assert rig.say(f.OFFER, offer_of(TWO, counter=4))["refusal"] == f.OLDER
    assert rig.say(f.OFFER, offer_of(TWO, counter=5))["refusal"] == f.NOTHING
    assert rig.slots.counter_min == 5


def test_other_bytes_than_were_offered_are_dropped():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    rig.say(f.OFFER, offer_of(ONE))
    state = rig.send_all(ONE[:-1] + b"!")
    assert state["refusal"] == f.DAMAGED
    assert state["slots"] == GOOD
    assert "a/image.mpy" not in rig.store.files
    assert rig.say(f.OFFER, offer_of(ONE))["refusal"] == f.NOTHING
    assert rig.send_all(ONE)["slots"] == TRYING


def test_chunks_out_of_order_doubled_or_beyond_the_end_change_nothing():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    assert rig.chunk(0, ONE[:64])["received"] == 0
    rig.say(f.OFFER, offer_of(ONE))
    assert rig.chunk(64, ONE[64:128])["received"] == 0
    assert rig.chunk(0, ONE[:64])["received"] == 64
    assert rig.chunk(0, ONE[:64])["received"] == 64
    assert rig.chunk(64, b"")["received"] == 64
    rig.send_all(ONE[:2_944], 64)
    assert rig.chunk(2_944, ONE[2_944:] + b"more")["received"] == 2_944
    assert rig.chunk(2_944, ONE[2_944:])["slots"] == TRYING


def test_an_endless_stream_writes_no_more_than_was_offered():
    rig = Rig()
    rig.flash(ONE)
    size = sum(len(data) for data in rig.store.files.values())
    for at in range(0, 20_000, 64):
        rig.chunk(at, bytes(64))
    assert sum(len(data) for data in rig.store.files.values()) == size


def test_orders_of_another_session_are_not_heard():
    rig = Rig()
    for kind in (f.PAIR, f.OFFER, f.CHUNK, f.REVERT, f.RUN, f.FLOOR):
        assert rig.say(kind, KEY, session=78) is None
    assert rig.flasher.ignored_count == 6
    assert rig.store.files == {}
    assert not rig.flasher.is_over


def test_what_was_offered_again_is_gone_on_with():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    rig.say(f.OFFER, offer_of(ONE))
    rig.send_all(ONE[:2_112])
    rig = Rig(Memory(rig.store.files))
    state = rig.say(f.OFFER, offer_of(ONE))
    assert state["received"] == 2_048, "two blocks were written"
    assert rig.send_all(ONE, 2_048)["due_id"] == ONE_ID


def test_another_offer_begins_anew():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    rig.say(f.OFFER, offer_of(ONE))
    rig.send_all(ONE[:2_048])
    rig = Rig(Memory(rig.store.files))
    assert rig.say(f.OFFER, offer_of(TWO))["received"] == 0
    assert rig.send_all(TWO)["slots"] == TRYING
    assert rig.store.files["a/image.mpy"] == TWO


def test_what_is_good_is_never_touched():
    rig = Rig()
    rig.flash(ONE)
    rig.floor(ONE_ID, 1)
    good = {name: data for name, data in rig.store.files.items() if name.startswith("a/")}
    rig.flash(TWO)
    rig.flash(program(3))
    assert rig.store.files["b/image.mpy"] == program(3)
    assert {name: rig.store.files[name] for name in good} == good


def test_what_never_works_starts_three_times_then_the_one_before():
    rig = Rig()
    rig.flash(ONE)
    starts = [Programs(rig.store, BOARD).start() for _ in range(5)]
    assert starts == [A, A, A, FACTORY, FACTORY]
    slots = Programs(rig.store, BOARD).slots
    assert (slots.state, slots.failed_id()) == (REVERTED, ONE_ID)


def test_an_image_that_changed_in_the_flash_does_not_start():
    rig = Rig()
    rig.flash(ONE)
    rig.store.files["a/image.mpy"] = ONE[:-1] + b"!"
    assert Programs(rig.store, BOARD).start() == FACTORY


def test_below_what_was_good_nothing_starts_until_the_station_flashes():
    rig = Rig()
    rig.flash(ONE, counter=7)
    rig.floor(ONE_ID, 7)
    del rig.store.files["a/head"]
    assert Programs(rig.store, BOARD).start() == NONE
    rig = Rig(rig.store)
    assert rig.slots.state == DEAD
    assert rig.say(f.RUN)["slots"] == DEAD
    rig.flasher.tick(10 * IDLE_MS)
    assert not rig.flasher.is_over, "there is nothing to run"
    assert rig.flash(TWO, counter=7)["slots"] == TRYING
    assert rig.say(f.RUN) is not None
    assert rig.flasher.is_over


def test_records_that_are_both_spoiled_start_nothing():
    rig = Rig()
    rig.flash(ONE)
    rig.floor(ONE_ID, 1)
    rig.store.files["slots.0"] = rig.store.files["slots.1"] = b"?"
    assert Programs(rig.store, BOARD).start() == NONE


def test_a_station_that_falls_silent_is_waited_for_30_s():
    rig = Rig()
    rig.flasher.tick(IDLE_MS - 1)
    rig.say(f.ASK)
    rig.flasher.tick(IDLE_MS - 1)
    assert not rig.flasher.is_over
    rig.flasher.tick(1)
    assert rig.flasher.is_over


def test_a_flash_that_is_full_is_told_and_ends_nothing():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    rig.say(f.OFFER, offer_of(ONE))
    rig.store.full = True
    assert rig.send_all(ONE)["refusal"] == f.DISK
    rig.store.full = False
    rig.say(f.OFFER, offer_of(ONE))
    assert rig.send_all(ONE)["slots"] == TRYING


def test_a_greeting_is_answered_by_what_is_no_ring_1():
    rig = Rig()
    rig.flash(ONE)
    hello = Message(HELLO)
    hello.values["nonce"] = 4_711
    payload = bytearray(hello.length)
    hello.pack_into(payload, 0)
    rig.send(HELLO, bytes(payload))
    parser = FrameParser()
    parser.feed(rig.flasher.to_send())
    assert parser.next()
    told = Message(IDENTITY)
    assert told.unpack_from(parser.buffer, parser.offset, parser.length)
    assert told.values["protocol"] == f.FLASHING
    assert told.values["nonce"] == 4_711
    assert told.values["image"] == 4 * ONE_ID + f.TRYING
    assert told.texts["firmware_version"] == "1.0.0"


def test_rubbish_raises_nothing_and_changes_nothing():
    rig = Rig()
    before = dict(rig.store.files)
    value = 1
    for _ in range(300):
        data = bytearray()
        for _ in range(40):
            value = (value * 1_103_515_245 + 12_345) & 0x3FFFFFFF
            data.append((value >> 16) & 0xFF)
        rig.flasher.feed(data)
        rig.send(64 + value % 10, f.pack("<I", 77) + bytes(data[: value % 90]))
        rig.state()
    before["pair.key"] = rig.store.files.get("pair.key", b"")
    assert set(rig.store.files) <= set(before)


FIRST, SECOND = program(1, 100), program(2, 1_100)


def cut_story(store):
    """From one, which is good, to a second, which works, and on to one that does not."""
    rig = Rig(store)
    rig.flash(FIRST, counter=2)
    rig.floor(f.image_id_of(sha256(FIRST).digest()), 2)
    rig.flash(SECOND, counter=3)
    Programs(store, BOARD).start()
    rig = Rig(store)
    rig.floor(f.image_id_of(sha256(SECOND).digest()), 3)
    rig.flash(program(3, 100), counter=3)
    for _ in range(4):
        Programs(store, BOARD).start()


def is_cut(store):
    """Let the story run; True if the power went in it."""
    try:
        cut_story(store)
    except Cut:
        return True
    return False


def test_a_cut_at_every_write_leaves_a_board_that_starts_and_can_be_flashed():
    whole = Memory()
    cut_story(whole)
    floor = 0
    for at in range(whole.count):
        for torn in (0, 2, 4):
            store = Memory()
            store.cut_at, store.torn = at, torn
            assert is_cut(store)
            left = Memory(store.files)
            programs = Programs(left, BOARD)
            place = programs.start()
            assert place != NONE, (at, torn)
            head = programs.head(place)
            counter = head[1] if head else 0
            assert counter >= programs.slots.counter_min, (at, torn)
            assert programs.slots.counter_min >= floor, "the least counter fell"
            state = Rig(left).flash(program(4, 100), counter=3)
            assert state["slots"] == TRYING, (at, torn, state)
        floor = programs.slots.counter_min


RECORDS = ("slots.0", "slots.1")


def test_a_record_that_cannot_be_read_is_no_new_board():
    for bad in (RECORDS, RECORDS[:1], RECORDS[1:]):
        rig = Rig()
        rig.flash(FIRST, counter=2)
        rig.floor(f.image_id_of(sha256(FIRST).digest()), 2)
        for name in RECORDS:
            if name not in bad:
                rig.store.files.pop(name, None)
        rig.store.bad = set(bad)
        assert Programs(rig.store, BOARD).start() == NONE, bad
        rig = Rig(rig.store)
        assert rig.slots.due() != FACTORY
        assert rig.flash(SECOND, counter=3)["slots"] == TRYING, "the station mends it"


def test_one_record_that_cannot_be_read_leaves_the_other():
    for bad in RECORDS:
        rig = Rig()
        rig.flash(FIRST, counter=2)
        rig.floor(f.image_id_of(sha256(FIRST).digest()), 2)
        rig.floor(f.image_id_of(sha256(FIRST).digest()), 1)
        rig.store.bad = {bad}
        assert Programs(rig.store, BOARD).start() == A, bad


def test_a_key_that_cannot_be_read_is_not_replaced():
    rig = Rig()
    rig.flash(FIRST, counter=2)
    rig.floor(f.image_id_of(sha256(FIRST).digest()), 2)
    rig.store.bad = set(KEYS)
    rig = Rig(rig.store)
    state = rig.say(f.PAIR, OTHER_KEY)
    assert (state["refusal"], state["is_paired"]) == (f.DISK, 1)
    assert rig.store.files["pair.key"] == key_file_of(KEY)
    assert rig.say(f.OFFER, offer_of(SECOND, 3, OTHER_KEY))["refusal"] == f.DISK


def test_a_board_that_cannot_read_what_was_begun_takes_a_new_offer():
    rig = Rig()
    rig.say(f.PAIR, KEY)
    rig.say(f.OFFER, offer_of(SECOND))
    rig.chunk(0, SECOND[: f.CHUNK_BYTES])
    rig.store.bad = {"part"}
    assert Rig(rig.store).flash(FIRST)["slots"] == TRYING


def test_a_board_starts_flashing_with_a_session_of_its_own():
    try:
        Flasher(Programs(Memory(), BOARD), 0)
    except AssertionError:
        return
    raise AssertionError("a session of 0 is none")


def test_places_are_apart():
    assert len({FACTORY, A, B, NONE}) == 4
