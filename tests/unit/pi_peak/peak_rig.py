"""Ring 1 of board pi_peak on its twin in virtual time, and a station at its socket."""

import socket
from contextlib import suppress
from pathlib import Path

from ampkeeper.board.pi_peak.ring import BOARD, Ring
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings
from ampkeeper.hal.link.host import HostLink
from ampkeeper.hal.link.messages import RESTORE_FAULTS
from ampkeeper.hal.linux.unix_door import UnixDoor
from tools.bench.peak_twin import NS_PER_MS, Twin

IN_SERVICE = 2
PERMIT_MS = 500
WAIT_MS = 30_000


def settings(has_socket=True):
    made = Settings()
    made.max_ma = 32_000
    made.phases = 3
    made.is_socket = int(has_socket)
    made.has_phase_relay = made.has_rcd_test = made.has_cp_relay = 1
    return made


class Station:
    """Speaks the link over a plain socket; ``report`` is the newest one."""

    def __init__(self, path: Path) -> None:
        self.link = HostLink(settings())
        self.report: dict[str, int] = {}
        self.current_ma = 16_000
        self.grants = True
        self.is_deaf = False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._socket.setblocking(False)
        self._is_started = False
        self._permit_ms = 0

    def step(self, now_ms: int) -> None:
        """Every 10 ms."""
        if not self._is_started:
            self._is_started = True
            self.link.start(now_ms)
        if self.is_deaf:
            return
        with suppress(BlockingIOError):
            for report in self.link.feed(self._socket.recv(65_536), now_ms):
                self.report = report
        if self.link.is_forgetful():
            self.link.command(RESTORE_FAULTS, 0)
        self.link.tick(now_ms)
        if self.grants and now_ms - self._permit_ms >= PERMIT_MS:
            self._permit_ms = now_ms
            self.link.permit(self.current_ma, 3, IN_SERVICE)
        self.send(self.link.to_send())

    def send(self, data: bytes) -> None:
        with suppress(BrokenPipeError):
            self._socket.send(data)

    def is_closed(self) -> bool:
        try:
            return self._socket.recv(1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._socket.close()


class Rig:
    """Everything, open and in state A."""

    def __init__(self, folder: Path) -> None:
        self.feeds_ms: list[int] = []
        self.twin = Twin(folder)
        self.hardware = self.twin.hardware()
        self.door = UnixDoor(folder / "ring.sock")
        self.door.open()
        self.hardware.open()
        board = PilotBoard(settings(), BOARD, 1)
        self.ring = Ring(
            board, self.hardware, self.door, self.twin.clock_ns, self.twin.sleep, [self]
        )
        self.ring.begin()
        self.station: Station | None = Station(self.door.path)

    def feed(self) -> None:
        """A watchdog: it was fed now."""
        self.feeds_ms.append(self.now_ms())

    @property
    def inputs(self):
        return self.ring.inputs

    @property
    def car(self):
        return self.twin.world.car

    def now_ms(self) -> int:
        return self.twin.clock_ns() // NS_PER_MS

    def uptime_ms(self) -> int:
        return self.ring.board.link.status.values["uptime_ms"]

    def run(self, wait_ms: int) -> None:
        """Let whole blocks pass."""
        end_ms = self.now_ms() + wait_ms
        while self.now_ms() < end_ms:
            if self.station is not None:
                self.station.step(self.now_ms())
            self.ring.block()

    def until(self, is_so, wait_ms: int = WAIT_MS) -> int:
        """Run until ``is_so``; return how long that took in ms."""
        start_ms = self.now_ms()
        while not is_so():
            assert self.now_ms() - start_ms < wait_ms, "it does not come about"
            self.run(10)
        return self.now_ms() - start_ms

    def charge(self) -> None:
        """Plug in once ring 1 has its settings, and wait until current flows."""
        self.until(lambda: self.station.report.get("settings_id", 0) != 0)
        self.twin.world.change_car({"plugged": True, "ready": True})
        self.until(lambda: self.twin.world.current_ma[0] > 0)

    def close(self) -> None:
        if self.station is not None:
            self.station.close()
        self.hardware.close()
        self.door.close()
        self.twin.close()
