"""The host half: measurements and profiles up to ring 1, self-tests and traces down from it."""

import pytest

from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.hal.link import host, told
from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, seal
from ampkeeper.hal.link.messages import (
    BITS_30,
    MEASURED,
    PROFILE,
    PROTOCOL,
    RAW,
    RESULT,
    TRACE,
    Message,
)
from tests.unit.link.test_host_link import EPOCH, Far, up

AMPS = (16_000, 15_900, -1)
VOLTS = (230_000, 231_000, -1)
RESULT_11 = {
    "number": 11,
    "result": 2,
    "value": 50,
    "low": 0,
    "high": 1_200,
    "duration_ms": 430,
    "age_s": 3,
    "count": 7,
}


def test_a_measurement_is_sent_once_and_answers_the_newest_status() -> None:
    far = up()
    assert far.link.measured(AMPS, VOLTS)
    for _ in range(10):
        far.report()
    assert far.count(MEASURED) == 1
    sent = far.last(MEASURED)
    assert tuple(sent[f"current_l{phase}_ma"] for phase in (1, 2, 3)) == AMPS
    assert tuple(sent[f"voltage_l{phase}_mv"] for phase in (1, 2, 3)) == VOLTS
    assert (sent["seen_ms"], sent["epoch"]) == (100, EPOCH)


def test_a_measurement_is_dropped_where_no_permit_would_be_sent() -> None:
    far = Far()
    assert not far.link.measured(AMPS, VOLTS)
    far.identify()
    assert not far.link.measured(AMPS, VOLTS)
    far.wait(1)
    assert far.count(MEASURED) == 0
    assert far.link.counters()["dropped"] == 2


def test_a_profile_is_repeated_until_a_status_names_it() -> None:
    far = up()
    zoe = Profile()
    zoe.min_ma = 10_000
    far.link.adopt(zoe)
    for _ in range(6):
        far.report()
    sent = far.last(PROFILE)
    assert sent["min_ma"] == 10_000
    assert far.count(PROFILE) >= 3
    far.report(profile_id=sent["profile_id"])
    count = far.count(PROFILE)
    for _ in range(6):
        far.report(profile_id=sent["profile_id"])
    assert far.count(PROFILE) == count


def test_a_profile_that_ring_1_forgot_is_sent_again() -> None:
    far = up()
    far.link.adopt(Profile())
    far.report(profile_id=far.link._profile_id)
    count = far.count(PROFILE)
    for _ in range(4):
        far.report(profile_id=0)
    assert far.count(PROFILE) > count


def test_no_profile_is_nothing_to_send() -> None:
    far = up()
    far.link.adopt(Profile())
    far.link.adopt(None)
    count = far.count(PROFILE)
    for _ in range(6):
        far.report()
    assert far.count(PROFILE) - count <= 1, "one was on its way already"


def test_a_profile_chosen_before_the_greeting_follows_it() -> None:
    far = Far()
    far.link.adopt(Profile())
    far.wait(500)
    assert far.count(PROFILE) == 0
    far.identify()
    far.report()
    far.report()
    assert far.count(PROFILE) >= 1


@pytest.mark.parametrize(("name", "value"), [("min_ma", 5_999), ("wake_method", 4)])
def test_a_profile_out_of_range_is_refused_with_its_name(name: str, value: int) -> None:
    far = up()
    profile = Profile()
    setattr(profile, name, value)
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        far.link.adopt(profile)


def test_profiles_that_differ_have_different_ids() -> None:
    far = up()
    far.link.adopt(Profile())
    plain = far.link._profile_id
    other = Profile()
    other.never_f = 1
    far.link.adopt(other)
    assert plain != far.link._profile_id != 0


def test_results_wait_to_be_taken_and_the_oldest_gives_way() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11)
    assert far.link.told.results == [RESULT_11 | {"epoch": EPOCH, "counter": 1}]
    for value in range(told.RESULTS_MAX):
        far.tell(RESULT, **(RESULT_11 | {"value": value}))
    assert [each["value"] for each in far.link.told.results] == list(range(told.RESULTS_MAX))


