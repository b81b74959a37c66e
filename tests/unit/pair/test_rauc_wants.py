"""A whole system by rauc and its pilot part move together, and go back together.

A machine with a rauc in memory, and a pilot board with its flash in memory.
"""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.board.host import pairing
from ampkeeper.board.host.pairing import SlotWants
from ampkeeper.firmware.update.envelope import read_head
from ampkeeper.firmware.update.manifest import PILOT, RAUC
from ampkeeper.firmware.update.pilot_image import PilotImage
from ampkeeper.firmware.update.rauc_pair import RunningSystem
from ampkeeper.firmware.update.rauc_slots import Start
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import GOOD, Slots
from tests.support import rauc_stories
from tests.support.rauc_stories import MACHINE, Rig, bundle, image
from tests.support.releases import ReleaseMaker
from tests.unit.link.flash_rig import Memory
from tests.unit.pair.pair_rig import NEW, OLD, Pair

END_S = 90.0
NAME = "emulated"


def parts(version: str, counter: int, program: bytes) -> bytes:
    """An image for both."""
    pilot = PilotImage(NAME, version, program).to_bytes()
    return image(version, counter, **{RAUC: bundle(version), PILOT: pilot})


class Machine(Rig):
    """The near side of a pair as well: ``wants`` is that of the station of this uptime."""

    wants: SlotWants

    def begin(self) -> Start:
        start = super().begin()
        running = RunningSystem(self.disk, lambda: MACHINE, self.rauc.slots)
        self.wants = SlotWants(Path(), running, NAME)
        return start


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(pairing, "FolderDisk", lambda folder: made.disk)
    assert made.begin() is Start.RUN
    return made


async def settle(pair: Pair, machine: Machine) -> None:
    """The station of this uptime meets the board; nothing is offered before both match."""
    pair.wants.now = machine.wants.wanted()
    pair.is_open = False
    pair.asks_a = 0.0
    await pair.run(END_S, lambda: pair.is_open and pair.matches())
    assert pair.is_open, pair.pilot.reason
    assert pair.matches()
    assert pair.breaches == []


def test_both_move_both_return_and_both_are_confirmed(machine: Machine) -> None:
    async def story() -> None:
        pair = Pair(Memory(), None)
        await settle(pair, machine)
        assert pair.runs == b"", "what it came with"
        machine.install(parts("2.0.0", 5, OLD))
        assert machine.wants.wanted() is None, "it does not run yet"
        assert machine.restart() is Start.RUN
        wanted = machine.wants.wanted()
        assert wanted is not None
        assert (wanted.counter, wanted.is_on_trial) == (5, True)
        await settle(pair, machine)
        assert pair.runs == OLD
        machine.installer.confirm()
        await settle(pair, machine)
        await pair.run(END_S, lambda: pair.machine.place != 0 and slots_of(pair).state == GOOD)
        assert slots_of(pair).counter_min == 5
        machine.install(parts("3.0.0", 6, NEW))
        assert machine.restart() is Start.RUN
        await settle(pair, machine)
        assert pair.runs == NEW
        machine.installer.reject("a self-test failed")
        assert machine.restart() is Start.RUN
        await settle(pair, machine)
        assert pair.runs == OLD
        assert slots_of(pair).counter_min == 5, "what was never good raises nothing"

    run_virtual(story())


def slots_of(pair: Pair) -> Slots:
    return Programs(Memory(pair.store.files), NAME).slots


def test_a_half_updated_pair_offers_nothing_to_a_car_that_waits(machine: Machine) -> None:
    async def story() -> None:
        pair = Pair(Memory(), None)
        await settle(pair, machine)
        machine.install(parts("2.0.0", 5, NEW))
        assert machine.restart() is Start.RUN
        pair.wants.now = machine.wants.wanted()
        pair.asks_a, pair.is_open = 16.0, False
        assert not pair.matches()
        await pair.run(END_S, lambda: pair.offer_count > 50)
        assert pair.offer_count > 50
        assert pair.breaches == []
        assert pair.runs == NEW

    run_virtual(story())


