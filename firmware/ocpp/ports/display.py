"""Display: what a dialect asks of the messages that the station shows."""

from typing import Protocol

from ampkeeper.firmware.display_message import DisplayMessage


class DisplayPort(Protocol):
    """Part of ``StationPort``."""

    def messages(self) -> tuple[DisplayMessage, ...]:
        """The messages that are set, by id."""

    def set_message(self, message: DisplayMessage) -> str:
        """Show a message, in place of the one with its id: "accepted", "rejected" (no room, or
        over already) or "unknown_transaction"."""

    def clear_message(self, message_id: int) -> bool:
        """Show it no more; False if there is none."""

    def payment_started(self, evse_id: int, timeout_s: int) -> None:
        """Somebody scanned the code of an EVSE, and has so long to pay."""
