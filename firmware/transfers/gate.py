"""Gate: a file is judged by its beginning while it comes, and nothing is kept before.

Whoever wants the file says from its first bytes how long it is, or that it is not wanted: a file
of somebody else is given up after its head, and one that never ends at the length it declared.
"""

from collections.abc import Callable

BEGINNING_BYTES_MAX = 128 * 1024
TOO_BIG, UNFIT = "too_big", "unfit"

Judge = Callable[[bytes], int | None]
"""How long the whole file is, from its first bytes; None: more of them are needed.

Raises ``UnwantedError`` for a file that is not wanted.
"""


class UnwantedError(Exception):
    """A file that is not wanted; the text says why. ``word`` is one of ours, or the judge's own."""

    def __init__(self, word: str, text: str) -> None:
        super().__init__(text)
        self.word = word


class Gate:
    """One attempt to fetch a file of at most ``bytes_max``, in as many bytes as it declares."""

    def __init__(self, judge: Judge | None, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._judge = judge
        self._is_open = judge is None
        self._held = b""
        self._kept = 0
        self._count = 0
        self._announced: int | None = None
        self._word = TOO_BIG

    def announced(self, size_bytes: int | None) -> None:
        """How long the server says that the file is; raises UnwantedError for one too long."""
        self._announced = size_bytes
        self._check(size_bytes or 0)

    def resumed(self, beginning: bytes, count: int) -> None:
        """So many bytes are kept from an attempt before, and this is how they begin."""
        self._kept = count
        self.take(beginning)
        self._count = count

    def take(self, data: bytes) -> bytes:
        """What may be kept now that ``data`` came; raises UnwantedError for what is too much."""
        self._count += len(data)
        if self._judge is None or self._is_open:
            self._check(self._count)
            return data
        self._held += data
        declared = self._judge(self._held[:BEGINNING_BYTES_MAX])
        if declared is None:
            self._check_beginning(is_all=not data)
            return b""
        if declared < self._bytes_max:
            self._bytes_max, self._word = declared, UNFIT
        self._check(max(self._count, self._announced or 0))
        fresh, self._held, self._is_open = self._held[self._kept :], b"", True
        return fresh

    def _check_beginning(self, is_all: bool) -> None:
        """A file that ends within its head is none; one that was cut there may be."""
        was_cut = self._announced is not None and self._count < self._announced
        if len(self._held) >= BEGINNING_BYTES_MAX or (is_all and not was_cut):
            text = f"its first {len(self._held)} bytes do not say what it is"
            raise UnwantedError(UNFIT, text)

    def _check(self, count: int) -> None:
        if count > self._bytes_max:
            raise UnwantedError(self._word, f"{count} bytes; at most {self._bytes_max}")
