"""A chip that allocates nothing, to run a whole turn of the board with the heap locked.

MicroPython only. Registers are a dictionary that has every address already; time is one number.
"""

from array import array

from ampkeeper.hal.micro import registers as r

STEP_US = 1_000


class QuietPin:
    IN, OUT, ALT, PULL_UP, ALT_PWM, IRQ_RISING = 0, 1, 3, 1, 4, 8

    def __init__(self, gpio, *args, **options):
        self.level = 1 if gpio == 18 else 0  # the bolt is out, all else is well

    def value(self, new=None):
        if new is None:
            return self.level
        self.level = 1 if new else 0
        return None

    def toggle(self):
        self.level ^= 1

    def irq(self, **options):
        pass


class QuietAdc:
    def __init__(self, gpio):
        self.raw = 4_095 << 4 if gpio == 28 else 1_520 << 4

    def read_u16(self):
        return self.raw


class QuietDma:
    def __init__(self):
        self.channel = 3
        self.write = None

    def pack_ctrl(self, **options):
        return options

    def config(self, **options):
        pass

    def active(self, new=0):
        return 0

    def close(self):
        pass


class QuietUart:
    def __init__(self, *args, **options):
        self.waiting = 0
        self.incoming = bytearray(400)
        self.sent = 0

    def any(self):
        return self.waiting

    def readinto(self, view):
        count = len(view)
        start = len(self.incoming) - self.waiting
        for index in range(count):
            view[index] = self.incoming[start + index]
        self.waiting -= count
        return count

    def write(self, data):
        self.sent += len(data)
        return len(data)


class QuietWdt:
    def __init__(self, timeout):
        self.feeds = 0

    def feed(self):
        self.feeds += 1


class QuietChip:
    Pin = QuietPin
    ADC = QuietAdc
    DMA = QuietDma
    WDT_RESET = 3

    def __init__(self):
        self.mem32 = {}
        for base in (r.ADC_CS, r.WATCHDOG_CTRL, r.WATCHDOG_SCRATCH0, r.IO_BANK0):
            for offset in range(0, 0x100, 4):
                self.mem32[base + offset] = 0
        for offset in range(0, 0xA4, 4):
            self.mem32[r.PWM_BASE + offset] = 0
        self.mem32[r.CHIP_RESET] = r.HAD_POWER_ON_RESET
        self.us = 0
        self.uart = None
        self.wdt = None

    def freq(self, *new):
        return r.CLK_SYS_HZ

    def reset_cause(self):
        return 1

    def UART(self, *args, **options):
        self.uart = QuietUart()
        return self.uart

    def WDT(self, timeout):
        self.wdt = QuietWdt(timeout)
        return self.wdt

    def idle(self):
        self.us += STEP_US

    def ticks_us(self):
        return self.us

    def ticks_diff(self, one, other):
        return one - other

    def sleep_ms(self, ms):
        self.us += 1_000 * ms
        for gpio in (11, 13, 15):
            self.mem32[r.slice_address(gpio) + r.PWM_CTR] += ms // 5


class QuietHost:
    def __init__(self, chip):
        self.ticks_us = chip.ticks_us
        self.ticks_diff = chip.ticks_diff
        self.sleep_ms = chip.sleep_ms
        self.idle = chip.idle

    def collect(self):
        pass

    def kbd_intr(self, key):
        pass


def block(high_count, low_count, samples):
    """Fill a block with two levels, for any duty up to 50 %."""
    assert isinstance(samples, array)
    for index in range(len(samples)):
        samples[index] = high_count if index % 500 < 40 else low_count
