"""Rauc slots: what rauc tells of the two systems of a machine, and what follows at a start. Pure.

Rauc and the boot loader decide which system starts; here is held against what was installed, what
counts as good, and which security counter may still run. The slots of the booted one's class are
"a" and "b" in the order of their names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum

from ampkeeper.firmware.update.slots import (
    GOOD,
    REVERTED,
    TRIAL_S,
    TRIAL_S_MAX,
    TRUST_CHARS_MAX,
    TRYING,
    A,
    B,
    Slots,
)

Told = Sequence[tuple[str, Mapping[str, object]]]
FELL_BACK = "the boot loader started the system before"
HANDED_CHARS_MAX = 2 * TRUST_CHARS_MAX + 1_024  # each character escaped; and the rest
BOOT_CHARS_MAX = 64
SLOTS_MAX = 64
WHOLE_MAX = 2**32 - 1


class Start(Enum):
    """What the station does at its start."""

    RUN = "run"
    GO_BACK = "go back"  # to the system that is good: make the boot loader start it, and reboot
    REFUSE = "refuse"  # what runs is older than what was good: no permit, the contactor stays open


@dataclass(frozen=True, slots=True)
class SystemSlot:
    """One of the two systems. ``digest`` of what rauc wrote there last; empty: rauc never did."""

    name: str
    is_booted: bool
    is_bootable: bool  # the boot loader will start it
    digest: str
    activations: int  # how often rauc made it the one that starts


@dataclass(frozen=True, slots=True)
class Handed:
    """A bundle that was given to rauc for ``place``, until the machine has started once more.

    ``activations`` of the slot before; ``boot`` names the machine's uptime in which it was;
    ``trial_s`` is how long it may be on trial, which older software did not write.
    """

    place: str
    counter: int
    trust: str
    activations: int
    boot: str
    trial_s: int = TRIAL_S

    def to_text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """A machine that runs: its systems by place, the counters of those, and its uptime's name."""

    systems: Mapping[str, SystemSlot]
    counters: Mapping[str, int]
    boot: str

    @property
    def booted(self) -> str:
        """Which system runs."""
        return next(place for place, one in self.systems.items() if one.is_booted)


def systems_of(told: Told) -> dict[str, SystemSlot]:
    """The two systems in what GetSlotStatus told; raises ValueError where there are not two."""
    slots = {name: facts for name, facts in told[:SLOTS_MAX] if facts.get("bootname")}
    booted = [name for name, facts in slots.items() if facts.get("state") == "booted"]
    if len(booted) != 1:
        raise ValueError("rauc does not say from which slot this machine was started")
    kind = slots[booted[0]].get("class")
    names = sorted(name for name, facts in slots.items() if facts.get("class") == kind)
    if len(names) != 2:
        raise ValueError(f"rauc knows {len(names)} slots like {booted[0]}; 2 are due")
    return {place: _system(name, slots[name]) for place, name in zip((A, B), names, strict=True)}


def handed_of(text: str) -> Handed:
    """What ``Handed.to_text`` wrote; raises ValueError for anything else."""
    try:
        told = json.loads(text)
        handed = Handed(**told)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"handed: {error!r}") from error
    texts = (handed.place, handed.trust, handed.boot)
    wholes = (handed.counter, handed.activations)
    if not all(isinstance(one, str) for one in texts) or handed.place not in (A, B):
        raise ValueError("handed: place is a or b; place, trust and boot are texts")
    if not all(type(one) is int and 0 <= one <= WHOLE_MAX for one in wholes):
        raise ValueError(f"handed: counter and activations are 0 to {WHOLE_MAX}")
    if type(handed.trial_s) is not int or not 0 < handed.trial_s <= TRIAL_S_MAX:
        raise ValueError(f"handed: trial_s is 1 to {TRIAL_S_MAX}")
    if len(handed.trust) > TRUST_CHARS_MAX or len(handed.boot) > BOOT_CHARS_MAX:
        raise ValueError("handed: longer than it can be")
    return handed


def was_activated(handed: Handed, seen: Seen) -> bool:
    """True if rauc went to its end with what it was given."""
    slot = seen.systems[handed.place]
    return slot.is_booted or slot.activations > handed.activations


def taken_up(slots: Slots, handed: Handed | None, seen: Seen) -> Slots:
    """The record with what rauc made of what it was given, if it was not yet written down."""
    if handed is None or slots.state == TRYING or handed.place == slots.good:
        return slots
    if not was_activated(handed, seen):
        return slots
    return slots.installed(handed.place, handed.counter, handed.trust, handed.trial_s)


def is_due(handed: Handed | None, slots: Slots, seen: Seen) -> bool:
    """True if what is on trial waits for a restart of the machine."""
    has_restarted = handed is None or handed.boot != seen.boot or seen.booted == slots.new
    return slots.state == TRYING and not has_restarted


def observed(slots: Slots, handed: Handed | None, seen: Seen) -> tuple[Slots, Start]:
    """At a start of the station: what is written down first, and what it does then."""
    if is_due(handed, slots, seen):
        return slots, Start.RUN
    booted = seen.booted
    if slots.state == TRYING and booted != slots.new:
        slots = slots.rejected(FELL_BACK)
    elif slots.state == TRYING:
        before = {slots.good: slots.counter_min}  # it is its own
        slots, _ = slots.started(before | {booted: seen.counters[booted]})
    if slots.due == booted and (slots.state == TRYING or is_new_enough(booted, slots, seen)):
        return slots, Start.RUN
    if slots.state == REVERTED and slots.due != booted and seen.systems[slots.due].is_bootable:
        return slots, Start.GO_BACK
    moved, place = slots.started({booted: seen.counters[booted]})
    if place != booted:
        return slots, Start.REFUSE  # of this start only: another system may be new enough
    return moved, Start.RUN


def is_new_enough(place: str, slots: Slots, seen: Seen) -> bool:
    """True if the security counter of a system is not below what was good before."""
    return seen.counters[place] >= slots.counter_min


def barred(slots: Slots, seen: Seen) -> SystemSlot | None:
    """The system that the boot loader must not fall back to any more; None: it may."""
    other = B if seen.booted == A else A
    is_settled = slots.state in (GOOD, REVERTED) and slots.due == seen.booted
    if is_settled and seen.systems[other].is_bootable and not is_new_enough(other, slots, seen):
        return seen.systems[other]
    return None


def _system(name: str, facts: Mapping[str, object]) -> SystemSlot:
    digest, activations = facts.get("sha256"), facts.get("activated.count")
    return SystemSlot(
        name=name,
        is_booted=facts.get("state") == "booted",
        is_bootable=facts.get("boot-status") == "good",
        digest=digest if isinstance(digest, str) else "",
        activations=activations if isinstance(activations, int) else 0,
    )
