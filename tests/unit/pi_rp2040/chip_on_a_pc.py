"""An RP2040 and what its pads see, in real time, for the unix port of MicroPython.

It stands in the place of the modules ``machine`` and ``rp2``. The line to the station is the open
file LINE_FD; a letter on stdin is what the car does ("A", "B", "C"); what starts, and each change
of coil or duty, is a line on stdout. The scratch registers outlive a restart in a file.
"""

import os
import select
import sys
import time
from array import array

PWRON_RESET, WDT_RESET = 1, 3
SCRATCH = (0x4005800C, 0x40058010, 0x40058014)
SCRATCH_FILE = "scratch"
CHIP_RESET, HAD_POR = 0x40064008, 0x100
PWM, IO = 0x40050000, 0x40014000
PILOT_CC, COIL_CC = PWM + 0x14 + 12, PWM + 2 * 0x14 + 12
COIL_CTRL, FUNCTION_PWM = IO + 8 * 4 + 4, 4
EDGES = {PWM + 0x14 * number + 8: number for number in (5, 6, 7)}  # outlet, supply, earth
KEPT_BITS = {0x4004C000: 0xFFFFF8FF, 0x4004C008: 0x0F00000F}  # ADC: others clear an error
OUTLET, MIRROR, RCD_TEST, SELECT = 5, 12, 9, (19, 20, 21, 22)
RCDS = (10, 14)
FETCH = 36  # request that paces the DMA channel of the samples
BLOCK_US, MOVE_MS, LOOK_MS = 6_000, 25, 20
LEVELS = {"A": 12_000, "B": 8_979, "C": 5_996}  # upper level in mV
SLOW = (2_048, 2_048, 2_482, 931, 2_482, 3, 1_520, 20, 20, 20)
TICKS, SAMPLES = 62_500, 500


class World:
    """Car, mains and contactor."""

    def __init__(self):
        self.state = "A"
        self.is_made = False
        self.began_ms = time.ticks_ms()
        self.looked_ms = self.began_ms
        self.moved_ms = self.began_ms
        self.told = ("", "")
        self.poll = select.poll()
        self.poll.register(sys.stdin, select.POLLIN)

    def coil(self):
        is_low = mem32[COIL_CTRL] != FUNCTION_PWM
        return 0 if is_low else int(mem32[COIL_CC] > 0)

    def step(self):
        now_ms = time.ticks_ms()
        coil = self.coil()
        if coil == self.is_made:
            self.moved_ms = now_ms
        elif time.ticks_diff(now_ms, self.moved_ms) >= MOVE_MS:
            self.is_made = bool(coil)
        told = (coil, mem32[PILOT_CC])
        if told != self.told:
            self.told = told
            print("coil", coil, "duty", told[1])
        if time.ticks_diff(now_ms, self.looked_ms) >= LOOK_MS:
            self.looked_ms = now_ms
            if self.poll.poll(0):
                letter = sys.stdin.read(1)
                self.state = letter if letter in LEVELS else self.state

    def fill(self, samples):
        ticks = mem32[PILOT_CC]
        high = (LEVELS[self.state] + 16_500) * 4_096 // 33_053
        low = (-12_000 + 16_500) * 4_096 // 33_053
        edge = ticks * SAMPLES // TICKS
        period = array("H", [high] * edge + [low] * (SAMPLES - edge))
        view = memoryview(samples)
        for at in range(0, len(samples), SAMPLES):
            view[at : at + SAMPLES] = period


class Registers:
    """``machine.mem32``."""

    def __init__(self):
        self.values = {CHIP_RESET: HAD_POR}

    def __getitem__(self, address):
        number = EDGES.get(address)
        if number is not None:
            is_dead = number == OUTLET and not world.is_made
            return 0 if is_dead else time.ticks_diff(time.ticks_ms(), world.began_ms) // 20 & 0xFFFF
        return self.values.get(address, 0)

    def __setitem__(self, address, value):
        self.values[address] = value & KEPT_BITS.get(address, 0xFFFFFFFF)


class Pin:
    IN, OUT, ALT, PULL_UP, ALT_PWM, IRQ_RISING = 0, 1, 3, 1, 4, 8
    made = {}  # noqa: RUF012 - MicroPython has no ClassVar

    def __new__(cls, gpio, *args, **options):
        if gpio not in cls.made:
            cls.made[gpio] = object.__new__(cls)
            cls.made[gpio].gpio = gpio
            cls.made[gpio].level = 0
        return cls.made[gpio]

    def __init__(self, gpio, mode=None, pull=None, value=None, alt=5):
        if value is not None:
            self.level = value

    def value(self, *new):
        if new:
            self.level = int(bool(new[0]))
            return None
        if self.gpio == MIRROR:
            return int(world.is_made)
        if self.gpio in RCDS and RCD_TEST in self.made:
            return self.made[RCD_TEST].level
        return self.level

    def toggle(self):
        self.level ^= 1

    def irq(self, **options):
        pass


class ADC:
    def __init__(self, gpio):
        self.gpio = gpio

    def read_u16(self):
        if self.gpio == 28:
            return 738 << 4  # 220 ohm below 1 kOhm: a cable for 32 A
        chosen = sum(Pin.made[gpio].level << bit for bit, gpio in enumerate(SELECT))
        return SLOW[chosen] << 4


class DMA:
    made = 0

    def __init__(self):
        self.channel = DMA.made
        DMA.made += 1
        self.write = None
        self.until_us = None
        self.pace = 0

    def pack_ctrl(self, **options):
        return options

    def config(self, read=0, write=None, count=0, ctrl=None, trigger=False):
        self.write = write
        self.pace = ctrl.get("treq_sel", 0)

    def active(self, *new):
        if new:
            self.until_us = time.ticks_add(time.ticks_us(), BLOCK_US) if new[0] else None
            return 0
        if self.until_us is None or self.pace != FETCH:
            return 0
        if time.ticks_diff(self.until_us, time.ticks_us()) > 0:
            return 1
        self.until_us = None
        world.fill(self.write)
        return 0

    def close(self):
        self.until_us = None


class UART:
    def __init__(self, number, **options):
        self.file = open(int(os.getenv("LINE_FD")), "r+b")  # noqa: SIM115
        self.waiting = b""

    def any(self):
        if not self.waiting:
            self.waiting = self.file.read(256) or b""
        return len(self.waiting)

    def readinto(self, view):
        count = min(len(view), len(self.waiting))
        view[:count] = self.waiting[:count]
        self.waiting = self.waiting[count:]
        return count

    def write(self, data):
        return self.file.write(data)

    def deinit(self):
        pass


class WDT:
    def __init__(self, timeout):
        print("runs", sys.path[0] if timeout < 1_000 else "the flasher")

    def feed(self):
        world.step()


def freq(*new):
    return 125_000_000


def idle():
    time.sleep_us(500)


def reset_cause():
    return WDT_RESET if was_reset else PWRON_RESET


def reset():
    with open(SCRATCH_FILE, "w") as file:
        file.write(" ".join(str(mem32[address]) for address in SCRATCH))
    sys.exit(0)


def kept():
    """What the last life left in the scratch registers; nothing after power on."""
    try:
        with open(SCRATCH_FILE) as file:
            values = [int(text) for text in file.read().split()]
        os.remove(SCRATCH_FILE)
    except OSError:
        return False
    for address, value in zip(SCRATCH, values):  # noqa: B905 - nor strict
        mem32[address] = value
    return True


mem32 = Registers()
was_reset = kept()
world = World()
