"""Troubles: what befalls a site from some minute to another."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.site.bus import CUT_OFF
from tools.site.world import Site

PART = 3  # of those that do not lead, every third vanishes


@dataclass(frozen=True, slots=True)
class Trouble:
    """``kind`` is a key of ``KINDS``."""

    kind: str
    from_s: float
    to_s: float


class Troubles:
    """All that befall one site; ``step`` is called after each of its steps."""

    def __init__(self, site: Site, troubles: list[Trouble]) -> None:
        self._site = site
        self._ahead = sorted(troubles, key=lambda trouble: -trouble.from_s)
        self._now: list[tuple[float, Callable[[], None]]] = []

    def step(self) -> None:
        """Begin and end what is due."""
        now_s = self._site.now_s
        for until_s, end in [each for each in self._now if each[0] <= now_s]:
            self._now.remove((until_s, end))
            end()
        while self._ahead and self._ahead[-1].from_s <= now_s:
            trouble = self._ahead.pop()
            self._now.append((trouble.to_s, KINDS[trouble.kind](self._site)))


def _partition(site: Site) -> Callable[[], None]:
    """Every second one hears only its like; the meter stays with the others."""
    for number, station in enumerate(site.stations.values()):
        station.connect(number % 2)
    return lambda: _connect(site, 0)


def _broker(site: Site) -> Callable[[], None]:
    _connect(site, CUT_OFF)
    return lambda: _connect(site, 0)


def _leader(site: Site) -> Callable[[], None]:
    station = site.leader
    if station is None:
        return lambda: None
    station.die()
    return station.boot


def _vanish(site: Site) -> Callable[[], None]:
    """Their bus is gone without a word; what they charge goes on."""
    gone = [station for station in site.stations.values() if not station.leads][::PART]
    for station in gone:
        station.group = CUT_OFF

    def back() -> None:
        for station in gone:
            station.connect(0)

    return back


def _meter(site: Site) -> Callable[[], None]:
    site.is_metered = False

    def back() -> None:
        site.is_metered = True

    return back


def _connect(site: Site, group: int) -> None:
    for station in site.stations.values():
        station.connect(group)


KINDS: dict[str, Callable[[Site], Callable[[], None]]] = {
    "partition": _partition,
    "broker": _broker,
    "leader": _leader,
    "vanish": _vanish,
    "meter": _meter,
}
HELP = {
    "partition": "two halves hear only themselves",
    "broker": "nobody hears anybody",
    "leader": "who leads loses power",
    "vanish": "a third of the others hear and say nothing, and charge on",
    "meter": "the mains meter is silent",
}
