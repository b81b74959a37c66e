"""Keys that this board takes in the configuration: ``[board.pilot]``, and every Pi host's."""

from ampkeeper.board.evse_din.board import BOARD
from ampkeeper.board.host import keys


def check(name: str, value: keys.Scalar) -> str | None:
    """Return what is wrong with one key of the file, or None."""
    return keys.check(BOARD.keys, name, value)
