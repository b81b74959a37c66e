"""Trace: puts the frozen flight recorder together again from the pieces that arrive.

Host side. Pieces may be lost, doubled or late; ``missing`` says from where to ask again. What
the bytes mean is ring 1's affair; a layout of them that we cannot read is not fetched.
"""

from ampkeeper.hal.link.messages import RAW, TRACE_LAYOUT


class TraceReader:
    """The bytes of one trace, as far as they have come."""

    def __init__(self, trace_id: int) -> None:
        self.trace_id = trace_id
        self.cause = 0
        self.is_foreign = False  # its rows have a layout of another version
        self.total = -1  # not known before the first piece
        self._pieces: dict[int, bytes] = {}

    def take(self, values: dict[str, int], raw: bytes) -> bool:
        """Take one piece; False if it is of another trace, or contradicts the first."""
        total, offset = values["total"], values["offset"]
        if values["trace_id"] != self.trace_id or offset % RAW or offset >= total:
            return False
        if self.total not in (-1, total):
            return False
        self.is_foreign = values["layout"] != TRACE_LAYOUT
        if self.is_foreign:
            return False
        self.total = total
        self.cause = values["cause"]
        self._pieces[offset] = raw[: total - offset]
        return True

    def missing(self) -> int:
        """Return the offset of the first piece that has not come; -1 if all have."""
        if self.total < 0:
            return 0
        for offset in range(0, self.total, RAW):
            if offset not in self._pieces:
                return offset
        return -1

    def rows(self) -> bytes:
        """Return the whole trace, oldest row first."""
        return b"".join(self._pieces[offset] for offset in sorted(self._pieces))
