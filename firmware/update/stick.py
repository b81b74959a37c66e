"""Stick: which image of a folder that somebody filled is installed, and which is left alone. Pure.

Each file is looked at once while it lies there, and each image is installed once in the life of a
station: a stick that stays, and whose software reverts, is not tried again and again, nor does it
take a newer version of the central system back. Who wants it anew has ``ampkeeper image install``.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

SUFFIX = ".image"
FILES_MAX = 16  # of one folder, by name; the rest is not looked at
TRIED_MAX = 64  # images that are remembered; the oldest is forgotten
DIGEST_CHARS = 64


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A file in the folder; another size or date is another file."""

    name: str
    size_bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that may be installed; ``digest`` is that of its manifest, in hexadecimal."""

    entry: Entry
    version: str
    counter: int
    created: datetime
    digest: str


def is_image(name: str) -> bool:
    """True for a name that is looked at."""
    return name.endswith(SUFFIX) and not name.startswith(".")


def best(
    found: Iterable[Candidate], version: str, tried: Sequence[str]
) -> tuple[Candidate | None, list[str]]:
    """What is installed, and which images are not to be installed any more from then on.

    The highest counter first, then the youngest; ``version`` is what runs, and needs no stick.
    """
    fresh = [one for one in found if one.digest not in tried]
    runs = [one.digest for one in fresh if one.version == version]
    fresh = [one for one in fresh if one.digest not in runs]
    chosen = max(fresh, key=lambda one: (one.counter, one.created, one.entry), default=None)
    known = [*tried, *runs, *([] if chosen is None else [chosen.digest])]
    return chosen, known[-TRIED_MAX:]


def to_text(tried: Sequence[str]) -> str:
    """As it is kept."""
    return json.dumps(list(tried))


def tried_of(text: str) -> list[str]:
    """What ``to_text`` wrote; raises ValueError for anything else."""
    told = json.loads(text) if text else []
    if not isinstance(told, list) or len(told) > TRIED_MAX:
        raise ValueError(f"at most {TRIED_MAX} images are remembered")
    if any(not isinstance(one, str) or len(one) != DIGEST_CHARS for one in told):
        raise ValueError("images are remembered by SHA-256 in hexadecimal")
    return told
