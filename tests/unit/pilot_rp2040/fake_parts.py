"""Parts of the fake RP2040 that need no registers of their own: pins, UART, watchdog."""

IO, WATCHDOG = 0x40014000, 0x40058000


class FakePin:
    """One pad: what is driven from inside, pulled, and driven from outside."""

    def __init__(self, chip, gpio):
        self.chip = chip
        self.gpio = gpio
        self.mode = None
        self.out = 0
        self.pull = None
        self.outside = None
        self.handler = None
        self.changes = []

    def value(self, *new):
        if new:
            self.out = int(bool(new[0]))
            return None
        return self.chip.level(self.gpio)

    def toggle(self):
        self.out ^= 1
        self.chip.kicks += self.gpio == 8

    def irq(self, handler, trigger, hard):
        assert trigger == 8
        assert hard, "a soft interrupt waits for the main loop"
        self.handler = handler


class PinMaker:
    """``machine.Pin``."""

    IN, OUT, ALT, PULL_UP, PULL_DOWN, ALT_PWM = 0, 1, 3, 1, 2, 4
    IRQ_FALLING, IRQ_RISING = 4, 8

    def __init__(self, chip):
        self.chip = chip

    def __call__(self, gpio, mode=None, pull=None, value=None, alt=5):
        pin = self.chip.pins[gpio]
        if mode is None:
            return pin
        pin.mode = mode
        pin.pull = pull
        if value is not None:
            pin.out = int(value)
        function = alt if mode == self.ALT else 5
        self.chip.registers[IO + 8 * gpio + 4] = function  # as gpio_set_function: no override
        return pin


class Uart:
    """``machine.UART``: ``incoming`` and ``outgoing`` are the far side's hands."""

    def __init__(self, chip, number, **options):
        assert number == 0
        assert options["baudrate"] == 115_200
        self.chip = chip
        chip.uart = self
        self.incoming = bytearray()
        self.outgoing = bytearray()

    def any(self):
        return len(self.incoming)

    def readinto(self, view):
        count = min(len(view), len(self.incoming))
        if not count:
            return None
        view[:count] = self.incoming[:count]
        self.incoming = self.incoming[count:]
        return count

    def write(self, data):
        self.outgoing += data
        return len(data)

    def deinit(self):
        self.chip.uart = None


class Watchdog:
    """``machine.WDT``."""

    def __init__(self, chip, timeout):
        self.chip = chip
        self.timeout_ns = timeout * 1_000_000
        chip.wdt = self
        self.fed_ns = chip.now_ns
        self.feeds = 0
        chip.registers[WATCHDOG] |= 1 << 30

    def feed(self):
        self.fed_ns = self.chip.now_ns
        self.feeds += 1
