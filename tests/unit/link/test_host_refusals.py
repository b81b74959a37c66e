"""What the host half does not take, or ring 1 does not: each moves a counter."""

from ampkeeper.hal.link.host import GREETING, REPEAT_MS, UP
from ampkeeper.hal.link.messages import (
    CLEAR_FAULT,
    COMMAND,
    DONE,
    FREEZE_TRACE,
    HELLO,
    IDENTITY,
    PERMIT,
    REFUSED,
    RESULT,
    SETTINGS,
    STATUS,
    TRACE,
    UNKNOWN,
)
from tests.unit.link.test_host_link import EPOCH, Far, up


def test_a_command_that_ring_1_declines_is_counted() -> None:
    far = up()
    for answer, count in ((DONE, 0), (REFUSED, 1), (UNKNOWN, 2)):
        far.link.command(CLEAR_FAULT, answer)
        far.wait(0)
        far.report(command_id=far.last(COMMAND)["command_id"], command_result=answer)
        assert far.link.counters()["declined"] == count


def test_what_comes_before_the_answer_to_our_greeting_is_counted() -> None:
    far = Far()
    far.say(STATUS, epoch=EPOCH)
    far.say(RESULT, number=3)
    far.say(TRACE, trace_id=1)
    assert far.link.state == GREETING
    assert far.link.counters()["untimely"] == 3
    assert (far.link.told.results, far.link.told.pieces) == ([], [])


def test_a_status_of_another_epoch_is_counted() -> None:
    far = up()
    assert far.report(epoch=EPOCH + 1) == []
    assert far.link.counters()["untimely"] == 1


def test_orders_that_come_back_to_us_are_counted() -> None:
    far = up()
    for kind in (HELLO, SETTINGS, PERMIT):
        far.say(kind)
    assert far.link.counters()["unknown"] == 3


def test_an_answer_to_another_greeting_does_not_change_who_is_there() -> None:
    far = up()
    before = dict(far.link.identity.values)
    far.say(IDENTITY, nonce=before["nonce"] + 1, protocol=9, boot_reason=2)
    assert far.link.identity.values == before
    assert far.link.counters()["stale"] == 1


def test_an_epoch_whose_counter_is_used_up_ends_with_a_greeting() -> None:
    far = up()
    far.link._counter = (1 << 30) - 3
    far.link.permit(16_000, 3, 2)
    far.report()
    assert far.link.state == UP
    far.link.permit(16_000, 3, 2)
    far.report()
    assert far.link.state == GREETING
    far.wait(0)
    far.heard.clear()
    far.wait(200)
    far.identify()
    far.report()
    assert far.link.permit(16_000, 3, 2)
    assert far.link.command(FREEZE_TRACE, 0)


def test_a_clear_that_may_have_run_unseen_is_not_sent_again_after_a_greeting() -> None:
    far = up()
    far.link.command(CLEAR_FAULT, 3)
    far.wait(0)
    assert far.count(COMMAND) >= 1
    far.report(epoch=EPOCH + 7)  # its answer is lost with the epoch
    far.epoch = EPOCH + 8
    far.wait(REPEAT_MS)
    far.identify()
    far.heard.clear()
    for _ in range(6):
        far.report()
    assert far.count(COMMAND) == 0, "it would clear what came between"
    assert far.link.counters()["dropped"] == 1
    far.link.command(CLEAR_FAULT, 3)
    far.wait(0)
    assert far.last(COMMAND)["argument"] == 3, "a person may ask again"
