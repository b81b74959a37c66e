"""A STATUS of an epoch that was left: late or replayed, and no reason to greet again."""

import pytest

from ampkeeper.hal.link.host import GREETING, LEFT_EPOCHS_MAX, SILENCE_MS, UP
from ampkeeper.hal.link.messages import RESTORE_FAULTS
from tests.unit.link.test_host_link import EPOCH, Far, up


@pytest.mark.parametrize("age", [1, LEFT_EPOCHS_MAX])
def test_a_late_status_neither_greets_again_nor_drops_what_is_to_be_put_back(age: int) -> None:
    far = up()
    assert far.link.command(RESTORE_FAULTS, 4)
    greetings = far.link.greeting_count
    assert far.report(epoch=EPOCH - age) == []
    assert (far.link.state, far.link.greeting_count) == (UP, greetings)
    assert far.link.counters()["stale"] == 1
    far.obey()
    assert far.link.command(RESTORE_FAULTS, 4), "known, not sent anew"
    assert far.last(5)["argument"] == 4


@pytest.mark.parametrize("epoch", [EPOCH + 1, EPOCH - LEFT_EPOCHS_MAX - 1])
def test_a_status_of_any_other_epoch_is_one_of_another_boot(epoch: int) -> None:
    far = up()
    assert far.report(epoch=epoch) == []
    assert far.link.state == GREETING


def test_a_boot_whose_epoch_looks_left_is_greeted_after_the_silence() -> None:
    far: Far = up()
    greetings = far.link.greeting_count
    for _ in range(SILENCE_MS // 100 + 2):
        far.wait(100)
        far.report(epoch=EPOCH - 3)
    assert far.link.greeting_count > greetings
