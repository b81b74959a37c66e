"""Stage: where a scenario is played: chargers, the line of each, and time."""

from collections.abc import Sequence
from typing import Any, Protocol

from ampkeeper.board.emulated.rig.line import Line
from ampkeeper.board.emulated.rig.shapes import ChargerState, Event
from ampkeeper.board.emulated.rig.traffic import Traffic
from ampkeeper.board.emulated.rig.wire import Wire


class Post:
    """One charger's place on the stage."""

    def __init__(self, station_id: str, line: Line) -> None:
        self.station_id = station_id
        self.line = line
        self.traffic = Traffic()
        self.wire: Wire | None = None  # the newest connection
        self.is_central_up = True  # False: nobody is let in

    def set_central(self, is_up: bool) -> None:
        """Let the central system go, or be back."""
        self.is_central_up = is_up
        if not is_up and self.wire is not None:
            self.wire.end()


class Stage(Protocol):
    """Times are seconds of the chargers. Requests raise ChargerError where they are refused."""

    posts: dict[str, Post]

    async def power_on(self, station_id: str) -> None:
        """Start a charger, or its next life."""

    async def cut_power(self, station_id: str) -> None:
        """Cut its power."""

    async def ask(self, station_id: str, method: str, path: str, body: Any = None) -> Any:
        """One request to its control API."""

    async def state(self, station_id: str) -> ChargerState | None:
        """The whole truth about it; None while it has no power."""

    def events(self, station_id: str) -> Sequence[Event]:
        """What happened in this life of it."""

    def now_s(self) -> float:
        """The present."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
