"""Fleet: several chargers at one central system, a process each; small ones, for tests."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from ampkeeper.board.emulated.rig.charger import Charger
from ampkeeper.board.emulated.rig.errors import ChargerError

COUNT_MAX = 100  # processes on one machine; more is for a fleet in one process
STARTS_AT_ONCE = 4


class Fleet:
    """Chargers AK0001, AK0002 and so on, in this order."""

    def __init__(self, make: Callable[..., Charger]) -> None:
        self._make = make
        self.chargers: list[Charger] = []

    def start(self, count: int, within_s: float = 120.0, **options: object) -> list[Charger]:
        """Start ``count`` more and wait until the central system has accepted each."""
        most = COUNT_MAX - len(self.chargers)
        if not 1 <= count <= most:
            raise ChargerError(f"fleet: {count} chargers: must be 1 to {most}; nothing was started")
        first = len(self.chargers) + 1
        made = [self._make(f"AK{number:04}", **options) for number in range(first, first + count)]
        self.chargers += made
        self.each(Charger.start, made)
        self.each(lambda charger: charger.wait_registered(within_s), made)
        return made

    def each(self, do: Callable[[Charger], object], among: list[Charger] | None = None) -> None:
        """Do something with each of them, some at a time; the first error is raised."""
        with ThreadPoolExecutor(STARTS_AT_ONCE) as threads:
            list(threads.map(do, self.chargers if among is None else among))

    def __len__(self) -> int:
        return len(self.chargers)

    def __iter__(self) -> Iterator[Charger]:
        return iter(self.chargers)

    def __getitem__(self, place: int) -> Charger:
        return self.chargers[place]