@pytest.mark.parametrize("name", [PILOT, "head"])
def test_a_part_that_is_not_what_was_signed_is_no_part_of_anything(
    machine: Machine, name: str
) -> None:
    machine.install(parts("2.0.0", 5, NEW))
    assert machine.restart() is Start.RUN
    place = machine.wants._launched().place
    with machine.disk.open(f"{place}/{name}") as file:
        raw = file.read()
    machine.disk.create(f"{place}/{name}")
    machine.disk.append(f"{place}/{name}", raw[:-1] + bytes((raw[-1] ^ 1,)))
    fresh = RunningSystem(machine.disk, lambda: MACHINE, machine.rauc.slots)
    with pytest.raises(ValueError, match=r"."):
        SlotWants(Path(), fresh, NAME).wanted()


def test_a_part_that_somebody_else_signed_is_no_part_of_anything(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(parts("2.0.0", 5, OLD))
    assert machine.restart() is Start.RUN
    monkeypatch.setattr(rauc_stories, "MAKER", ReleaseMaker("Stranger"))
    forged = parts("2.0.0", 5, NEW)
    head = forged[: read_head(io.BytesIO(forged)).bytes]
    place = machine.wants._launched().place
    for name, raw in (("head", head), (PILOT, PilotImage(NAME, "2.0.0", NEW).to_bytes())):
        machine.disk.create(f"{place}/{name}")
        machine.disk.append(f"{place}/{name}", raw)
    fresh = RunningSystem(machine.disk, lambda: MACHINE, machine.rauc.slots)
    with pytest.raises(ImageRefused, match="root that is believed"):
        SlotWants(Path(), fresh, NAME).wanted()


def test_what_is_on_trial_is_judged_by_whom_it_made_believed(machine: Machine) -> None:
    machine.install(parts("2.0.0", 5, NEW))
    assert machine.restart() is Start.RUN
    record = Record(machine.disk)
    ours, other = MACHINE.trust.to_text(), ReleaseMaker("Stranger").trust.to_text()
    record.keep(replace(record.read(), trust=other, trust_new=ours))
    fresh = RunningSystem(machine.disk, lambda: MACHINE, machine.rauc.slots)
    assert SlotWants(Path(), fresh, NAME).wanted() is not None
    record.keep(replace(record.read(), trust=ours, trust_new=other))
    fresh = RunningSystem(machine.disk, lambda: MACHINE, machine.rauc.slots)
    with pytest.raises(ImageRefused, match="root that is believed"):
        SlotWants(Path(), fresh, NAME).wanted()


def test_a_system_that_was_made_for_another_machine_wants_nothing_of_its_boards(
    machine: Machine,
) -> None:
    machine.install(parts("2.0.0", 5, NEW))
    assert machine.restart() is Start.RUN
    other = replace(MACHINE, board="other")
    fresh = RunningSystem(machine.disk, lambda: other, machine.rauc.slots)
    with pytest.raises(ImageRefused, match="this board is other"):
        SlotWants(Path(), fresh, NAME).wanted()


def test_a_part_for_another_board_is_refused(machine: Machine) -> None:
    machine.install(parts("2.0.0", 5, NEW))
    assert machine.restart() is Start.RUN
    wants = SlotWants(Path(), machine.wants._launched, "other")
    with pytest.raises(ImageRefused, match="the pilot board here is other"):
        wants.wanted()


def test_a_system_that_somebody_else_installed_wants_nothing(machine: Machine) -> None:
    machine.install(parts("2.0.0", 5, NEW))
    assert machine.restart() is Start.RUN
    machine.rauc.systems[machine.rauc.booted].digest = "f" * 64
    fresh = RunningSystem(machine.disk, lambda: MACHINE, machine.rauc.slots)
    assert SlotWants(Path(), fresh, NAME).wanted() is None


def test_a_rauc_that_does_not_answer_tells_nobody_what_to_run(machine: Machine) -> None:
    def silent() -> list[tuple[str, dict[str, object]]]:
        raise TransientError("no answer")

    wants = SlotWants(Path(), RunningSystem(machine.disk, lambda: MACHINE, silent), NAME)
    with pytest.raises(OSError, match="rauc does not say what runs"):
        wants.wanted()
