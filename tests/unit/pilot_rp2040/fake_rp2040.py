"""An RP2040 as far as this board uses it: pins, PWM slices, ADC, DMA, UART, watchdog, registers.

Time passes only in ``Chip.pass_ns``, which ``idle`` and ``sleep_ms`` call. Registers do what the
datasheet says they do, so a wrong address, request number or bit is seen: a channel that is
paced by the wrong request never moves.
"""

from math import exp

from fake_parts import FakePin, PinMaker, Uart, Watchdog

SAMPLE_NS = 2_000
CYCLE_NS = 8  # of 125 MHz
ADC, PWM, IO, WATCHDOG = 0x4004C000, 0x40050000, 0x40014000, 0x40058000
CS, FCS, FIFO, DIV = ADC, ADC + 8, ADC + 12, ADC + 16
CHIP_RESET, HAD_POR = 0x40064008, 0x100
CSR_OFFSET, DIV_OFFSET, CTR_OFFSET, CC_OFFSET, TOP_OFFSET = 0, 4, 8, 12, 16
FAR_FUTURE = 1 << 60


class Registers:
    """``machine.mem32``."""

    def __init__(self, chip):
        self.chip = chip

    def __getitem__(self, address):
        return self.chip.read(address)

    def __setitem__(self, address, value):
        self.chip.write(address, value)


class Channel:
    """``rp2.DMA``: one channel, triggered by hand or by a chain."""

    def __init__(self, chip):
        self.chip = chip
        self.channel = len(chip.channels)
        chip.channels.append(self)
        self.control = {}
        self.read = self.write = None
        self.count = 0
        self.is_active = False

    def pack_ctrl(self, **fields):
        known = {"enable", "high_pri", "size", "inc_read", "inc_write", "ring_size", "ring_sel"}
        known |= {"chain_to", "treq_sel", "irq_quiet"}
        assert set(fields) <= known, fields
        made = {"size": 2, "inc_read": True, "inc_write": True, "treq_sel": 0x3F}
        made["chain_to"] = self.channel
        made.update(fields)
        return made

    def config(self, read, write, count, ctrl, trigger):
        self.read, self.write, self.count, self.control = read, write, count, ctrl
        if trigger:
            self.active(1)

    def active(self, *new):
        if new:
            self.is_active = bool(new[0])
            self.chip.dma_changed(self)
        return self.is_active

    def close(self):
        self.is_active = False


class Adc:
    """``machine.ADC``: one conversion at a time."""

    def __init__(self, chip, gpio):
        self.chip = chip
        self.gpio = gpio
        chip.registers[CS] |= 1

    def read_u16(self):
        assert not self.chip.registers[CS] & 8, "a conversion in the middle of a block"
        raw = self.chip.world.slow_count(self.gpio, self.chip.selected())
        self.chip.registers[CS] = self.chip.registers[CS] & ~0x7000 | (self.gpio - 26) << 12
        self.chip.fifo_level = min(self.chip.fifo_level + 1, 4)
        return raw << 4 | raw >> 8


class WatchdogBit(Exception):
    """The processor was reset."""


