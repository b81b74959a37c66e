"""Rauc: the installer of machines with two whole systems, which rauc and the boot loader switch.

Our manifest is judged first, then the bundle is kept and given to rauc, which believes it or not
by its own keyring. ``slots.json`` says what is on trial and what is good, as with ``folders.py``;
``rauc_slots.py`` decides, ``rauc_files.py`` keeps.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from ampkeeper.firmware.update.envelope import Head, read_head
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.installer import InstallError, Outcome, Phase
from ampkeeper.firmware.update.manifest import RAUC, STATION
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import (
    Handed,
    Seen,
    Start,
    SystemSlot,
    barred,
    is_due,
    observed,
    systems_of,
    taken_up,
)
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import FACTORY, REVERTED, TRIAL_S, TRYING, A, B, Slots
from ampkeeper.firmware.update.trust import Trust, trust_of
from ampkeeper.firmware.update.verdict import Target, check, check_board, check_signer
from ampkeeper.hal.errors import HalError, RefusedError

OURS_PERMILLE = 300  # checking and keeping the bundle; the rest is rauc's
NO_STATUS = "rauc keeps no status of its slots: statusfile= is due in its system.conf"

Bound = Callable[[str, str], Head | None]  # by place and digest, the head that belongs to it

log = logging.getLogger(__name__)


class RaucService(Protocol):
    """Rauc, and who reboots the machine. All of it blocks and raises HalError."""

    def settle(self) -> None:
        """Wait until rauc does nothing, whoever asked it to."""

    def slots(self) -> Sequence[tuple[str, Mapping[str, object]]]:
        """What GetSlotStatus tells: each slot's name and facts."""

    def install(self, bundle: str, progress: Callable[[int], None]) -> None:
        """Install a bundle, telling the percent done; RefusedError if rauc does not take it.

        Any other HalError: nobody knows how it ended, or will.
        """

    def mark(self, state: str, slot: str) -> None:
        """Mark a slot "good", "bad" or "active"."""

    def reboot(self) -> None:
        """Restart the machine, soon."""


