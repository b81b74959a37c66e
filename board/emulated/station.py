"""The station on the emulated board: the shipped application, seen through the control API."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ampkeeper.board.emulated import bench
from ampkeeper.board.emulated.events import EventLog
from ampkeeper.board.emulated.files_line import FilesLine
from ampkeeper.board.emulated.state import StationView
from ampkeeper.board.emulated.world import World
from ampkeeper.board.host.broker import mqtt_bus
from ampkeeper.board.host.dial import file_carriers, websocket_dialer
from ampkeeper.board.host.installing import installer_of
from ampkeeper.board.host.post import NetworkPost
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faults import BY_NAME
from ampkeeper.firmware.station.view import evse_view
from ampkeeper.firmware.terminal import Terminal
from ampkeeper.firmware.transfers.port import Trust
from ampkeeper.hal.linux.clock import is_synchronised
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.web.app import Extra


class EmulatedStation:
    """One life of the station; ``view`` is what the control API shows and asks."""

    def __init__(
        self,
        config: Config,
        state_dir: Path,
        hardware: bench.Hardware,
        clock: Clock,
        events: EventLog,
    ) -> None:
        self._world: World | None = None
        parts = Hardware(
            hardware.pilots,
            hardware.meters,
            hardware.readers,
            hardware.indicators,
            hardware.mains,
            hardware.grid_line,
        )
        around = Surroundings(
            notice=_publisher(events),
            is_clock_synchronised=is_synchronised,
            make_dialer=websocket_dialer,
            make_bus=mqtt_bus,
            make_carriers=self._make_line,
            make_post=NetworkPost,
            make_terminal=self._terminal,
            make_installer=partial(installer_of, config),
            make_extras=self._extras,
        )
        self.app = App(config, state_dir, parts, clock, around)
        self.view: StationView = View(self.app, clock, self._line)

    @property
    def is_settled(self) -> bool:
        """True once ring 1 and the meter of every EVSE have answered."""
        evses = self.app.station.evses.values()
        return all(evse.status is not None and evse.register.is_fresh for evse in evses)

    def show(self, world: World) -> None:
        """Let the page drive this world too."""
        self._world = world

    async def run(self) -> str:
        """Run until a restart is asked for, and say of what kind."""
        return await self.app.run()

    def _extras(self) -> "tuple[Extra, ...]":
        """The routes of the emulated car, where there is a world to drive."""
        if self._world is None:
            return ()
        from ampkeeper.board.emulated.page import WorldPage  # only where the page is on

        return WorldPage(self._world).extras()

    def _terminal(self) -> Terminal:
        assert self._world is not None, "the world is shown before the station runs"
        return self._world.terminal

    def _make_line(self, trust: Trust) -> FilesLine:
        self._line = FilesLine(file_carriers(trust))
        return self._line


class View:
    """Implements ``StationView``."""

    def __init__(self, app: App, clock: Clock, line: FilesLine) -> None:
        self._app = app
        self._line = line
        self._clock = clock

    def csms(self) -> dict[str, Any]:
        return self._app.csms.view()

    def evse(self, evse_id: int) -> dict[str, Any]:
        station = self._app.station
        return evse_view(station.evses[evse_id], self._clock.now(), station.costs.shown)

    def clear_fault(self, evse_id: int, name: str) -> None:
        clear = partial(self._app.station.on_clear_fault, evse_id, BY_NAME[name].code)
        self._app.task.post(clear)  # where it is refused it stays latched, as if nobody came

    def set_network(self, up: bool) -> None:
        self._line.set_up(up)
        self._app.csms.set_network(up)

    def set_data_transfer(self, vendor_id: str, message_id: str, status: str, data: Any) -> None:
        self._app.desk.set_data_transfer(vendor_id, message_id, status, data)

    def remove_data_transfer(self, vendor_id: str, message_id: str) -> bool:
        return self._app.desk.remove_data_transfer(vendor_id, message_id)

    async def send_data_transfer(
        self, vendor_id: str, message_id: str | None, data: Any
    ) -> dict[str, Any]:
        return await self._app.csms.send_data_transfer(vendor_id, message_id, data)


def _publisher(events: EventLog) -> Callable[[str, dict[str, Any]], None]:
    def publish(kind: str, fields: dict[str, Any]) -> None:
        events.publish(kind, **fields)

    return publish
