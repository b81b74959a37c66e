"""Post: what the station asks of whoever carries its receipts, and who that is by way."""

from collections.abc import Callable
from typing import Protocol

from ampkeeper.firmware.config.model_billing import Delivery


class Post(Protocol):
    """Blocking; ``TransientError``: not now, ``RefusedError``: this message never."""

    def mail(self, message: bytes, to: str) -> None:
        """Hand an e-mail in, as it is."""

    def push(self, message_id: str, body: bytes) -> None:
        """Post a line of the charge log."""


MakePost = Callable[[Delivery], Post]
