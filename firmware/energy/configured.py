"""Configured: the hours of a configuration, and what its sections on energy may not say. Pure.

Sections come as plain values by name, so that whoever reads the file needs to know nothing of
this, and this nothing of the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ampkeeper.firmware.energy.payload import is_place
from ampkeeper.firmware.energy.plan import SUNNY_MODES
from ampkeeper.firmware.energy.schedules import DAYS, LIMIT, Window, clashes, minutes_of

Values = Mapping[str, Any]
Path = tuple[str | int, ...]
Found = Iterator[tuple[Path, object, str]]

NONE, MQTT, LINE = "none", "mqtt", "line"
NO_BROKER = "there is no broker: set mqtt.url"
MANY = ("+", "#", "\x00")  # MQTT 5, 4.7: in filters, or nowhere
COUNTS = (1, 3)  # a total, or one value for each phase


def window_of(row: Values) -> Window:
    """The hours of one [[schedule]]."""
    return Window(
        name=row["name"],
        days=tuple(DAYS.index(day) for day in row["days"]),
        begin_min=minutes_of(row["begin"]),
        end_min=minutes_of(row["end"]),
        current_a=row["max_a"],
        what=row["what"],
        evse_id=row["evse"],
    )


def zone_of(name: str) -> tzinfo | None:
    """The time zone, or None where there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def values_count(topics: Sequence[str], places: Sequence[str]) -> int:
    """How many values messages on these topics, at these places, give; 0: they do not fit."""
    count = max(len(topics), len(places))
    fits = len(topics) in (1, count) and len(places) in (0, 1, count)
    return count if fits and count in COUNTS else 0


def problems(sections: Mapping[str, Sequence[Values]]) -> Found:
    """Each thing that does not fit: where it stands, its value, and what is allowed.

    A key whose value was refused already is absent: then nothing is said of it here.
    """
    yield from hours_problems(sections["schedule"], len(sections["evse"]))
    yield from _evse_problems("departure", sections["departure"], len(sections["evse"]))
    mains, energy, price = (sections[name][0] for name in ("mains", "energy", "price"))
    yield from _mains_problems(mains)
    grid = sections["grid"][0]
    if grid.get("input") == LINE and grid.get("topic"):
        yield ("grid", "topic"), grid["topic"], 'orders come by the line: leave it out, or "topic"'
    has_broker = bool(sections["mqtt"][0].get("url", "?"))
    yield from _topic_problems(mains, (price, grid), has_broker)
    zone = energy.get("time_zone", "")
    if zone and zone_of(zone) is None:
        yield ("energy", "time_zone"), zone, "no such time zone: a name such as Europe/Berlin"
    is_blind = mains.get("source") == NONE
    if energy.get("mode") in SUNNY_MODES and is_blind:
        yield ("energy", "mode"), energy["mode"], "sees no sun without a meter: set mains.source"
    if energy.get("mode") == "schedule" and not _has_hours(sections["schedule"]):
        yield ("energy", "mode"), "schedule", "would never charge: write a [[schedule]]"
    if energy.get("mode") == "price" and price.get("limit") is None and not price.get("cheapest_h"):
        yield ("energy", "mode"), "price", "would never charge: set price.limit or price.cheapest_h"


def hours_problems(rows: Sequence[Values], evses: int) -> Found:
    """What is wrong with the rows of [[schedule]], or with those that the owner says."""
    yield from _evse_problems("schedule", rows, evses)
    wanted = ("name", "days", "begin", "end", "max_a", "what", "evse")
    whole = [place for place, row in enumerate(rows) if all(name in row for name in wanted)]
    for place in whole:
        if rows[place]["what"] == LIMIT and rows[place]["max_a"] is None:
            yield ("schedule", place, "max_a"), None, "missing: a limit needs its current"
    for first, second, when in clashes([window_of(rows[place]) for place in whole]):
        row, other = rows[whole[second]], rows[whole[first]]
        words = f"overlaps [[schedule]] {whole[first] + 1}, {other['name']!r}, on {when}"
        allowed = f"{words}: at most one of a kind may be open at a time"
        yield ("schedule", whole[second], "begin"), row["begin"], allowed


def _evse_problems(section: str, rows: Sequence[Values], evses: int) -> Found:
    for place, row in enumerate(rows):
        if row.get("evse", 0) > evses:
            allowed = f"no such EVSE: must be 0 to {evses}"
            yield (section, place, "evse"), row["evse"], allowed


def _mains_problems(mains: Values) -> Found:
    source, fuse_a = mains.get("source"), mains.get("fuse_a")
    topics, places = mains.get("topics", ()), mains.get("places", ())
    if source == NONE and fuse_a is not None:
        allowed = "nobody watches the fuse: set mains.source"
        yield ("mains", "fuse_a"), fuse_a, allowed
    for place in places:
        if not is_place(place):
            allowed = 'must be names with dots and numbers in brackets, such as "em.power[0]"'
            yield ("mains", "places"), place, allowed
    if source != MQTT:
        return
    count = values_count(topics, places)
    if not topics:
        yield ("mains", "topics"), None, "missing: mains.source mqtt needs one topic, or three"
    elif not count:
        allowed = "one topic or three, with no place, one for all, or three"
        yield ("mains", "topics"), list(topics), allowed
    elif count == 1 and fuse_a is not None:
        allowed = "cannot be watched by a total: a fuse needs a value for each of L1, L2, L3"
        yield ("mains", "fuse_a"), fuse_a, allowed


def _topic_problems(mains: Values, others: Sequence[Values], has_broker: bool) -> Found:
    """What is listened to needs a broker, is one topic, and is for one use."""
    used: dict[str, str] = {}
    if mains.get("source") == MQTT:
        if not has_broker:
            yield ("mains", "source"), MQTT, NO_BROKER
        for topic in dict.fromkeys(mains.get("topics", ())):
            yield from _one_topic("mains", "topics", topic, used)
    for section, values in zip(("price", "grid"), others, strict=True):
        topic = values.get("topic")
        if topic and not has_broker:
            yield (section, "topic"), topic, NO_BROKER
        if topic:
            yield from _one_topic(section, "topic", topic, used)


def _one_topic(section: str, key: str, topic: str, used: dict[str, str]) -> Found:
    name = f"{section}.{key}"
    if any(sign in topic for sign in MANY):
        yield (section, key), topic, "must be one topic, without + and #"
    elif used.setdefault(topic, name) != name:
        yield (section, key), topic, f"is {used[topic]} already: each needs a topic of its own"


def _has_hours(rows: Sequence[Values]) -> bool:
    return any(row.get("what") != LIMIT for row in rows)
