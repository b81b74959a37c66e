"""The whole pilot board on a fake chip, with a station at the other end of its UART."""

from fake_rp2040 import Chip
from pilot_world import World

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.board.pilot_rp2040.board import Board
from ampkeeper.board.pilot_rp2040.loop import Loop
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.link.host import HostLink
from ampkeeper.hal.link.messages import RESTORE_FAULTS
from ampkeeper.hal.micro.registers import CLK_SYS_HZ

COIL_GPIO = 4
IN_SERVICE = 2
HEALTHY_LOW = (w.RCD_AC, w.RCD_DC, w.EMERGENCY_STOP, w.OVER_CURRENT)  # wires that are whole


class Host:
    """The interpreter's part, in the chip's time."""

    def __init__(self, chip):
        self.ticks_us = chip.ticks_us
        self.ticks_diff = chip.ticks_diff
        self.sleep_ms = chip.sleep_ms
        self.idle = chip.idle
        self.collections = []  # the coil's level at each
        self.interrupt_keys = []
        self._chip = chip

    def collect(self):
        self.collections.append(self._chip.level(COIL_GPIO))

    def kbd_intr(self, key):
        self.interrupt_keys.append(key)


class Rig:
    """``run`` turns the loop; ``allow`` lets the station permit a current."""

    def __init__(self, random=None, is_socket=1):
        self.world = World(random)
        self.chip = Chip(self.world)
        self.chip.freq(CLK_SYS_HZ)
        self.host = Host(self.chip)
        for gpio in HEALTHY_LOW:
            self.chip.drive(gpio, 0)
        self.board = Board(self.chip, self.chip)
        self.board.open()
        settings = Settings()
        settings.is_socket = is_socket
        self.ring = PilotBoard(settings, "pilot_rp2040", 7)
        self.loop = Loop(self.board, self.ring, self.host)
        self.board.warm_up(self.host.sleep_ms)
        self.board.watchdog.open()
        self.loop.start()
        self.station = HostLink(settings, "test")
        self.is_station_alive = True
        self.permit_ma = 0
        self.status = {}
        self._permit_ms = -1_000
        self.station.start(self.now_ms)

    @property
    def now_ms(self):
        return self.chip.now_ns // 1_000_000

    @property
    def inputs(self):
        return self.board.lines.inputs

    @property
    def coil(self):
        """Share of the time that the coil's pin is high."""
        return self.chip.level(COIL_GPIO)

    def run(self, ms):
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            self._talk()
            self.loop.turn()

    def run_until(self, is_so, ms_max):
        """Return how long it took."""
        begin_ms = self.now_ms
        while not is_so():
            assert self.now_ms - begin_ms <= ms_max, "too late"
            self._talk()
            self.loop.turn()
        return self.now_ms - begin_ms

    def plug(self, state="B"):
        self.world.pp_ohm = 220
        self.world.set_state(state)

    def charge(self, current_ma=16_000):
        """From an empty socket to current."""
        self.permit_ma = current_ma
        self.run(300)
        self.plug("B")
        self.run_until(lambda: 0 < self.board.pwm.ticks < 62_500, 6_000)
        self.world.set_state("C")
        self.run_until(lambda: self.coil > 0, 3_000)
        self.run(300)

    def _talk(self):
        if not self.is_station_alive:
            return
        now_ms = self.now_ms
        if self.station.is_forgetful():
            self.station.command(RESTORE_FAULTS, 0)
        self._note(self.station.tick(now_ms))
        if self.chip.uart.outgoing:
            data = bytes(self.chip.uart.outgoing)
            self.chip.uart.outgoing.clear()
            self._note(self.station.feed(data, now_ms))
        if self.permit_ma and now_ms - self._permit_ms >= 500:
            self._permit_ms = now_ms
            self.station.permit(self.permit_ma, 1, IN_SERVICE)
        self.chip.uart.incoming += self.station.to_send()

    def _note(self, reports):
        if reports:
            self.status = reports[-1]
