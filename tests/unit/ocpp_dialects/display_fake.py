"""The display of the fake station."""

from ampkeeper.firmware.display_message import DisplayMessage


class FakeDisplay:
    """Keeps what it is told to show, and answers ``word``."""

    def __init__(self) -> None:
        self.word = "accepted"
        self.book: dict[int, DisplayMessage] = {}
        self.paying: list[tuple[int, int]] = []

    def payment_started(self, evse_id: int, timeout_s: int) -> None:
        self.paying.append((evse_id, timeout_s))

    def messages(self) -> tuple[DisplayMessage, ...]:
        return tuple(self.book.values())

    def set_message(self, message: DisplayMessage) -> str:
        if self.word == "accepted":
            self.book[message.id] = message
        return self.word

    def clear_message(self, message_id: int) -> bool:
        return self.book.pop(message_id, None) is not None
