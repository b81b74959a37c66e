"""Frames, on both interpreters."""

from ampkeeper.hal.link.frame import (
    CRC_TABLE,
    FRAME_BYTES_MAX,
    HEADER_BYTES,
    PARTIAL_MS_MAX,
    PAYLOAD_BYTES_MAX,
    FrameParser,
    crc16,
    crc16_by_table,
    seal,
)


def frame(payload: bytes, sequence: int = 1, kind: int = 6) -> bytes:
    buffer = bytearray(FRAME_BYTES_MAX)
    for index in range(len(payload)):
        buffer[HEADER_BYTES + index] = payload[index]
    return bytes(buffer[: seal(buffer, len(payload), sequence, kind)])


def parse(parser: FrameParser, data: bytes) -> "list[bytes]":
    payloads = []
    taken = 0
    while taken < len(data):
        taken += parser.feed(data, taken)
        while parser.next():
            payloads.append(bytes(parser.buffer[parser.offset : parser.offset + parser.length]))
    return payloads


def test_the_crc_is_the_catalogued_one() -> None:
    assert crc16(b"123456789", 0, 9) == 0x29B1  # CRC-16/IBM-3740 check value


def test_both_ways_to_the_crc_agree() -> None:
    data = bytes((index * 7 + 3) & 0xFF for index in range(200))
    for end in range(0, 200, 13):
        assert crc16(data, 5, 5 + end) == crc16_by_table(data, 5, 5 + end)


def test_the_crc_table_takes_512_bytes() -> None:
    assert len(CRC_TABLE) == 256
    assert max(CRC_TABLE) <= 0xFFFF


def test_a_frame_is_laid_out_as_its_page_says() -> None:
    assert frame(b"\x01\x02", 7, 4)[:7] == b"\xa5\x5a\x02\x07\x04\x01\x02"
    assert len(frame(b"\x01\x02")) == 9


def test_a_frame_goes_round() -> None:
    parser = FrameParser()
    assert parse(parser, frame(b"hello", 200, 3)) == [b"hello"]
    assert (parser.kind, parser.sequence, parser.good_count) == (3, 200, 1)


def test_an_empty_and_a_full_payload_go_round() -> None:
    full = bytes(range(PAYLOAD_BYTES_MAX))
    assert parse(FrameParser(), frame(b"") + frame(full)) == [b"", full]


def test_frames_are_found_byte_by_byte() -> None:
    parser = FrameParser()
    found = []
    for byte in frame(b"abc") + frame(b"def"):
        found += parse(parser, bytes((byte,)))
    assert found == [b"abc", b"def"]


def test_many_frames_fit_in_one_read() -> None:
    data = b"".join(frame(bytes((index,)) * 60, index) for index in range(60))
    assert len(parse(FrameParser(), data)) == 60


def test_noise_before_a_frame_is_skipped_and_counted() -> None:
    parser = FrameParser()
    assert parse(parser, b"\x00\xa5\x00\xff" + frame(b"x")) == [b"x"]
    assert parser.noise_bytes == 4


def test_a_double_sync_byte_does_not_hide_the_frame() -> None:
    assert parse(FrameParser(), b"\xa5" + frame(b"x")) == [b"x"]


def test_every_flipped_bit_is_refused() -> None:
    good = frame(b"permit")
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        parser = FrameParser()
        assert parse(parser, bytes(bad)) == []
        parser.tick(PARTIAL_MS_MAX + 1)
        assert parser.bad_crc_count + parser.noise_bytes + parser.truncated_count > 0


def test_an_over_long_length_is_refused_at_once() -> None:
    parser = FrameParser()
    assert parse(parser, b"\xa5\x5a\xff\x00\x06" + frame(b"x")) == [b"x"]
    assert parser.bad_length_count == 1


def test_a_frame_inside_a_bad_frame_is_found() -> None:
    inner = frame(b"inner")
    outer = bytearray(frame(b"\x00" * 8 + inner))
    outer[-1] ^= 1
    parser = FrameParser()
    assert parse(parser, bytes(outer)) == [b"inner"]
    assert parser.bad_crc_count == 1


def test_a_truncated_frame_gives_way_to_the_next_ones() -> None:
    parser = FrameParser()
    assert parse(parser, frame(b"a" * 40)[:20] + frame(b"one")) == []
    assert parse(parser, frame(b"two") + frame(b"three")) == [b"one", b"two", b"three"]


def test_a_beginning_that_never_ends_is_given_up_in_time() -> None:
    parser = FrameParser()
    assert parse(parser, b"\xa5\x5a\x60\x00\x06" + frame(b"x")) == []
    assert not parser.tick(PARTIAL_MS_MAX)
    assert parser.tick(1)
    assert parser.next()
    assert parser.truncated_count == 1


def test_time_alone_changes_nothing_when_nothing_is_half_read() -> None:
    parser = FrameParser()
    parse(parser, frame(b"x"))
    assert not parser.tick(10_000)
    assert parser.truncated_count == 0


def test_clear_forgets_half_a_frame() -> None:
    parser = FrameParser()
    parse(parser, frame(b"old")[:6])
    parser.clear()
    assert parse(parser, frame(b"new")) == [b"new"]
