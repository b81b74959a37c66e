"""Terminal: what the station asks of a payment terminal, by one name for each payment.

Every request may be asked again with the same ``reference``: what was done is not done twice, and
is answered as done. Amounts are whole smallest coins of the currency. ``RefusedError``: never;
``TransientError``: nobody knows whether it was done; ``AbsentError``: nobody was reached.
"""

from collections.abc import Callable
from typing import Protocol

CARD_CHARS_MAX = 20  # what OCPP 1.6 takes as an idTag


class Terminal(Protocol):
    """A payment terminal."""

    async def card(self) -> str:
        """Wait for a card; return what the terminal calls it, the same each time.

        1 to ``CARD_CHARS_MAX`` visible ASCII characters, from which no card number follows.
        """

    async def hold(self, reference: str, amount: int, currency: str) -> None:
        """Have so much held for us on the card that was shown last; RefusedError: declined."""

    async def capture(self, reference: str, amount: int) -> None:
        """Take so much of what is held, and give the rest back at once."""

    async def release(self, reference: str) -> None:
        """Give back all that is held; also where nobody knows whether anything is.

        A hold by this name that arrives later is refused. RefusedError: nothing is held by it.
        """


MakeTerminal = Callable[[], Terminal]
