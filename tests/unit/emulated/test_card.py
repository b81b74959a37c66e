"""Cards are held one after the other, far enough apart for a reader to tell them."""

from ampkeeper.board.emulated.card import EMPTY_MS, HOLD_MS, QUEUE_MAX, CardSlot

CARD = bytes.fromhex("04A224B1")


def test_a_card_is_presented_at_the_next_step() -> None:
    slot = CardSlot()
    assert slot.present(CARD)
    assert slot.step(10) == CARD
    assert slot.step(10) is None


def test_the_next_card_waits_until_the_field_was_empty() -> None:
    slot = CardSlot()
    slot.present(CARD)
    slot.present("text")
    assert slot.step(10) == CARD
    passed_ms = 0
    while (presented := slot.step(10)) is None:
        passed_ms += 10
    assert presented == "text"
    assert passed_ms + 10 == HOLD_MS + EMPTY_MS


def test_a_full_queue_refuses() -> None:
    slot = CardSlot()
    assert all(slot.present(CARD) for _ in range(QUEUE_MAX))
    assert not slot.present(CARD)
