"""Leftovers: all that may be found of a file whose last writes were not synced when power went.

A sector is written whole or not at all; what was not synced may reach the disk in any order, and
what never did reads as it was, or as zeros where the file grew. With few writes every subset of
them is tried, with more the subsets that differ from all or nothing by one or two; of sectors,
a write that is torn from either end, and all but one, and one alone. Sectors hold no garbage.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import TypeVar

SECTOR_BYTES = 512
SUBSETS_MAX = 8  # so many changes: every subset
PAIRS_MAX = 24  # so many: all but two
ZEROS = bytes(SECTOR_BYTES)

T = TypeVar("T")
Piece = tuple[int, int, bytes]  # number of the sector, first byte in it, bytes


class Content:
    """A file's bytes, as sectors that neighboring states share; ``key`` stands for them."""

    def __init__(self, sectors: tuple[bytes, ...]) -> None:
        self.sectors = sectors
        self.key = hash(sectors)

    @cached_property
    def raw(self) -> bytes:
        """All of them."""
        return b"".join(self.sectors)

    @property
    def size(self) -> int:
        """In bytes."""
        return (len(self.sectors) - 1) * SECTOR_BYTES + len(self.sectors[-1]) if self.sectors else 0


class Write:
    """Bytes at a place; what is between the end and the place is zeros."""

    def __init__(self, offset: int, data: bytes) -> None:
        self.end = offset + len(data)
        self.pieces: list[Piece] = []
        first = offset % SECTOR_BYTES
        number, begin = offset // SECTOR_BYTES, 0
        while begin < len(data):
            stop = begin + SECTOR_BYTES - first
            self.pieces.append((number, first, data[begin:stop]))
            number, begin, first = number + 1, stop, 0


class Cut:
    """The file has this size from now on."""

    def __init__(self, size: int) -> None:
        self.size = size


Change = Write | Cut


def content_of(raw: bytes) -> Content:
    """These bytes."""
    return applied(Content(()), [Write(0, raw)])


def applied(before: Content, changes: Iterable[Change]) -> Content:
    """A file after these changes."""
    sectors = list(before.sectors)
    for change in changes:
        if isinstance(change, Cut):
            _resize(sectors, change.size)
        else:
            _put(sectors, change.pieces)
    return Content(tuple(sectors))


def leftovers(durable: Content, changes: Sequence[Change]) -> Iterator[tuple[str, Content]]:
    """What may be left, each with the name of its pattern; some come twice."""
    yield "nothing", durable
    if not changes:
        return
    whole = applied(durable, changes)
    yield "everything", whole
    for subset in subsets(changes):
        yield "some writes", applied(durable, subset)
    yield "size alone", applied(durable, [Cut(whole.size)])
    yield from _torn(applied(durable, changes[:-1]), changes[-1])
    cuts = [place for place, change in enumerate(changes) if isinstance(change, Cut)]
    behind = cuts[-1] + 1 if cuts else 0
    base = applied(durable, changes[:behind])
    yield from _by_sector(base, whole, changes[behind:])


def subsets(changes: Sequence[T]) -> Iterator[list[T]]:
    """Which of the changes are there: every choice of a few, the nearest to all and none of many.

    The order in which they were made stays; neither none nor all of them is among the choices.
    """
    count = len(changes)
    if count <= SUBSETS_MAX:
        for bits in range(1, (1 << count) - 1):
            yield [change for place, change in enumerate(changes) if bits >> place & 1]
        return
    for size in range(1, count):
        yield list(changes[:size])
        yield list(changes[size:])
    for place in range(count):
        yield [changes[place]]
        yield _without(changes, (place,))
    if count <= PAIRS_MAX:
        for pair in combinations(range(count), 2):
            yield _without(changes, pair)


def _torn(before: Content, last: Change) -> Iterator[tuple[str, Content]]:
    pieces = last.pieces if isinstance(last, Write) else []
    for count in range(1, len(pieces)):
        yield "torn", _with(before, pieces[:count])
        yield "torn from its end", _with(before, pieces[count:])


def _by_sector(
    base: Content, whole: Content, writes: Sequence[Change]
) -> Iterator[tuple[str, Content]]:
    """All but one sector of all that was written, with the size that it gave; and one alone."""
    pieces = [piece for write in writes if isinstance(write, Write) for piece in write.pieces]
    by_number: dict[int, list[Piece]] = {}
    for piece in pieces:
        by_number.setdefault(piece[0], []).append(piece)
    for piece in pieces:
        number = piece[0]
        sectors = list(whole.sectors)
        lost = list(base.sectors[: number + 1])
        _put(lost, [one for one in by_number[number] if one is not piece])
        _resize(lost, min(whole.size, (number + 1) * SECTOR_BYTES))
        sectors[number] = lost[number]
        yield "all but a sector", Content(tuple(sectors))
    for piece in (
        pieces[-len(writes[-1].pieces) :] if writes and isinstance(writes[-1], Write) else ()
    ):
        yield "a sector alone", _with(base, [piece])


def _with(before: Content, pieces: Iterable[Piece]) -> Content:
    sectors = list(before.sectors)
    _put(sectors, pieces)
    return Content(tuple(sectors))


def _put(sectors: list[bytes], pieces: Iterable[Piece]) -> None:
    for number, first, data in pieces:
        if number >= len(sectors):
            if number > len(sectors) or (sectors and len(sectors[-1]) < SECTOR_BYTES):
                _resize(sectors, number * SECTOR_BYTES)
            sectors.append(ZEROS[:first] + data)
            continue
        old = sectors[number]
        if first == 0 and len(data) >= len(old):
            sectors[number] = data
        else:
            sectors[number] = old[:first].ljust(first, b"\0") + data + old[first + len(data) :]


def _resize(sectors: list[bytes], size: int) -> None:
    count, rest = divmod(size, SECTOR_BYTES)
    del sectors[count + (rest > 0) :]
    while len(sectors) < count + (rest > 0):
        if sectors:
            sectors[-1] = sectors[-1].ljust(SECTOR_BYTES, b"\0")
        sectors.append(ZEROS)
    if sectors:
        sectors[-1] = sectors[-1].ljust(SECTOR_BYTES, b"\0")[: rest or SECTOR_BYTES]


def _without(changes: Sequence[T], out: Collection[int]) -> list[T]:
    return [change for place, change in enumerate(changes) if place not in out]