class Chip:
    """The modules ``machine`` and ``rp2`` in one; ``world`` is what the pads see."""

    PWRON_RESET, WDT_RESET = 1, 3

    def __init__(self, world):
        self.world = world
        self.now_ns = 0
        self.hertz = 133_000_000
        self.cause = self.PWRON_RESET
        self.pins = [FakePin(self, gpio) for gpio in range(30)]
        self.Pin = PinMaker(self)
        self.registers = {CS: 0, FCS: 0, DIV: 0, WATCHDOG: 0}
        self.registers |= {WATCHDOG + offset: 0 for offset in (12, 16, 20)}  # SCRATCH0 to 2
        self.registers[CHIP_RESET] = HAD_POR
        for number in range(8):
            base = PWM + 0x14 * number
            for offset, reset in ((0, 0), (4, 16), (8, 0), (12, 0), (16, 0xFFFF)):
                self.registers[base + offset] = reset
        for gpio in range(30):
            self.registers[IO + 8 * gpio + 4] = 0x1F
        self.mem32 = Registers(self)
        self.channels = []
        self.uart = None
        self.wdt = None
        self.kicks = 0
        self.fifo_level = 0
        self.run_ns = None  # since when the ADC runs
        self.end_ns = FAR_FUTURE  # when the fetch under way is complete
        self.duties = [(0, 0)]  # (from, CC) of the pilot's slice, as the pin shows it
        self.idle_ns = 500_000
        self.has_overrun = False
        self.is_dma_stuck = False
        self._edge_ns = 0
        world.chip = self

    # --- modules

    def ADC(self, gpio):
        return Adc(self, gpio)

    def UART(self, number, **options):
        return Uart(self, number, **options)

    def WDT(self, timeout):
        return Watchdog(self, timeout)

    def DMA(self):
        return Channel(self)

    def freq(self, *new):
        if new:
            self.hertz = new[0]
        return self.hertz

    def reset_cause(self):
        return self.cause

    def idle(self):
        self.pass_ns(self.idle_ns)

    # --- time

    def ticks_us(self):
        return self.now_ns // 1_000 & 0x3FFFFFFF

    def ticks_diff(self, one, other):
        return (one - other + 0x20000000 & 0x3FFFFFFF) - 0x20000000

    def sleep_ms(self, ms):
        self.pass_ns(ms * 1_000_000)

    def pass_ns(self, ns):
        self.now_ns += ns
        self.world.pass_ns(ns)
        if self.end_ns <= self.now_ns:
            self._complete()
        is_armed = self.wdt is not None and self.registers[WATCHDOG] & 1 << 30
        if is_armed and self.now_ns - self.wdt.fed_ns > self.wdt.timeout_ns:
            raise WatchdogBit(self.now_ns)

    # --- registers

    def read(self, address):
        if address == FCS:
            return self.registers[FCS] | self.fifo_level << 16 | (self.has_overrun << 11)
        if address == FIFO:
            assert self.fifo_level, "nothing in the FIFO"
            self.fifo_level -= 1
            return 0
        for number in range(8):
            if address == PWM + 0x14 * number + CTR_OFFSET:
                return self._counted(number)
        return self.registers[address]

    def write(self, address, value):
        assert 0 <= value <= 0xFFFFFFFF
        if address == WATCHDOG + 0x3000:
            self.registers[WATCHDOG] &= ~value
            return
        assert address in self.registers, hex(address)
        if address == FCS:
            if value & 1 << 11:
                self.has_overrun = False
            value &= 0x0F00000F
        if address == CS:
            self._control_adc(value)
            value &= ~0x700
        self.registers[address] = value
        if address == PWM + 0x14 + CC_OFFSET:
            self.duties.append((self._next_wrap_ns(1, self.now_ns), value))
            self.duties = self.duties[-8:]

    def _counted(self, number):
        base = PWM + 0x14 * number
        assert self.registers[base] == 0x31, "the slice does not count falls"
        return self.world.edges(2 * number + 1) & 0xFFFF

    def _control_adc(self, value):
        if value & 8 and self.run_ns is None:
            assert value & 1
            assert not value & 0x7000, "another input than ADC0"
            assert self.registers[DIV] == 0
            assert self.registers[FCS] & 9 == 9
            assert self.fifo_level == 0, "old samples in front of the new"
            self.run_ns = self.now_ns
        elif not value & 8:
            self.run_ns = None

    # --- pads

    def level(self, gpio):
        """0 or 1 at the pad, or for a PWM the share of the period that it is high."""
        pin = self.pins[gpio]
        control = self.registers[IO + 8 * gpio + 4]
        if control >> 8 & 3 == 2:
            return 0
        if control & 0x1F == 4:
            base = PWM + 0x14 * (gpio >> 1 & 7)
            if gpio & 1:
                return 0
            if not self.registers[base] & 1:
                return 0
            return self.registers[base + CC_OFFSET] / (self.registers[base + TOP_OFFSET] + 1)
        if pin.mode == PinMaker.OUT and control & 0x1F == 5:
            return pin.out
        if pin.outside is not None:
            return pin.outside
        return int(pin.pull == PinMaker.PULL_UP)

    def drive(self, gpio, level):
        """From outside; a rising edge interrupts."""
        before = self.level(gpio)
        self.pins[gpio].outside = level
        if level and not before and self.pins[gpio].handler:
            self.pins[gpio].handler(self.pins[gpio])

    def selected(self):
        return sum(self.pins[gpio].out << bit for bit, gpio in enumerate((19, 20, 21, 22)))

    # --- DMA and ADC

    def _period_ns(self, number):
        base = PWM + 0x14 * number
        divider = self.registers[base + DIV_OFFSET]
        return (self.registers[base + TOP_OFFSET] + 1) * divider * CYCLE_NS // 16

    def _next_wrap_ns(self, number, after_ns):
        period_ns = self._period_ns(number)
        return (after_ns // period_ns + 1) * period_ns

    def dma_changed(self, _channel):
        """Find when the fetch will be complete, once both of its halves are triggered."""
        self.end_ns = FAR_FUTURE
        fetch = self._active_channel(36)
        start = None
        for number in range(8):
            start = start or self._active_channel(24 + number)
            if start and start.control["treq_sel"] == 24 + number:
                slice_number = number
        if fetch is None or start is None or self.is_dma_stuck:
            return
        if not self.registers[PWM + 0x14 * slice_number] & 1:
            return  # a slice that stands makes no wrap
        assert fetch.control["size"] == 1
        assert not fetch.control["inc_read"]
        assert fetch.control["inc_write"]
        assert fetch.read == FIFO
        assert start.write == CS
        assert start.count == 1
        begin_ns = self._next_wrap_ns(slice_number, self.now_ns)
        self.end_ns = begin_ns + fetch.count * SAMPLE_NS

    def _active_channel(self, request):
        for channel in self.channels:
            if channel.is_active and channel.control["treq_sel"] == request:
                return channel
        return None

    def _complete(self):
        """The wrap came, the ADC ran, the buffer is full, the chained channel stopped the ADC."""
        end_ns, self.end_ns = self.end_ns, FAR_FUTURE
        fetch = self._active_channel(36)
        for number in range(8):
            start = self._active_channel(24 + number)
            if start:
                self.write(start.write, start.read[0])
                start.is_active = False
        assert self.run_ns is not None
        self._fill(fetch, end_ns - fetch.count * SAMPLE_NS)
        fetch.is_active = False
        self.fifo_level = 1  # the conversion that was under way
        stop = self.channels[fetch.control["chain_to"]]
        assert stop is not fetch, "nothing stops the ADC"
        self.write(stop.write, stop.read[0])
        if self.run_ns is not None:
            self.has_overrun = True

    def _fill(self, fetch, begin_ns):
        buffer = fetch.write
        for index in range(0, fetch.count, 500):
            counts = self.world.period(begin_ns + index * SAMPLE_NS, self._duty(begin_ns, index))
            buffer[index : index + 500] = counts

    def _duty(self, begin_ns, index):
        at_ns = begin_ns + index * SAMPLE_NS
        duty = self.duties[0][1]
        for from_ns, ticks in self.duties:
            if from_ns <= at_ns:
                duty = ticks
        return duty


def settled(before, after, ns, tau_ns):
    """A level that changed ``ns`` ago, through the cable's capacitance."""
    return after + (before - after) * exp(-ns / tau_ns)