def test_a_piece_waits_with_its_bytes() -> None:
    far = up()
    far.tell(TRACE, trace_id=3, cause=1, total=96, offset=48)
    ((values, raw),) = far.link.told.pieces
    fresh = {"epoch": EPOCH, "counter": 1, "layout": 1}
    assert values == {"trace_id": 3, "cause": 1, "total": 96, "offset": 48} | fresh
    assert raw == bytes(RAW)
    for _ in range(told.PIECES_MAX):
        far.tell(TRACE, trace_id=4, cause=1, total=96, offset=0)
    assert len(far.link.told.pieces) == told.PIECES_MAX
    assert far.link.told.pieces[0][0]["trace_id"] == 4


def test_nothing_of_a_board_that_was_not_greeted_counts() -> None:
    far = Far()
    far.tell(RESULT, **RESULT_11)
    far.tell(TRACE, trace_id=3, total=96)
    far.identify(PROTOCOL + 1)
    far.tell(RESULT, **RESULT_11)
    assert (far.link.told.results, far.link.told.pieces) == ([], [])


def test_a_result_out_of_range_is_counted_and_not_taken() -> None:
    far = up()
    broken = Message(RESULT)
    broken.fields = (*broken.fields[:4], "result", 1, 0, 200, *broken.fields[8:])
    broken.values.update(RESULT_11 | {"result": 9})
    far.link.feed(sealed(broken, far.sequence + 1), far.now_ms)
    assert far.link.told.results == []
    assert far.link.counters()["invalid"] == 1


def test_results_and_pieces_are_counted_in_the_sequence_of_frames() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11)
    far.tell(TRACE, trace_id=3, total=96)
    far.report()
    assert far.link.counters()["lost"] == 0
    far.sequence += 2
    far.tell(TRACE, trace_id=3, total=96)
    assert far.link.counters()["lost"] == 2


def test_a_start_forgets_what_came_before() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11)
    far.tell(TRACE, trace_id=3, total=96)
    far.link.start(far.now_ms)
    assert (far.link.told.results, far.link.told.pieces) == ([], [])


def sealed(message: Message, sequence: int) -> bytes:
    buffer = bytearray(FRAME_BYTES_MAX)
    message.pack_into(buffer, HEADER_BYTES)
    return bytes(buffer[: seal(buffer, message.length, sequence, message.kind)])


def test_a_result_or_a_piece_of_another_epoch_is_counted_and_not_taken() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11, epoch=EPOCH - 1)
    far.tell(TRACE, trace_id=3, total=96, epoch=EPOCH + 1)
    assert (far.link.told.results, far.link.told.pieces) == ([], [])
    assert far.link.counters()["untimely"] == 2


def test_one_that_is_repeated_or_overtaken_is_counted_and_not_taken() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11, counter=5)
    far.tell(RESULT, **(RESULT_11 | {"value": 7}), counter=5)
    far.tell(TRACE, trace_id=3, total=96, counter=4)
    assert [each["value"] for each in far.link.told.results] == [RESULT_11["value"]]
    assert far.link.told.pieces == []
    assert far.link.counters()["stale"] == 2
    far.tell(TRACE, trace_id=3, total=96, counter=6)
    assert len(far.link.told.pieces) == 1


def test_after_a_greeting_the_count_of_what_is_told_begins_anew() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11, counter=900)
    far.report(epoch=EPOCH + 7)
    far.epoch = EPOCH + 8
    far.wait(host.REPEAT_MS)
    far.identify()
    far.tell(RESULT, **RESULT_11, counter=1)
    assert [each["counter"] for each in far.link.told.results] == [900, 1]


def test_a_count_of_what_is_told_that_is_used_up_ends_with_a_greeting() -> None:
    far = up()
    far.tell(RESULT, **RESULT_11, counter=BITS_30)
    far.report()
    assert far.link.state == host.GREETING
