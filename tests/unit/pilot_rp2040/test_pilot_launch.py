"""Launch: a board starts what is due, stops to be flashed, is flashed, and starts that."""

import errno
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_rp2040 import Chip
from test_pilot_boot import MAIN, machine_of, new_chip

from ampkeeper.board.pilot_rp2040 import launch, start
from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_host import MEND, Flashable, FlashHost
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import GOOD, RECORDS, REVERTED, TRYING
from ampkeeper.hal.link.messages import COMMAND, ENTER, IDENTITY, Message
from ampkeeper.hal.micro import files
from ampkeeper.hal.micro import registers as r
from ampkeeper.hal.micro.files import Files
from ampkeeper.hal.micro.watchdog import STOPPED

KEY = bytes(range(32))
PROGRAM = b"a program" * 200


class Restart(Exception):
    """The processor starts anew."""


class Board:
    """A board's life over restarts; what runs are the functions of ``programs``, by folder."""

    def __init__(self, folder, monkeypatch):
        self.root = f"{folder}/"
        self.programs = {"ampkeeper": lambda told: False}
        self.ran = []
        self.host = None
        self.chip = None
        self.scratch = {}
        self._patch = monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setitem(sys.modules, "micropython", SimpleNamespace(kbd_intr=None))

    def start(self):
        """From power or a reset to the next restart; False: it ended for a person."""
        chip = self.chip = new_chip(Chip.WDT_RESET)
        for offset, value in self.scratch.items():
            chip.registers[r.WATCHDOG_SCRATCH0 + offset] = value
        clock = SimpleNamespace(
            ticks_ms=lambda: chip.now_ns // 1_000_000,
            ticks_diff=lambda one, other: one - other,
            sleep_ms=self._sleep,
        )
        self._patch.setattr(launch, "time", clock)
        machine = machine_of(chip)
        machine.reset = self._reset
        self._patch.setitem(sys.modules, "machine", machine)
        self._patch.setitem(sys.modules, "rp2", chip)
        main = loaded()
        main.entry = self._entry
        try:
            main.main()
        except Restart:
            return True
        return False

    def slots(self):
        return Programs(Files(self.root), launch.BOARD).slots

    def _entry(self, name):
        def begin(chip, rp2, kbd_intr, told):
            self.ran.append((name, told))
            return self.programs[name](told)

        return begin

    def _reset(self):
        registers = self.chip.registers
        self.scratch = {at: registers[r.WATCHDOG_SCRATCH0 + at] for at in (0, 4, 8)}
        raise Restart

    def _sleep(self, ms):
        """The station's turn, while it flashes."""
        chip, host = self.chip, self.host
        chip.pass_ns(ms * 1_000_000)
        if host is None:
            return
        now_ms = chip.now_ns // 1_000_000
        host.tick(now_ms)
        host.feed(bytes(chip.uart.outgoing), now_ms)
        chip.uart.outgoing.clear()
        chip.uart.incoming.extend(host.to_send())


def loaded():
    """``main.py``, as MicroPython runs it at a start, but for its last line."""
    spec = importlib.util.spec_from_file_location("pilot_main", MAIN)
    main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(main)
    return main


@pytest.fixture
def board(tmp_path, monkeypatch):
    return Board(tmp_path, monkeypatch)


def image(counter=1):
    return Flashable(launch.BOARD, "2.0.0", counter, PROGRAM, KEY)


def flashed(board):
    """Ring 1 stops, and the station flashes."""
    board.programs["ampkeeper"] = lambda told: True
    assert board.start(), "it stops to be flashed"
    board.host = FlashHost(MEND, image())
    board.host.start(0)
    assert board.start(), "what was flashed shall start"
    board.host = None


def test_a_board_that_was_never_flashed_by_a_station_runs_what_it_came_with(board):
    assert not board.start()
    assert board.ran == [("ampkeeper", f.GOOD)]


def test_a_board_is_flashed_over_its_uart_and_starts_the_image_on_trial(board):
    flashed(board)
    board.programs["a"] = lambda told: False
    assert not board.start()
    assert board.ran[-1] == ("a", 4 * image().image_id + f.TRYING)
    assert board.slots().state == TRYING
    assert board.chip.registers[r.WATCHDOG_SCRATCH0] == 0


@pytest.fixture
def unreadable(monkeypatch):
    """Names of files that cannot be read until they are written anew."""
    names = set()

    def opened(path, mode):
        name = path.split("/")[-1]
        if mode == "rb" and name in names:
            raise OSError(errno.EIO, "it cannot be read")
        names.discard(name)
        return open(path, mode)

    monkeypatch.setattr(files, "open", opened, raising=False)
    return names


def test_records_that_cannot_be_read_start_nothing_until_the_station_flashes(board, unreadable):
    flashed(board)
    ran = list(board.ran)
    unreadable.update(RECORDS)
    board.host = FlashHost(MEND, image())
    board.host.start(0)
    assert board.start(), "it is flashed anew"
    assert board.ran == ran, "what it came with must not start"
    assert board.slots().state == TRYING


