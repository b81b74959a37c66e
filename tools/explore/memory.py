"""Memory: all that an object remembers, as one short key, and back again.

It walks the plain attributes of the object and of what it holds: numbers, bytearrays, lists of
numbers, and objects of ours. A new attribute is found by itself. ``Rules`` say what a key need
not hold; without any it holds everything. Whatever they leave out must decide nothing, which
``again`` tries.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass, field
from typing import Any

SCALARS = (int, str, bytes, type(None))  # bool is an int
BUFFERS = (bytearray, list, array)
PACKAGE = "ampkeeper."
KEPT_COUNTS = ("high_count", "medium_count", "retry_count")  # they decide; the others report
NEVER_MS = 10**12

Names = dict[str, Any]


class Unfollowed(Exception):
    """The object holds something that a key cannot hold; the message names it."""


@dataclass(frozen=True)
class Rules:
    """What a key need not hold."""

    longest_ms: int = NEVER_MS  # a time stops here ...
    caps: dict[str, int] = field(default_factory=dict)  # ... or here, by path or path.place
    has_counts: bool = True  # False: counts that only report are 0
    blind: tuple[str, ...] = ()  # classes that are left alone
    unread: tuple[str, ...] = ()  # paths, or their beginnings, that each tick sets before reading


class Group:
    """The attributes of one part of the object, and the numbers of the values they had."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: list[tuple[Names, str]] = []
        self.paths: list[str] = []
        self.buffers: list[tuple[int, Any]] = []
        self.number_of: dict[tuple[object, ...], int] = {}
        self.values: list[tuple[Any, ...]] = []

    def add(self, owner: Names, name: str, path: str) -> None:
        """Follow one attribute."""
        value = owner[name]
        if isinstance(value, BUFFERS):
            self.buffers.append((len(self.paths), value))
        self.places.append((owner, name))
        self.paths.append(path)

    def look(self) -> int:
        """Return the number of the values now."""
        seen = [owner[name] for owner, name in self.places]
        for index, buffer in self.buffers:
            seen[index] = tuple(buffer)
        values = tuple(seen)
        number = self.number_of.get(values, -1)
        if number < 0:
            number = len(self.values)
            self.number_of[values] = number
            self.values.append(values)
        return number

    def put(self, number: int) -> None:
        """Set the values back that had this number."""
        values = self.values[number]
        for at, (owner, name) in enumerate(self.places):
            owner[name] = values[at]
        for index, buffer in self.buffers:
            _refill(buffer, values[index])
            owner, name = self.places[index]
            owner[name] = buffer


class Memory:
    """What ``root`` remembers. ``save`` gives a key, ``load`` goes back to it."""

    def __init__(self, root: object, rules: Rules) -> None:
        self.root = root
        self.groups: list[Group] = []
        self.parts: list[object] = []  # every object of ours inside
        self._rules = rules
        self._caps: list[tuple[Any, Any, int]] = []  # of attributes and of places in lists
        self._zeros: list[tuple[Names, str]] = []
        self._sizes: list[tuple[str, Names, int]] = []
        self._walk()
        self._pack = struct.Struct(f"<{len(self.groups)}I")
        self._now: list[int] = [-1] * len(self.groups)

    def save(self) -> bytes:
        """Bring ages and counts to their limits, and return the key of what is left."""
        for owner, name, most in self._caps:
            if owner[name] > most:
                owner[name] = most
        for names, name in self._zeros:
            names[name] = 0
        self._now = [group.look() for group in self.groups]
        return self._pack.pack(*self._now)

    def load(self, key: bytes) -> None:
        """Become what the key says; only what differs from the last key is touched."""
        wanted = self._pack.unpack(key)
        now = self._now
        for at, group in enumerate(self.groups):
            if now[at] != wanted[at]:
                group.put(wanted[at])
        self._now = list(wanted)

    def touch(self) -> None:
        """Say that the object ran on: the next ``load`` sets everything back."""
        self._now = [-1] * len(self.groups)

    def check_shape(self) -> None:
        """Refuse an object that grew an attribute, or whose attribute became an object."""
        for path, owner, size in self._sizes:
            if len(owner) != size:
                raise Unfollowed(f"{path} grew an attribute after construction: {sorted(owner)}")

    def widest(self, most: int = 5) -> list[str]:
        """Name the attributes with the most values: why a search does not close."""
        counts: list[tuple[int, str]] = []
        for group in self.groups:
            for index, path in enumerate(group.paths):
                counts.append((len({values[index] for values in group.values}), path))
        return [f"{path}: {count} values" for count, path in sorted(counts, reverse=True)[:most]]

    def differences(self, key: bytes, other: bytes) -> list[str]:
        """Name the attributes that differ between two keys, with both values."""
        ones, twos = self._pack.unpack(key), self._pack.unpack(other)
        told = []
        for at, group in enumerate(self.groups):
            one, two = group.values[ones[at]], group.values[twos[at]]
            places = [place for place in range(len(one)) if one[place] != two[place]]
            told += [f"{group.paths[place]}: {one[place]} and {two[place]}" for place in places]
        return told

    def _walk(self) -> None:
        top = vars(self.root)
        own = Group("")
        waiting = [("", top, own)]
        groups = [own]
        seen = {id(top)}
        while waiting:
            path, owner, group = waiting.pop()
            self._sizes.append((path or "root", owner, len(owner)))
            for name, value in owner.items():
                where = f"{path}{name}"
                if not _is_ours(value):
                    self._follow(owner, name, where, group)
                elif type(value).__name__ not in self._rules.blind and id(vars(value)) not in seen:
                    seen.add(id(vars(value)))
                    self.parts.append(value)
                    inner = group if path else Group(where)
                    groups += [] if path else [inner]
                    waiting.append((f"{where}.", vars(value), inner))
        self.groups = [group for group in groups if group.paths]

    def _follow(self, owner: Names, name: str, path: str, group: Group) -> None:
        value = owner[name]
        if callable(value) or (isinstance(value, tuple) and not any(map(_is_ours, value))):
            return  # fixed: code, and tables made once
        if isinstance(value, BUFFERS):
            if not all(isinstance(item, SCALARS) for item in value):
                raise Unfollowed(f"{path} holds more than numbers: {value!r:.80}")
        elif not isinstance(value, SCALARS):
            raise Unfollowed(f"{path} is a {type(value).__name__}")
        if self._is_unread(path):
            return
        if not self._rules.has_counts and name.endswith("_count") and name not in KEPT_COUNTS:
            self._zeros.append((owner, name))
            return
        self._limit(owner, name, path)
        group.add(owner, name, path)

    def _is_unread(self, path: str) -> bool:
        return path in self._rules.unread or path.startswith(
            tuple(each for each in self._rules.unread if each.endswith("."))
        )

    def _limit(self, owner: Names, name: str, path: str) -> None:
        rules = self._rules
        value = owner[name]
        if isinstance(value, int) and name.endswith("_ms") and rules.longest_ms < NEVER_MS:
            self._caps.append((owner, name, rules.caps.get(path, rules.longest_ms)))
        elif isinstance(value, list):
            places = [(place, f"{path}.{place}") for place in range(len(value))]
            self._caps += [(value, at, rules.caps[key]) for at, key in places if key in rules.caps]


def _refill(buffer: Any, values: tuple[Any, ...]) -> None:
    if isinstance(buffer, array):
        buffer[:] = array(buffer.typecode, values)
    else:
        buffer[:] = values


def _is_ours(value: object) -> bool:
    return type(value).__module__.startswith(PACKAGE) and hasattr(value, "__dict__")
