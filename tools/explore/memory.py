"""Memory: all that an object remembers, as one short key, and back again.

It walks the plain attributes of the object and of what it holds: numbers, bytearrays, lists of
numbers, and objects of ours. A new attribute is found by itself. Two rules keep ages and counts
from making every state new: a time stops at ``longest_ms``, and a count is forgotten. Both are
put into the object too, so that it goes on from exactly what the key says. Parts of a class in
``blind`` are left alone: they must decide nothing, which ``search`` tries by going ways again.
"""

import struct
from collections.abc import Callable
from operator import attrgetter
from typing import Any

SCALARS = (int, str, bytes, type(None))  # bool is an int
PACKAGE = "ampkeeper."
KEPT_COUNTS = ("high_count", "medium_count", "low_count")  # they decide; the others only report


class Unfollowed(Exception):
    """The object holds something that a key cannot hold; the message names it."""


class Group:
    """The attributes of one part of the object, and the numbers of the values they had."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: list[tuple[dict[str, object], str]] = []
        self.paths: list[str] = []
        self.buffers: list[tuple[int, Any]] = []  # bytearrays and lists
        self.get: Callable[[object], tuple[object, ...]] = lambda _: ()
        self.number_of: dict[tuple[object, ...], int] = {}
        self.values: list[tuple[Any, ...]] = []

    def add(self, owner: dict[str, object], name: str, path: str) -> None:
        """Follow one attribute."""
        value = owner[name]
        if isinstance(value, bytearray | list):
            self.buffers.append((len(self.paths), value))
        self.places.append((owner, name))
        self.paths.append(path)

    def close(self) -> None:
        """Build the getter, once all attributes are known."""
        getter = attrgetter(*self.paths)
        one = len(self.paths) == 1
        self.get = (lambda root: (getter(root),)) if one else getter

    def look(self, root: object) -> int:
        """Return the number of the values now."""
        values = self.get(root)
        if self.buffers:
            changed = list(values)
            for index, buffer in self.buffers:
                changed[index] = tuple(buffer)
            values = tuple(changed)
        number = self.number_of.get(values)
        if number is None:
            number = len(self.values)
            self.number_of[values] = number
            self.values.append(values)
        return number

    def put(self, number: int) -> None:
        """Set the values back that had this number."""
        values = self.values[number]
        for (owner, name), value in zip(self.places, values, strict=True):
            owner[name] = value
        for index, buffer in self.buffers:
            buffer[:] = values[index]
            owner, name = self.places[index]
            owner[name] = buffer


class Memory:
    """What ``root`` remembers. ``save`` gives a key, ``load`` goes back to it."""

    def __init__(
        self, root: object, longest_ms: int, caps: dict[str, int], blind: tuple[str, ...]
    ) -> None:
        self.root = root
        self.groups: list[Group] = []
        self.parts: list[object] = []  # every object of ours inside
        self._longest_ms = longest_ms
        self._blind = blind
        self._limits = caps
        self._caps: list[tuple[dict[str, Any], str, int]] = []
        self._zeros: list[tuple[dict[str, object], str]] = []
        self._sizes: list[tuple[str, dict[str, object], int]] = []
        self._walk()
        self._pack = struct.Struct(f"<{len(self.groups)}I")
        self._now: list[int] = [-1] * len(self.groups)

    def save(self) -> bytes:
        """Bring ages and counts to their limits, and return the key of what is left."""
        for owner, name, most in self._caps:
            if owner[name] > most:
                owner[name] = most
        for owner, name in self._zeros:
            owner[name] = 0
        root = self.root
        self._now = [group.look(root) for group in self.groups]
        return self._pack.pack(*self._now)

    def load(self, key: bytes) -> None:
        """Become what the key says; only what differs from the last key is touched."""
        wanted = self._pack.unpack(key)
        now = self._now
        for index, number in enumerate(wanted):
            if now[index] != number:
                self.groups[index].put(number)
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
                elif type(value).__name__ not in self._blind and id(vars(value)) not in seen:
                    seen.add(id(vars(value)))
                    self.parts.append(value)
                    inner = group if path else Group(where)
                    groups += [] if path else [inner]
                    waiting.append((f"{where}.", vars(value), inner))
        self.groups = [group for group in groups if group.paths]
        for group in self.groups:
            group.close()

    def _follow(self, owner: dict[str, object], name: str, path: str, group: Group) -> None:
        value = owner[name]
        if callable(value) or (isinstance(value, tuple) and not any(map(_is_ours, value))):
            return  # fixed: code, and tables made once
        if isinstance(value, bytearray | list):
            if not all(isinstance(item, SCALARS) for item in value):
                raise Unfollowed(f"{path} holds more than numbers: {value!r:.80}")
        elif not isinstance(value, SCALARS):
            raise Unfollowed(f"{path} is a {type(value).__name__}")
        if isinstance(value, int) and name.endswith("_count") and name not in KEPT_COUNTS:
            self._zeros.append((owner, name))
            return
        if isinstance(value, int) and name.endswith("_ms"):
            self._caps.append((owner, name, self._limits.get(path, self._longest_ms)))
        group.add(owner, name, path)


def _is_ours(value: object) -> bool:
    return type(value).__module__.startswith(PACKAGE) and hasattr(value, "__dict__")
