"""Fake rauc: a machine with two systems, rauc and a boot loader, whose power can go at any step.

As the real one does: the slot that is written is bad meanwhile, what was written becomes primary
last, and the boot loader starts what is not confirmed three times at most, then the other; where
all attempts are spent it begins to count again, but for what was marked bad.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ampkeeper.firmware.update.disk import Disk
from ampkeeper.hal.errors import RefusedError, TransientError

ATTEMPTS = 3
TORN = b"half written"
NAMES = ("rootfs.0", "rootfs.1")


@dataclass
class FakeSystem:
    """One slot: what it holds, what rauc's status says of it, and what the boot loader does."""

    content: bytes
    digest: str = ""
    activations: int = 0
    is_good: bool = True
    attempts: int = ATTEMPTS


@dataclass
class FakeRauc:
    """The near side is rauc's; ``boot``, ``refuses`` and the like are the far side."""

    disk: Disk
    systems: dict[str, FakeSystem]
    booted: str = NAMES[0]
    primary: str = NAMES[0]
    refuses: str = ""  # what it says of the next bundle
    loses: bool = False  # the next installation goes on, but nobody hears how it ends
    keeps_status: bool = True
    activates: bool = True  # activate-installed= of its system.conf
    resets_attempts: bool = True  # as the boot scripts that come with rauc do
    reboots: int = 0
    boots: int = 1
    after: Callable[[], None] = field(default=lambda: None)

    # the service

    def settle(self) -> None:
        """It never does anything while nobody waits."""

    def slots(self) -> list[tuple[str, Mapping[str, object]]]:
        told: list[tuple[str, Mapping[str, object]]] = []
        for name, system in self.systems.items():
            facts: dict[str, object] = {
                "class": "rootfs",
                "bootname": name[-1],
                "state": "booted" if name == self.booted else "inactive",
                "boot-status": "good" if system.is_good and system.attempts else "bad",
            }
            if system.digest and self.keeps_status:
                facts |= {"sha256": system.digest, "activated.count": system.activations}
            told.append((name, facts))
        return [*told, ("data.0", {"class": "data", "state": "inactive"})]

    def install(self, bundle: str, progress: Callable[[int], None]) -> None:
        if self.refuses:
            raise RefusedError(self.refuses)
        with self.disk.open(bundle) as file:
            content = file.read()
        target = next(name for name in self.systems if name != self.booted)
        system = self.systems[target]
        system.is_good = False
        self.after()
        system.content, system.digest = TORN, ""
        self.after()
        system.content, system.digest = content, hashlib.sha256(content).hexdigest()
        progress(99)
        self.after()
        if self.activates:
            self._activate(target)
            self.after()
            system.activations += 1
            self.after()
        if self.loses:
            raise TransientError("no end after 900 s")

    def mark(self, state: str, slot: str) -> None:
        if state == "active":
            self._activate(slot)
            self.systems[slot].activations += 1
        else:
            self.systems[slot].is_good = state == "good"
            self.systems[slot].attempts = ATTEMPTS
        self.after()

    def reboot(self) -> None:
        self.reboots += 1

    # the machine

    @property
    def running(self) -> bytes:
        """What the system that runs holds."""
        return self.systems[self.booted].content

    @property
    def uptime(self) -> str:
        """The name of this one."""
        return f"boot {self.boots}"

    def boot(self) -> bool:
        """The machine starts; False if the boot loader finds nothing that it may start."""
        self.boots += 1
        if self._has_booted():
            return True
        for system in self.systems.values():
            system.attempts = ATTEMPTS if self.resets_attempts and system.is_good else 0
        return self._has_booted()

    def _has_booted(self) -> bool:
        order = sorted(self.systems, key=lambda name: name != self.primary)
        for name in order:
            system = self.systems[name]
            if system.is_good and system.attempts:
                system.attempts -= 1
                self.booted = name
                return True
        return False

    def _activate(self, name: str) -> None:
        self.primary = name
        self.systems[name].is_good, self.systems[name].attempts = True, ATTEMPTS
