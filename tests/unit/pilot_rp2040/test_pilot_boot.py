"""Boot: safe pins before anything can fail, and why it boots, and what of it may run."""

import hashlib
import os
import re
import runpy
import sys
from binascii import hexlify
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from board_rig import HEALTHY_LOW, Host, Rig
from fake_rp2040 import CHIP_RESET, Chip, WatchdogBit
from pilot_world import World

from ampkeeper.board.pilot_rp2040 import start
from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.board.pilot_rp2040.integrity import is_intact
from ampkeeper.hal.link.host import MISMATCHED, HostLink
from ampkeeper.hal.link.messages import (
    BOOT_POWER,
    BOOT_SOFTWARE,
    BOOT_UNKNOWN,
    BOOT_WATCHDOG,
)
from ampkeeper.hal.micro.registers import CLK_SYS_HZ, WATCHDOG_SCRATCH1
from ampkeeper.hal.micro.watchdog import HANGS_MAX, STOPPED

MAIN = Path(start.__file__).with_name("main.py")


def new_chip(cause=Chip.PWRON_RESET):
    chip = Chip(World())
    chip.cause = cause
    for gpio in HEALTHY_LOW:
        chip.drive(gpio, 0)
    return chip


def rebooted(chip):
    """The same board after the watchdog: pads and blocks reset, scratch registers kept."""
    fresh = new_chip(Chip.WDT_RESET)
    for offset in (12, 16, 20):
        fresh.registers[0x40058000 + offset] = chip.registers[0x40058000 + offset]
    return fresh


def machine_of(chip):
    module = ModuleType("machine")
    for name in ("Pin", "ADC", "UART", "WDT", "mem32", "freq", "idle", "reset_cause", "WDT_RESET"):
        setattr(module, name, getattr(chip, name))
    return module


def run_until(chip, end, host=None):
    """Run ``start.run`` until ``end`` raises out of the loop's sleep."""
    host = host or Host(chip)
    idle = chip.idle

    def step():
        idle()
        end(chip)

    host.idle = step
    return start.run(chip, chip, host)


def after_ms(ms, error):
    def end(chip):
        if chip.now_ns >= ms * 1_000_000:
            raise error

    return end


def is_safe(chip):
    lows = [chip.level(gpio) for gpio in w.OUTPUTS_LOW if gpio != w.KICK]
    return lows == [0] * len(lows) and chip.level(w.CP_PWM) == 1


def run_main(chip, monkeypatch, name="__main__"):
    monkeypatch.setitem(sys.modules, "machine", machine_of(chip))
    return runpy.run_path(str(MAIN), run_name=name)


def test_the_pins_are_safe_before_the_package_is_touched(monkeypatch):
    chip = new_chip()
    monkeypatch.setitem(sys.modules, "ampkeeper.board.pilot_rp2040.launch", None)
    monkeypatch.setitem(sys.modules, "micropython", SimpleNamespace(kbd_intr=None))
    monkeypatch.setitem(sys.modules, "rp2", SimpleNamespace())
    with pytest.raises(ImportError):
        run_main(chip, monkeypatch)
    assert is_safe(chip)
    assert chip.wdt is None, "the REPL must stay within reach"


def test_the_coil_is_the_first_pin_that_main_touches(monkeypatch):
    chip = new_chip()
    touched = []
    make = chip.Pin

    class Noting:
        OUT = make.OUT

        def __call__(self, gpio, *args, **options):
            touched.append((gpio, options["value"]))
            return make(gpio, *args, **options)

    chip.Pin = Noting()
    run_main(chip, monkeypatch, name="looked_at")
    assert touched[0] == (w.COIL, 0)
    assert touched[-1] == (w.CP_PWM, 1)


def test_main_runs_the_board_and_leaves_it_safe(monkeypatch, tmp_path):
    chip = new_chip()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "image", start)
    host = SimpleNamespace(kbd_intr=lambda key: None)
    monkeypatch.setitem(sys.modules, "micropython", host)
    monkeypatch.setitem(sys.modules, "rp2", chip)
    for name in ("ticks_us", "ticks_diff", "sleep_ms"):
        monkeypatch.setattr(start.time, name, getattr(chip, name), raising=False)
    idle = chip.idle

    def stop_at_a_second():
        idle()
        after_ms(1_000, KeyboardInterrupt())(chip)

    chip.idle = stop_at_a_second
    run_main(chip, monkeypatch)
    assert is_safe(chip)
    assert chip.wdt.feeds > 50


def test_ctrl_c_leaves_a_safe_board_that_no_watchdog_resets():
    chip = new_chip()
    run_until(chip, after_ms(500, KeyboardInterrupt()))
    assert is_safe(chip)
    chip.pass_ns(10_000_000_000)
    assert chip.mem32[WATCHDOG_SCRATCH1] == STOPPED
    assert start.Board(rebooted(chip), chip).watchdog.boot_reason() == BOOT_SOFTWARE


def test_a_bug_in_the_loop_leaves_a_safe_board_and_the_watchdog_resets_it():
    chip = new_chip()
    with pytest.raises(ZeroDivisionError):
        run_until(chip, after_ms(500, ZeroDivisionError()))
    assert is_safe(chip)
    with pytest.raises(WatchdogBit):
        chip.pass_ns(260_000_000)


