"""Update judge: starts the machine on every disk that may be left, each once.

What starts must be whole, signed, not older than what was good, and what was promised; beside what
was signed it has nothing but what Python made of that. Whether a slot is sound is worked out by
the shipped code, once for each content of its folder.
"""

import io
from collections import Counter

from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.record import RECORD
from ampkeeper.firmware.update.slots import TRYING, Slots
from tests.power_loss.update_story import (
    MACHINE,
    NEW,
    NEXT,
    OLD,
    SMALL,
    digest_of,
    parts_of,
    quiet,
)
from tests.support.crash_disk import CrashDisk, Files, found
from tests.support.releases import NOW

WHOLE: dict[bytes, set[str]] = {}
MADE: dict[bytes, set[str]] = {}  # by Python, of what was signed
COUNTERS: dict[bytes, int] = {}
for _raw in (OLD, NEW, NEXT, SMALL):
    _head, _digests, _made, _counter = parts_of(_raw)
    WHOLE[_head], MADE[_head], COUNTERS[_head] = _digests, _made, _counter

BESIDE = ("head", "compiled")  # of what was signed: the first is compared, the second a list
Key = frozenset[tuple[str, int]]
Keys = tuple[Key, Key, Key]


class Judge:
    """Of the disks after one cut; of every ``second_every``-th, and of one of each kind, also after
    another cut in the update that follows. A kind: pattern, record, and which slots have a head.
    """

    def __init__(self, second_every: int) -> None:
        self.second_every = second_every
        self.seen: set[Keys] = set()
        self.recovered: set[Keys] = set()
        self.patterns: Counter[str] = Counter()
        self.started: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.lives = 0  # updates after a first cut
        self._kinds: set[object] = set()
        self.promised = "ab"
        self._memory = Memory()

    def promise(self, places: str) -> None:
        """Which slots may start from now on."""
        self.promised = places

    def look(self, disk: CrashDisk) -> None:
        """At everything that may be left of ``disk`` if the power goes now."""
        floor = Folders(disk.durable(), MACHINE).record().counter_min
        for pattern, files in disk.leftovers():
            key = keys_of(files)
            if key in self.seen:
                continue
            self.seen.add(key)
            self.patterns[pattern] += 1
            self._start(files, key, floor)
            if self.second_every and self._is_worth_another(pattern, files):
                self._update_again(found(files), floor)

    def summary(self) -> str:
        """What was looked at."""
        patterns = ", ".join(f"{count:,} {name}" for name, count in self.patterns.most_common())
        started = ", ".join(f"{place} {count:,}" for place, count in self.started.most_common())
        return (
            f"{len(self.seen):,} disks ({patterns}), {len(self.recovered):,} more cut twice"
            f" in {self.lives:,} second lives; started: {started}"
        )

    def _is_worth_another(self, pattern: str, files: Files) -> bool:
        kind = (pattern, files[RECORD].key, "a/head" in files, "b/head" in files)
        is_new = kind not in self._kinds
        self._kinds.add(kind)
        return is_new or len(self.seen) % self.second_every == 0

    def _start(self, files: Files, keys: Keys, floor: int) -> None:
        disk = found(files)
        slots = Remembering(disk, self._memory, keys)
        try:
            place = slots.start()
            counter = slots.record().counter_min
        except ValueError as error:
            self.wrong.append(f"no record: {error}")
            return
        self.started[place] += 1
        if not place or place not in self.promised:
            self.wrong.append(f"{place!r} started; {self.promised!r} was promised")
            return
        head, is_whole = self._memory.whole(disk, place, keys)
        if not is_whole:
            self.wrong.append(f"{place!r} started, and is not whole")
        elif COUNTERS[head] < floor or counter < floor:
            self.wrong.append(f"{place!r} started with a counter below {floor}")

    def _update_again(self, disk: CrashDisk, floor: int) -> None:
        """The machine starts, begins the update again, and the power goes again, anywhere."""
        before, self.promised = self.promised, "ab"
        self.lives += 1

        def look() -> None:
            for _, files in disk.leftovers():
                key = keys_of(files)
                if key not in self.seen and key not in self.recovered:
                    self.recovered.add(key)
                    self._start(files, key, floor)

        disk.after = look
        slots = Folders(disk, MACHINE)
        slots.start()
        if slots.record().state != TRYING:
            slots.install(io.BytesIO(SMALL), NOW, quiet)
            slots.start()
        slots.confirm()
        self.promised = before


class Memory:
    """What was worked out for a folder's content, so that it is done once for each."""

    def __init__(self) -> None:
        self.sound: dict[object, int | None] = {}
        self._whole: dict[Key, tuple[bytes, bool]] = {}

    def whole(self, disk: CrashDisk, place: str, keys: Keys) -> tuple[bytes, bool]:
        """The head in a slot, and whether all that its image has is there."""
        key = keys["ab".index(place)]
        if key not in self._whole:
            inode = disk.names_now.get(f"{place}/head")
            head = inode.content().raw if inode is not None else b""
            names = [name for name in disk.names(place) if not name.startswith(BESIDE)]
            there = {digest_of(disk, f"{place}/{name}") for name in names}
            is_whole = head in WHOLE and WHOLE[head] <= there <= WHOLE[head] | MADE[head]
            self._whole[key] = head, is_whole
        return self._whole[key]


class Remembering(Folders):
    """The shipped installer; what it found of a folder holds for the same content elsewhere."""

    def __init__(self, disk: CrashDisk, memory: Memory, keys: Keys) -> None:
        super().__init__(disk, MACHINE)
        self._crashed = disk
        self._memory = memory
        self._keys = keys

    def _sound(self, place: str, slots: Slots) -> int | None:
        trusted = (slots.trust, slots.trust_new if place == slots.new else "")
        key = (self._keys["ab".index(place)], trusted)
        if key not in self._memory.sound:
            counter = self._memory.sound[key] = super()._sound(place, slots)
            if counter is not None:  # what it dropped is gone from this disk alone
                self._memory.whole(self._crashed, place, self._keys)
        return self._memory.sound[key]


def keys_of(files: Files) -> Keys:
    """What stands for the content of slots a and b, and of what is beside them."""
    found: dict[str, list[tuple[str, int]]] = {"a/": [], "b/": []}
    beside = []
    for name, content in files.items():
        found.get(name[:2], beside).append((name, content.key))
    return frozenset(found["a/"]), frozenset(found["b/"]), frozenset(beside)
