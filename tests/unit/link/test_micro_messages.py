"""Messages, on both interpreters."""

from ampkeeper.hal.link.frame import PAYLOAD_BYTES_MAX
from ampkeeper.hal.link.messages import (
    BITS_30,
    FIELD,
    HELLO,
    IDENTITY,
    IDENTITY_BYTES_MIN,
    MESSAGES,
    PERMIT,
    RAW,
    STATUS,
    TRACE,
    Message,
)

TEXT = 16
KINDS = range(HELLO, TRACE + 1)


def packed(message: Message) -> bytearray:
    buffer = bytearray(message.length)
    assert message.pack_into(buffer, 0) == message.length
    return buffer


def test_message_types_are_the_rows_of_the_table() -> None:
    assert len(MESSAGES) == TRACE


def test_every_field_is_named_once_and_fits_its_kind() -> None:
    for fields in MESSAGES:
        assert len({fields[at] for at in range(0, len(fields), FIELD)}) * FIELD == len(fields)
        for at in range(0, len(fields), FIELD):
            field, size, low, high = fields[at : at + FIELD]
            assert size in (1, 2, -2, 4, -4, TEXT, RAW), field
            if size in (TEXT, RAW):
                continue
            half = 1 << (8 * abs(size) - 1)
            lowest, highest = (-half, half - 1) if size < 0 else (0, 2 * half - 1)
            assert max(lowest, -BITS_30) <= low <= high <= min(highest, BITS_30), field


def test_every_message_fits_a_frame() -> None:
    for kind in KINDS:
        assert Message(kind).length <= PAYLOAD_BYTES_MAX


def filled(kind: int, end: int) -> Message:
    """Return a message whose numbers are all at the least (2) or most (3) they may be."""
    message = Message(kind)
    for at in range(0, len(message.fields), FIELD):
        if message.fields[at + 1] not in (TEXT, RAW):
            message.values[message.fields[at]] = message.fields[at + end]
    return message


def test_every_field_goes_round_at_both_ends_of_its_range() -> None:
    for kind in KINDS:
        for end in (2, 3):
            sent, heard = filled(kind, end), Message(kind)
            assert heard.unpack_from(packed(sent), 0, sent.length)
            assert heard.values == sent.values


def test_raw_bytes_go_round_as_they_are() -> None:
    sent, heard = Message(TRACE), Message(TRACE)
    for index in range(RAW):
        sent.raw[index] = 255 - index
    assert heard.unpack_from(packed(sent), 0, sent.length)
    assert heard.raw == sent.raw


def test_numbers_are_little_endian() -> None:
    permit = Message(PERMIT)
    permit.values["epoch"] = 0x01020304
    assert packed(permit)[:4] == b"\x04\x03\x02\x01"


def test_a_value_out_of_range_is_refused() -> None:
    permit = Message(PERMIT)
    permit.values["phases"] = 3
    buffer = packed(permit)
    buffer[-2] = 4  # phases, 1 to 3
    assert not Message(PERMIT).unpack_from(buffer, 0, len(buffer))


def test_a_value_out_of_range_is_sent_as_the_nearest() -> None:
    status, heard = Message(STATUS), Message(STATUS)
    status.values["high_mv"] = -40_000
    status.values["limit_ma"] = 90_000
    assert heard.unpack_from(packed(status), 0, status.length)
    assert (heard.values["high_mv"], heard.values["limit_ma"]) == (-32_768, 80_000)


def test_a_wrong_length_is_refused() -> None:
    permit = Message(PERMIT)
    buffer = packed(permit) + bytearray(1)
    assert not Message(PERMIT).unpack_from(buffer, 0, permit.length - 1)
    assert not Message(PERMIT).unpack_from(buffer, 0, permit.length + 1)


def test_greetings_may_grow_at_their_end() -> None:
    for kind in (HELLO, IDENTITY):
        message = Message(kind)
        buffer = packed(message) + bytearray(5)
        assert Message(kind).unpack_from(buffer, 0, len(buffer))
        least = IDENTITY_BYTES_MIN if kind == IDENTITY else message.length
        assert not Message(kind).unpack_from(buffer, 0, least - 1)


def test_a_board_of_before_tells_no_image() -> None:
    sent, heard = Message(IDENTITY), Message(IDENTITY)
    sent.values["image"] = heard.values["image"] = 77
    sent.texts["board"] = "a board of before"
    assert heard.unpack_from(packed(sent), 0, IDENTITY_BYTES_MIN)
    assert heard.values["image"] == 0
    assert heard.texts["board"] == "a board of befor"


def test_texts_are_cut_at_16_and_kept_printable() -> None:
    sent, heard = Message(IDENTITY), Message(IDENTITY)
    sent.texts["board"] = "a board with too long a name"
    buffer = packed(sent)
    assert heard.unpack_from(buffer, 0, len(buffer))
    assert heard.texts["board"] == "a board with too"
    buffer[IDENTITY_BYTES_MIN - 16] = 0x80
    buffer[IDENTITY_BYTES_MIN - 15] = 0x0A
    assert heard.unpack_from(buffer, 0, len(buffer))
    assert heard.texts["board"].startswith("??board")