class RaucInstaller:
    """One life of the station; ``start`` is called before all else.

    ``boot`` names this uptime of the machine, and no other; ``trial_s`` is how long what is
    installed may be on trial.
    """

    needs_idle = False  # only the restart is in the way of a car

    def __init__(
        self,
        files: RaucFiles,
        machine: Machine,
        rauc: RaucService,
        boot: str,
        trial_s: int = TRIAL_S,
    ) -> None:
        self._files = files
        self._machine = machine
        self._rauc = rauc
        self._boot = boot
        self._trial_s = trial_s
        self._record = Record(files.disk, machine.counter)
        self._version = ""

    def start(self) -> Start:
        """At a start of the station: what to do; GO_BACK is already under way.

        Raises InstallError where nobody can tell what runs, OSError.
        """
        self._begin_record()
        seen, slots = self._taken_up()
        handed = self._files.handed()
        if handed is not None and handed.boot != seen.boot:
            self._files.drop_handed()
        after, start = observed(slots, handed, seen)
        if after != slots:
            self._record.keep(after)
        self._version = self._version_of(seen)
        if start is Start.GO_BACK:
            self._switch(after, seen)
            self.reboot()
        elif start is Start.RUN:
            self._keep_starting(after, seen)
        return start

    def version(self) -> str:
        """What runs now; empty: what the configuration says."""
        return self._version

    def examine(self, file: Path, now: datetime) -> None:
        """Judge an image by its head."""
        _, slots = self._seen()
        with file.open("rb") as opened:
            self._judge(opened, slots, now)

    def install(self, file: Path, now: datetime, progress: Callable[[int], None]) -> bool:
        """Install an image; it is on trial from the next start of the machine."""
        self._settle()
        seen, slots = self._taken_up()
        place = _other(seen.booted)
        with file.open("rb") as opened:
            if self._is_there(opened, place, seen, slots):
                return True
            head, trust = self._judge(opened, slots, now)
            self._files.put(
                opened, head, place, lambda done, all_: progress(done * OURS_PERMILLE // all_)
            )
        counter, before = head.manifest.counter, seen.systems[place].activations
        self._files.keep_handed(
            Handed(place, counter, trust.to_text(), before, self._boot, self._trial_s)
        )
        self._hand_over(place, progress)
        self._check_status(place, before)
        self._taken_up()
        log.info("installed %s, counter %d", head.manifest.version, counter)
        progress(1000)
        return True

    def outcome(self) -> Outcome:
        """Where the last installation stands."""
        try:
            return self.standing()
        except (InstallError, OSError) as error:
            log.error("where the last installation stands cannot be told: %s", error)
            return Outcome(Phase.NONE)

    def standing(self) -> Outcome:
        """The same; raises InstallError, OSError where nobody can tell."""
        seen, slots = self._seen()
        return replace(self._outcome(seen, slots), revoked=slots.revoked)

    def _outcome(self, seen: Seen, slots: Slots) -> Outcome:
        if slots.state == REVERTED:
            return Outcome(Phase.REVERTED, slots.reason)
        if slots.state == TRYING:
            if is_due(self._files.handed(), slots, seen):
                return Outcome(Phase.DUE)
            return Outcome(Phase.TRYING, trial_s=slots.trial_s)
        return Outcome(Phase.GOOD if self._version_of(seen) else Phase.NONE)

    def confirm(self) -> None:
        """What is on trial works: rauc and the boot loader hear of it first."""
        found = self._on_trial()
        if found is None:
            slots = self._record.read()
            if slots.state == REVERTED:
                raise InstallError(f"it is no longer on trial: {slots.reason}")
            return
        seen, slots = found
        self._mark("good", seen.systems[seen.booted])
        after = slots.confirmed()
        self._record.keep(after)
        self._bar(after, seen)

    def reject(self, reason: str) -> None:
        """What is on trial does not work: the system before starts next."""
        self.give_up(reason)

    def give_up(self, reason: str) -> bool:
        """The same; False: nothing is on trial. Raises OSError, and then may be asked again."""
        seen, slots = self._known()
        if self._is_running_on_trial(seen, slots):
            slots = slots.rejected(reason)
            self._record.keep(slots)
        elif slots.good == seen.booted:
            return False
        self._switch(slots, seen)  # once more, where its end was written down and no more
        return True

    def forget(self) -> None:
        """How it ended is in the books."""
        try:
            self._record.told()
        except (OSError, ValueError) as error:
            log.warning("how the update ended will be told again: %s", error)

    def reboot(self) -> None:
        """Restart the machine; raises OSError."""
        try:
            self._rauc.reboot()
        except HalError as error:
            raise OSError(f"the machine does not restart: {error}") from error

    # what rauc says

    def _begin_record(self) -> None:
        """Which system is good is written down before anything is given to rauc."""
        _, slots = self._seen()
        if self._record.read().good == FACTORY:
            self._record.keep(slots)

    def _seen(self) -> tuple[Seen, Slots]:
        """What runs, and what is kept of it; raises InstallError, OSError."""
        try:
            systems = systems_of(self._rauc.slots())
            slots = self._record.read()
        except (HalError, ValueError) as error:
            raise InstallError(str(error)) from error
        booted = next(place for place, one in systems.items() if one.is_booted)
        if slots.good == FACTORY:  # nothing was ever installed by this software
            slots = replace(slots, good=booted)
        return Seen(systems, self._counters(slots, systems), self._boot), slots

    def _taken_up(self) -> tuple[Seen, Slots]:
        """The same, with what rauc made of what it was given written down."""
        seen, slots = self._seen()
        handed = self._files.handed()
        after = taken_up(slots, handed, seen)
        if handed is None or after == slots:
            return seen, slots
        self._files.bind(handed.place, seen.systems[handed.place].digest)
        self._files.drop_bundle(handed.place)
        self._record.keep(after)
        return self._seen()

    def _on_trial(self) -> tuple[Seen, Slots] | None:
        """The same of a system on trial that runs; None where none does. Raises OSError."""
        seen, slots = self._known()
        return (seen, slots) if self._is_running_on_trial(seen, slots) else None

    def _known(self) -> tuple[Seen, Slots]:
        """What runs, and what is kept of it; raises OSError."""
        try:
            return self._seen()
        except InstallError as error:
            raise OSError(str(error)) from error

    def _is_running_on_trial(self, seen: Seen, slots: Slots) -> bool:
        return slots.state == TRYING and not is_due(self._files.handed(), slots, seen)

    def _counters(
        self, slots: Slots, systems: Mapping[str, SystemSlot], bound: Bound | None = None
    ) -> dict[str, int]:
        bound = bound or self._files.bound
        heads = {place: bound(place, system.digest) for place, system in systems.items()}
        return {place: self._counter(place, head, slots) for place, head in heads.items()}

    def _counter(self, place: str, head: Head | None, slots: Slots) -> int:
        """The security counter of a system; that of the machine where no image is known in it."""
        if head is None:
            return self._machine.counter
        trust = self._trust(slots)
        if place == slots.new and slots.trust_new:
            trust = trust_of(slots.trust_new)
        try:
            is_release = self._machine.is_release
            check_signer(head, trust, head.manifest.created, is_release=is_release)
            check_board(head, self._machine.board)
        except ImageRefused as refusal:
            log.warning("system %s: %s", place, refusal)
            return self._machine.counter
        return head.manifest.counter

    def _version_of(self, seen: Seen) -> str:
        head = self._files.bound(seen.booted, seen.systems[seen.booted].digest)
        return "" if head is None else head.manifest.version

    def _trust(self, slots: Slots) -> Trust:
        return trust_of(slots.trust) if slots.trust else self._machine.trust

    # what it does

    def _judge(self, file: BinaryIO, slots: Slots, now: datetime) -> tuple[Head, Trust]:
        """Read the head of an image that may be installed now; raises ImageRefused."""
        if slots.state == TRYING:
            raise ImageRefused(Ground.DISK, "what was installed before is still on trial")
        head = read_head(file)
        machine = self._machine
        target = Target(machine.board, slots.counter_min, self._trust(slots), machine.is_release)
        trust = check(head, target, now)
        if head.manifest.payload(RAUC) is None or head.manifest.payload(STATION) is not None:
            text = "this station replaces its whole system, by rauc; it is not made for that"
            raise ImageRefused(Ground.BOARD, text)
        return head, trust

    def _hand_over(self, place: str, progress: Callable[[int], None]) -> None:
        """Let rauc install the bundle; raises InstallError."""

        def tell(percent: int) -> None:
            progress(OURS_PERMILLE + percent * (1000 - OURS_PERMILLE) // 100)

        try:
            self._rauc.install(self._files.bundle(place), tell)
        except RefusedError as error:
            self._files.drop_handed()
            self._files.clear(place)
            raise InstallError(f"rauc: {error}") from error
        except HalError as error:  # what was given to it stays known: it may yet do it
            raise InstallError(f"rauc: {error}") from error

    def _check_status(self, place: str, activations: int) -> None:
        """What nobody can tell from another system is not kept; raises InstallError, OSError."""
        seen, _ = self._seen()
        system = seen.systems[place]
        if not system.digest:
            self._mark("active", seen.systems[seen.booted])
            self._files.drop_handed()
            raise InstallError(NO_STATUS)
        if system.activations <= activations:  # activate-installed=false
            self._mark("active", system)

    def _settle(self) -> None:
        try:
            self._rauc.settle()
        except HalError as error:
            raise InstallError(f"rauc: {error}") from error

    def _is_there(self, file: BinaryIO, place: str, seen: Seen, slots: Slots) -> bool:
        """True if this image is what waits for a restart: it was installed while nobody looked."""
        if not is_due(self._files.handed(), slots, seen):
            return False
        head = self._files.bound(place, seen.systems[place].digest)
        wanted = read_head(file)
        file.seek(0)
        return head is not None and head.digest == wanted.digest

    def _switch(self, slots: Slots, seen: Seen) -> None:
        """Have the boot loader start what is good, and not what runs."""
        self._mark("active", seen.systems[slots.good])
        self._mark("bad", seen.systems[seen.booted])

    def _keep_starting(self, slots: Slots, seen: Seen) -> None:
        """Boot loaders count every start until somebody says that it was good."""
        if slots.state == TRYING:
            return
        try:
            self._mark("good", seen.systems[seen.booted])
            self._bar(slots, seen)
        except OSError as error:
            log.warning("told again at the next start: %s", error)

    def _bar(self, slots: Slots, seen: Seen) -> None:
        """No falling back to what has a lower security counter than was good.

        One bad read bars nothing: it is judged again at the next start, and before it charges.
        """
        try:
            counters = self._counters(slots, seen.systems, self._files.bound_if_readable)
        except OSError as error:
            log.warning("which system may be fallen back to is told at the next start: %s", error)
            return
        system = barred(slots, replace(seen, counters=counters))
        if system is not None:
            self._mark("bad", system)

    def _mark(self, state: str, system: SystemSlot) -> None:
        try:
            self._rauc.mark(state, system.name)
        except HalError as error:
            raise OSError(f"{system.name} cannot be marked {state}: {error}") from error


def _other(place: str) -> str:
    return B if place == A else A
