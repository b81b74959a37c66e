"""The power goes at every step of an update by rauc, on our disk or in rauc and the boot loader.

Whatever is left: a whole system starts, never one with a security counter below what was good,
and it knows which it is. Set AMPKEEPER_RAUC_CUTS for more second cuts.
"""

import copy
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from ampkeeper.board.host.rauc_trial import end_when_over
from ampkeeper.firmware.update import rauc, rauc_files
from ampkeeper.firmware.update.installer import InstallError, Phase
from ampkeeper.firmware.update.rauc_slots import Start
from tests.support.crash_disk import CrashDisk, found
from tests.support.fake_rauc import FakeRauc
from tests.support.leftovers import Content
from tests.support.rauc_stories import FACTORY, Rig, bundle, image

SECOND_CUTS_EVERY = max(1, 200 // int(os.environ.get("AMPKEEPER_RAUC_CUTS", "10")))
STARTS_MAX = 12
UNSETTLED = (AssertionError, InstallError, ValueError)
COUNTERS = {FACTORY: 1, bundle("2.0.0"): 3, bundle("3.0.0"): 5, bundle("4.0.0"): 5}
VERSIONS = {FACTORY: "", **{bundle(f"{n}.0.0"): f"{n}.0.0" for n in (2, 3, 4)}}
IMAGES = {n: image(f"{n}.0.0", COUNTERS[bundle(f"{n}.0.0")]) for n in (2, 3, 4)}
FAULTY = bundle("4.0.0")  # whatever happens, it must not be good


class PowerCut(Exception):
    """The story ends here."""


@pytest.fixture(autouse=True)
def _quick_signatures(monkeypatch: pytest.MonkeyPatch):
    """Signatures have tests of their own; a head that was read once is the same again."""
    heads: dict[bytes, object] = {}
    real_head, real_check = rauc_files.head_in, rauc.check_signer
    checked: dict[tuple[bytes, object], object] = {}

    def head_in(raw: bytes) -> object:
        return heads.setdefault(raw, None) or heads.__setitem__(raw, real_head(raw)) or heads[raw]

    def check(head, trust, at, *, is_release):
        key = head.digest, trust, is_release
        if key not in checked:
            checked[key] = real_check(head, trust, at, is_release=is_release)
        return checked[key]

    monkeypatch.setattr(rauc_files, "head_in", head_in)
    monkeypatch.setattr(rauc, "check_signer", check)


def updated() -> Rig:
    """A machine that was updated once, to counter 3."""
    rig = Rig()
    rig.begin()
    rig.install(IMAGES[2])
    rig.restart()
    rig.installer.confirm()
    return rig


def fresh() -> Rig:
    """As it came from the maker, started once."""
    rig = Rig()
    rig.begin()
    return rig


def first_update(rig: Rig) -> None:
    """From what it came with."""
    rig.install(IMAGES[2])
    rig.restart()
    rig.installer.confirm()


def good_update(rig: Rig) -> None:
    """To a system that works; the one before may not start again."""
    rig.install(IMAGES[3])
    rig.restart()
    rig.installer.confirm()
    rig.restart()


def update_and_cuts(rig: Rig) -> None:
    """To one that works, and alone may start; then the power goes before the station is up."""
    rig.install(IMAGES[3])
    rig.restart()
    rig.installer.confirm()
    for _ in range(4):
        assert rig.rauc.boot(), "the boot loader finds nothing"
        rig.rauc.after()
    rig.restart()


def rejected_update(rig: Rig) -> None:
    """To one that finds that it does not work."""
    rig.install(IMAGES[4])
    rig.restart()
    rig.installer.reject("the pilot board is silent")
    rig.restart()
    rig.installer.forget()


def silent_update(rig: Rig) -> None:
    """To one that never says anything, on a machine that restarts by itself."""
    rig.install(IMAGES[4])
    for _ in range(4):
        rig.restart()
    rig.installer.forget()


def crashing_update(rig: Rig) -> None:
    """To one that ends again and again, while the machine goes on."""
    rig.install(IMAGES[4])
    rig.restart()
    while rig.begin() is not Start.GO_BACK:
        pass
    rig.restart()


def hanging_update(rig: Rig) -> None:
    """To one that runs on and on, and is ended by who watches it."""
    rig.install(IMAGES[4])
    rig.restart()
    trial_s = rig.installer.outcome().trial_s
    end_when_over(rig.installer, trial_s, lambda wait_s: None, pytest.fail)
    rig.restart()


@dataclass
class Judge:
    """Starts each machine that a cut leaves."""

    seen: set[object] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def look(self, rig: Rig, floor: int) -> None:
        """At all that may be left if the power goes now, and now and then at a second cut."""
        for number, left in enumerate(self.look_once(rig, floor), len(self.seen)):
            if number % SECOND_CUTS_EVERY == 0:
                self._look_again(left, floor)

    def _look_again(self, rig: Rig, floor: int) -> None:
        for again in _each_step(rig, _settle_if_it_can):
            deque(self.look_once(again, floor), maxlen=0)

    def look_once(self, rig: Rig, floor: int) -> Iterator[Rig]:
        """At each machine that was not seen yet; it is yielded as the cut left it."""
        for _, files in rig.disk.leftovers():
            key = _key(files, rig.rauc)
            if key in self.seen:
                continue
            self.seen.add(key)
            why = self._settled(_machine(found(files), rig.rauc), floor)
            if why:
                self.wrong.append(why)
            yield _machine(found(files), rig.rauc)

    def _settled(self, rig: Rig, floor: int) -> str:
        try:
            settle(rig)
        except UNSETTLED as error:
            return f"{error!r}"
        running = rig.rauc.running
        if COUNTERS.get(running, -1) < floor:
            return f"{running!r} runs, below {floor}"
        if rig.installer.version() != VERSIONS[running]:
            return f"{running!r} takes itself for {rig.installer.version()!r}"
        if running == FAULTY:
            return "what does not work is good"
        return ""


def settle(rig: Rig) -> None:
    """Start until nothing is on trial any more."""
    start = rig.restart()
    for _ in range(STARTS_MAX):
        assert start is not Start.REFUSE, "it does not charge"
        assert rig.rauc.running in COUNTERS, f"{rig.rauc.running!r} was started"
        if start is Start.GO_BACK:
            start = rig.restart()
            continue
        if rig.installer.outcome().phase is not Phase.TRYING:
            return
        if rig.rauc.running == FAULTY:
            rig.installer.reject("it does not work")
            start = rig.restart()
        else:
            rig.installer.confirm()
    raise AssertionError(f"not settled after {STARTS_MAX} starts")


def _settle_if_it_can(rig: Rig) -> None:
    with suppress(*UNSETTLED):
        settle(rig)


def _each_step(rig: Rig, story: Callable[[Rig], None]) -> Iterator[Rig]:
    """The machine as it is after each step of a story."""
    number = 0
    while True:
        stopped, number = copy.deepcopy(rig), number + 1
        left = number

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise PowerCut

        stopped.disk.after = stopped.rauc.after = count
        with suppress(PowerCut):
            story(stopped)
        if left > 0:
            return
        stopped.disk.after = stopped.rauc.after = _nothing
        yield stopped


def _nothing() -> None:
    """No cut."""


def _machine(disk: CrashDisk, rauc_before: FakeRauc) -> Rig:
    rig = Rig(disk)
    systems = {name: replace(system) for name, system in rauc_before.systems.items()}
    rig.rauc = replace(rauc_before, disk=disk, systems=systems, after=_nothing)
    return rig


def _key(files: Mapping[str, Content], machine: FakeRauc) -> object:
    disk = tuple((name, files[name].key) for name in sorted(files))
    systems = tuple(
        (one.content, one.digest, one.activations, one.is_good, one.attempts)
        for one in machine.systems.values()
    )
    return disk, systems, machine.primary, machine.booted


@pytest.mark.parametrize("is_strict", [False, True])
@pytest.mark.parametrize(
    ("story", "floor"),
    [
        (first_update, 1),
        (good_update, 3),
        (update_and_cuts, 3),
        (rejected_update, 3),
        (silent_update, 3),
        (crashing_update, 3),
        (hanging_update, 3),
    ],
)
def test_whatever_a_cut_leaves_of_two_systems_one_starts_and_never_an_older(
    story: Callable[[Rig], None], floor: int, is_strict: bool, capsys: pytest.CaptureFixture[str]
):
    judge, steps, rig = Judge(), 0, fresh() if story is first_update else updated()
    rig.disk.is_strict = is_strict
    for stopped in _each_step(rig, story):
        judge.look(stopped, floor)
        steps += 1
    with capsys.disabled():
        print(f"\n{story.__name__}: {steps} steps, {len(judge.seen):,} machines")
    assert judge.wrong == []
    assert steps > 20


def test_without_a_single_sync_two_systems_go_wrong():
    judge, rig = Judge(), updated()
    rig.disk.forgets_to_sync = True
    assert any(_is_wrong(judge, stopped) for stopped in _each_step(rig, good_update))


def _is_wrong(judge: Judge, rig: Rig) -> bool:
    return any(judge.wrong for _ in judge.look_once(rig, 3))
