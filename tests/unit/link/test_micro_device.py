"""The device half, on both interpreters: which orders count as fresh, and what is reported."""

from ampkeeper.hal.link.device import CHANGE_GAP_MS, FRESH_MS, STATUS_MS, DeviceLink
from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, FrameParser, seal
from ampkeeper.hal.link.messages import (
    BITS_30,
    BOOT_POWER,
    HELLO,
    IDENTITY,
    PERMIT,
    PROTOCOL,
    STATUS,
    Message,
)

EPOCH = 1000


def framed(message: Message) -> bytes:
    buffer = bytearray(FRAME_BYTES_MAX)
    message.pack_into(buffer, HEADER_BYTES)
    return bytes(buffer[: seal(buffer, message.length, 0, message.kind)])


def hello(nonce: int = 1, protocol: int = PROTOCOL) -> bytes:
    message = Message(HELLO)
    message.values["protocol"] = protocol
    message.values["nonce"] = nonce
    return framed(message)


def permit(epoch: int, counter: int, seen_ms: int = 0) -> bytes:
    message = Message(PERMIT)
    message.values.update(
        {"epoch": epoch, "counter": counter, "seen_ms": seen_ms, "current_ma": 16_000}
    )
    return framed(message)


def device() -> DeviceLink:
    return DeviceLink("bench", "1.2.3", EPOCH, BOOT_POWER)


def greeted() -> DeviceLink:
    link = device()
    assert orders(link, hello()) == []
    return link


def orders(link: DeviceLink, data: bytes) -> "list[int]":
    found = []
    taken = 0
    while taken < len(data):
        taken += link.feed(data, taken)
        order = link.next_order()
        while order:
            found.append(order)
            order = link.next_order()
    return found


def heard(link: DeviceLink, kind: int) -> "Message | None":
    """Send what is due, and return it if it is a message of ``kind``."""
    data = link.to_send()
    parser = FrameParser()
    parser.feed(data)
    message = Message(kind)
    if not parser.next() or parser.kind != kind:
        return None
    assert message.unpack_from(parser.buffer, parser.offset, parser.length)
    return message


def test_hello_is_answered_with_who_and_a_new_epoch() -> None:
    link = greeted()
    identity = heard(link, IDENTITY)
    assert identity is not None
    assert identity.values == {
        "protocol": PROTOCOL,
        "nonce": 1,
        "epoch": EPOCH + 1,
        "boot_reason": BOOT_POWER,
        "image": 0,
    }
    assert identity.texts == {"board": "bench", "firmware_version": "1.2.3"}


def test_the_same_hello_again_keeps_the_epoch() -> None:
    link = greeted()
    assert orders(link, permit(EPOCH + 1, 1) + hello()) == [PERMIT]
    assert link.status.values["epoch"] == EPOCH + 1
    assert orders(link, permit(EPOCH + 1, 1)) == []


def test_a_fresh_permit_is_passed_on() -> None:
    link = greeted()
    assert orders(link, permit(EPOCH + 1, 1)) == [PERMIT]
    assert link.permit.values["current_ma"] == 16_000


def test_no_permit_before_a_hello() -> None:
    link = device()
    assert orders(link, permit(EPOCH, 1)) == []
    assert link.refused_count == 1


def test_a_repeated_permit_is_refused() -> None:
    link = greeted()
    assert orders(link, 3 * permit(EPOCH + 1, 7)) == [PERMIT]
    assert link.refused_count == 2


def test_an_overtaken_permit_is_refused() -> None:
    link = greeted()
    assert orders(link, permit(EPOCH + 1, 8) + permit(EPOCH + 1, 7)) == [PERMIT]


def test_a_permit_of_another_epoch_is_refused() -> None:
    link = greeted()
    assert orders(link, permit(EPOCH, 9) + permit(EPOCH + 2, 9)) == []


def test_a_new_greeting_voids_all_permits_before_it() -> None:
    link = greeted()
    assert orders(link, hello(2) + permit(EPOCH + 1, 5)) == []
    assert orders(link, permit(EPOCH + 2, 1)) == [PERMIT]


def test_a_permit_that_answers_an_old_status_is_refused() -> None:
    link = greeted()
    link.tick(FRESH_MS)
    assert orders(link, permit(EPOCH + 1, 1, seen_ms=0)) == [PERMIT]
    link.tick(1)
    assert orders(link, permit(EPOCH + 1, 2, seen_ms=0)) == []


def test_a_permit_that_answers_the_future_is_refused() -> None:
    link = greeted()
    link.tick(10)
    assert orders(link, permit(EPOCH + 1, 1, seen_ms=11)) == []


def test_permits_count_across_the_wrap_of_the_uptime() -> None:
    link = greeted()
    link.status.values["uptime_ms"] = BITS_30 - 4
    link.tick(10)
    assert link.status.values["uptime_ms"] == 5
    assert orders(link, permit(EPOCH + 1, 1, seen_ms=BITS_30 - 4)) == [PERMIT]
    assert orders(link, permit(EPOCH + 1, 2, seen_ms=BITS_30 - FRESH_MS)) == []


def test_another_protocol_is_answered_but_not_obeyed() -> None:
    link = greeted()
    assert orders(link, hello(2, PROTOCOL + 1) + permit(EPOCH + 2, 1)) == []
    identity = heard(link, IDENTITY)
    assert identity is not None
    assert identity.values["protocol"] == PROTOCOL
    assert orders(link, hello(3) + permit(EPOCH + 3, 1)) == [PERMIT]


def test_the_epoch_starts_again_at_its_end() -> None:
    link = DeviceLink("bench", "", BITS_30, BOOT_POWER)
    orders(link, hello())
    assert link.status.values["epoch"] == 1


def test_status_goes_out_ten_times_a_second_from_the_start() -> None:
    link = device()
    sent = 0
    for _ in range(100):
        sent += heard(link, STATUS) is not None
        link.tick(10)
    assert sent == 1000 // STATUS_MS


def test_a_change_is_reported_at_once_but_not_faster_than_the_gap() -> None:
    link = device()
    assert heard(link, STATUS) is not None
    link.note_change()
    assert heard(link, STATUS) is None
    link.tick(CHANGE_GAP_MS)
    assert heard(link, STATUS) is not None
    link.tick(CHANGE_GAP_MS)
    assert heard(link, STATUS) is None


def test_rubbish_and_unknown_types_are_counted() -> None:
    link = greeted()
    wrong = Message(STATUS)
    assert orders(link, b"\x00\x01" + framed(wrong)) == []
    assert link.unknown_count == 1
    assert link.parser.noise_bytes == 2


def test_a_permit_with_a_value_out_of_range_is_counted() -> None:
    link = greeted()
    data = bytearray(FRAME_BYTES_MAX)
    message = Message(PERMIT)
    message.pack_into(data, HEADER_BYTES)
    data[HEADER_BYTES + message.length - 2] = 9  # phases
    total = seal(data, message.length, 0, PERMIT)
    assert orders(link, bytes(data[:total])) == []
    assert link.invalid_count == 1


def test_ticking_and_sending_allocate_nothing() -> None:
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:  # CPython: nothing to prove
        return
    link = greeted()
    heap_lock()
    try:
        for _ in range(50):
            link.tick(10)
            link.note_change()
            link.to_send()
    finally:
        heap_unlock()