def test_what_fails_before_a_program_is_found_lets_the_station_flash(board, monkeypatch):
    monkeypatch.setattr(launch.Programs, "start", _broken_disk)
    assert board.start(), "it starts anew, to be flashed"
    assert board.scratch[8] == launch.FLASH_WISH
    board.host = FlashHost(MEND, image())
    board.host.start(0)
    assert board.start()
    assert board.slots().state == TRYING


def test_a_launcher_that_cannot_even_be_flashed_does_not_restart_for_ever(board, monkeypatch):
    monkeypatch.setattr(launch, "choose", _broken_disk)
    assert board.start()
    with pytest.raises(OSError, match="broken disk"):
        board.start()


def _broken_disk(*_):
    raise OSError(errno.EIO, "broken disk")


def test_only_a_file_that_is_not_there_is_read_as_none(tmp_path, unreadable):
    assert Files(f"{tmp_path}/").read("slots.0", 9) is None
    assert Files(f"{tmp_path}/").read("a/head", 9) is None
    unreadable.add("slots.0")
    with pytest.raises(OSError, match="it cannot be read"):
        Files(f"{tmp_path}/").read("slots.0", 9)


def test_a_file_whose_size_cannot_be_read_is_not_taken_for_none(tmp_path, monkeypatch):
    (tmp_path / "head").write_bytes(b"x")
    monkeypatch.setattr(files.os, "stat", _broken_disk)
    for step in (Files(f"{tmp_path}/").size, Files(f"{tmp_path}/").remove):
        with pytest.raises(OSError, match="broken disk"):
            step("head")
    monkeypatch.undo()
    assert Files(f"{tmp_path}/").size("gone") == -1


def test_all_pins_rest_while_it_is_flashed(board):
    flashed(board)
    levels = [board.chip.level(gpio) for gpio in w.OUTPUTS_LOW]
    assert levels == [0] * len(levels)


def test_a_person_at_the_console_of_a_board_that_waits_is_not_reset(board, monkeypatch):
    """Some boards can only be mended so, and the watchdog would bite after 8 s."""
    for name in RECORDS:
        (Path(board.root) / name).write_bytes(b"rubbish")
    monkeypatch.setattr(board, "_sleep", _ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        board.start()
    assert board.chip.wdt is not None, "it waited to be flashed"
    board.chip.pass_ns(20 * 1_000_000_000)
    assert [board.chip.level(gpio) for gpio in w.OUTPUTS_LOW] == [0] * len(w.OUTPUTS_LOW)


def _ctrl_c(_):
    raise KeyboardInterrupt


def test_an_image_that_ends_by_itself_is_gone_back_from(board):
    flashed(board)

    def broken(told):
        raise ImportError("no such name")

    board.programs["a"] = broken
    for _ in range(3):
        assert board.start(), "it restarts"
    board.programs["ampkeeper"] = lambda told: False
    assert not board.start()
    assert board.ran[-1] == ("ampkeeper", f.WENT_BACK)
    assert board.slots().state == REVERTED


def test_what_it_came_with_stays_in_the_repl_when_it_breaks(board):
    def broken(told):
        raise ImportError("no such name")

    board.programs["ampkeeper"] = broken
    with pytest.raises(ImportError):
        board.start()


def test_a_wish_to_be_flashed_holds_for_one_start(board):
    board.programs["ampkeeper"] = lambda told: True
    assert board.start()
    assert board.start(), "no station: after a while what is due shall start"
    board.programs["ampkeeper"] = lambda told: False
    assert not board.start()
    assert board.slots().state == GOOD


def test_every_program_has_the_entry_by_one_name(board, tmp_path):
    board.start()
    (tmp_path / "slot").mkdir()
    (tmp_path / "slot/image.py").write_text("def begin(*told):\n    return told\n")
    sys.modules.pop("image", None)
    try:
        assert loaded().entry(f"{tmp_path}/slot")(1, 2) == (1, 2)
    finally:
        sys.modules.pop("image", None)
        sys.path.remove(f"{tmp_path}/slot")


def test_main_and_the_drivers_mean_the_same_registers_and_words(board):
    board.start()
    main = loaded()
    assert (main.SCRATCH1, main.SCRATCH2) == (r.WATCHDOG_SCRATCH1, r.WATCHDOG_SCRATCH2)
    assert (main.STOPPED, main.FLASH_WISH) == (STOPPED, launch.FLASH_WISH)
    assert start.begin.__name__ == main.ENTRY


def test_ring_1_leaves_the_loop_when_the_station_wants_to_flash():
    from board_rig import Rig

    rig = Rig()
    rig.ring.image = f.GOOD
    rig.run(500)
    values = rig.station.identity.values
    told = f.pack(f.ENTER_FORM, values["epoch"], 1 << 20, 1 << 20, ENTER, 0)
    rig.chip.uart.incoming.extend(f.framed(COMMAND, told, 0))
    rig.run(50)
    assert rig.ring.is_leaving
    assert rig.coil == 0
    assert isinstance(rig.station.identity, Message)
    assert rig.station.identity.kind == IDENTITY