def test_the_boot_reason_is_told_to_the_station():
    assert start.Board(new_chip(), None).watchdog.boot_reason() == BOOT_POWER
    chip = new_chip()
    with pytest.raises(WatchdogBit):
        run_until(chip, after_ms(300, WatchdogBit()))
    assert start.Board(rebooted(chip), None).watchdog.boot_reason() == BOOT_WATCHDOG


@pytest.mark.parametrize("bits", [0x10000, 0x10100, 0x100000, 0])
def test_a_button_at_run_is_no_power_cut_though_micropython_says_so(bits):
    chip = new_chip()
    chip.registers[CHIP_RESET] = bits
    assert start.Board(chip, None).watchdog.boot_reason() == BOOT_UNKNOWN


def test_a_program_that_hangs_at_every_boot_rests_in_reach_of_usb():
    chip = new_chip()
    for _ in range(HANGS_MAX):
        with pytest.raises(WatchdogBit):
            run_until(chip, after_ms(300, WatchdogBit()))
        chip = rebooted(chip)
    run_until(chip, after_ms(0, AssertionError("it ran")))
    assert chip.wdt is None
    chip = rebooted(chip)  # a person resets it
    with pytest.raises(KeyError):
        run_until(chip, after_ms(300, KeyError()))


def test_a_program_that_ran_for_10_s_is_proven():
    chip = new_chip()
    for _ in range(HANGS_MAX + 2):
        with pytest.raises(WatchdogBit):
            run_until(chip, after_ms(10_500, WatchdogBit()))
        chip = rebooted(chip)


def test_the_clock_is_set_before_the_pilot_is_driven():
    chip = new_chip()
    run_until(chip, after_ms(300, KeyboardInterrupt()))
    assert chip.hertz == CLK_SYS_HZ
    chip.hertz = 133_000_000
    with pytest.raises(AssertionError):
        start.Board(chip, chip).pwm.open()


def test_each_boot_has_another_epoch():
    epochs = {start.new_epoch() for _ in range(100)}
    assert len(epochs) == 100
    assert all(1 <= epoch < 1 << 30 for epoch in epochs)


def test_ring_1_starts_with_an_earth_and_a_supply_that_are_known():
    rig = Rig()
    rig.run(2_000)
    assert rig.ring.supervisor.faults.bitmap() == 0
    assert rig.board.pwm.ticks == 62_500


def test_a_station_of_another_protocol_is_told_so_and_gets_nothing():
    rig = Rig()
    rig.station = HostLink(rig.ring.supervisor.settings, "future")
    rig.station._hello.values["protocol"] += 1
    rig.permit_ma = 16_000
    rig.run(500)
    assert not rig.ring.link.is_matched
    rig.plug("C")
    rig.run(4_000)
    assert rig.coil == 0
    assert rig.board.pwm.ticks == 62_500


def test_a_board_of_another_protocol_is_refused_by_the_station():
    rig = Rig()
    rig.ring.link._identity.values["protocol"] += 1
    rig.permit_ma = 16_000
    rig.run(500)
    assert rig.station.state == MISMATCHED
    rig.plug("C")
    rig.run(4_000)
    assert rig.coil == 0


def write_files(folder, count=3):
    lines = ["ampkeeper 0 0"]
    for number in range(count):
        data = os.urandom(700 * number + 1)
        (folder / f"f{number}.mpy").write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()} {len(data)} f{number}.mpy")
    (folder / "manifest.txt").write_text("\n".join(lines) + "\n")


def test_self_test_1_passes_on_what_was_flashed(tmp_path):
    write_files(tmp_path)
    assert is_intact(hashlib, _Hex, f"{tmp_path}/")


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "no manifest", "empty", "garbled"])
def test_self_test_1_fails_on_any_damage(tmp_path, damage):
    write_files(tmp_path)
    victim, manifest = tmp_path / "f2.mpy", tmp_path / "manifest.txt"
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    if damage == "flip":
        victim.write_bytes(data)
    elif damage == "cut":
        victim.write_bytes(data[:-1])
    elif damage == "remove":
        victim.unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "empty":
        manifest.write_text("ampkeeper 0 0\n")
    else:
        manifest.write_bytes(bytes(range(256)) * 3)
    assert not is_intact(hashlib, _Hex, f"{tmp_path}/")


def test_a_damaged_board_says_so_in_its_inputs():
    chip = new_chip()
    seen = []
    note = start.note_integrity

    def noting(board):
        note(board)
        seen.append(board.lines.inputs)

    start.note_integrity = noting
    try:
        run_until(chip, after_ms(300, KeyboardInterrupt()))
    finally:
        start.note_integrity = note
    assert seen[0].checks_known & 2
    assert seen[0].checks_failed & 2, "there is no manifest here"


def test_the_message_at_the_start_names_versions(capsys):
    run_until(new_chip(), after_ms(300, KeyboardInterrupt()))
    assert re.search(r"ampkeeper pilot_rp2040 \d+\.\d+\.\d+ protocol \d+", capsys.readouterr().out)


class _Hex:
    """``binascii`` as both interpreters have it."""

    hexlify = staticmethod(hexlify)
