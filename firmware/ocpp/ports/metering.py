"""What a dialect asks of the meters."""

from collections.abc import Mapping
from typing import Protocol


class MeteringPort(Protocol):
    """The meters of the station."""

    def public_keys(self) -> Mapping[int, bytes]:
        """Of each EVSE whose meter signs: its key as DER; empty: the meter has not told it yet."""
