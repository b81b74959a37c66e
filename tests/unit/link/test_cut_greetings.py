"""A greeting or report that is a byte short, under a right CRC: counted, and nothing else."""

import pytest

from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, seal
from ampkeeper.hal.link.host import GREETING, UP
from ampkeeper.hal.link.messages import HELLO, IDENTITY, STATUS, Message
from tests.unit.link.link_bench import Bench, framed
from tests.unit.link.test_host_link import Far, up


def cut(kind: int) -> bytes:
    """A frame whose last byte of contents is missing."""
    message = Message(kind)
    buffer = bytearray(FRAME_BYTES_MAX)
    message.pack_into(buffer, HEADER_BYTES)
    return bytes(buffer[: seal(buffer, message.length - 1, 200, kind)])


def test_the_board_does_not_take_a_short_greeting_for_one() -> None:
    bench = Bench()
    bench.greet()
    bench.run(200)
    epoch, invalid = bench.status()["epoch"], bench.report["invalid_count"]
    bench.board.feed(framed(HELLO, length_change=-1, nonce=2))
    bench.run(200)
    assert (bench.status()["epoch"], bench.report["invalid_count"]) == (epoch, invalid + 1)


@pytest.mark.parametrize(("make", "state"), [(Far, GREETING), (up, UP)])
@pytest.mark.parametrize("kind", [IDENTITY, STATUS])
def test_the_station_takes_nothing_from_a_short_answer(
    make: type[Far], state: int, kind: int
) -> None:
    far = make()
    before = dict(far.link.identity.values)
    reports = far.link.feed(cut(kind), far.now_ms)
    assert (reports, far.link.state) == ([], state)
    assert far.link.identity.values == before
