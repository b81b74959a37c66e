"""Rules of a site: a broker that is known, and chargers and fuses that go together."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from ampkeeper.firmware.config.model_site import (
    NAME_PATTERN,
    NAME_WORDS,
    NO_TLS,
    NOTHING,
    Circuit,
    Member,
)
from ampkeeper.firmware.config.read import Reader, Sections, Values
from ampkeeper.firmware.config.url import url_problem

PLAIN, WITH_TLS = "mqtt", "mqtts"
LOOPBACK = "localhost"


def check_broker(sections: Sections, reader: Reader) -> None:
    """Nothing goes to another machine without TLS unless that is written out."""
    mqtt = sections["mqtt"][0]
    url, tls = mqtt.get("url"), mqtt.get("tls")
    if url and (wrong := _url_problem(url) or _tls_problem(url, tls)):
        reader.problem(("mqtt", "url"), url, wrong, is_secret="@" in url)
    if mqtt.get("password_file") and not mqtt.get("user"):
        reader.problem(("mqtt", "user"), None, "missing: a password has a user")
    if url and mqtt.get("offers") != NOTHING and mqtt.get("id") == "":
        serial = str(sections["station"][0].get("serial") or "")
        if serial and not re.fullmatch(NAME_PATTERN, serial):
            text = f"missing: station.serial = {serial!a} is no level of a topic ({NAME_WORDS})"
            reader.problem(("mqtt", "id"), None, text)
    pair = ("certificate_file", "key_file")
    for name, other in (pair, pair[::-1]):
        if mqtt.get(name) and mqtt.get(other) == "":
            reader.problem(("mqtt", other), None, f"missing: mqtt.{name} needs it")


def broker_place(url: str) -> tuple[str, int, bool]:
    """Host, port, and whether with TLS, of an address that was accepted."""
    parts = urlsplit(url)
    has_tls = parts.scheme == WITH_TLS
    return parts.hostname or "", parts.port or (8883 if has_tls else 1883), has_tls


def _url_problem(url: str) -> str:
    if wrong := url_problem(url, (PLAIN, WITH_TLS), "mqtt.user and mqtt.password_file"):
        return wrong
    parts = urlsplit(url)
    return "must end with the port" if parts.path.strip("/") or parts.query else ""


def _tls_problem(url: str, tls: str | None) -> str:
    host, _, has_tls = broker_place(url)
    if has_tls and tls == NO_TLS:
        return f'with TLS, but mqtt.tls = "{NO_TLS}": one of the two must go'
    if not has_tls and tls != NO_TLS and not is_loopback(host):
        return f'without TLS to another machine: must be mqtts://, or mqtt.tls = "{NO_TLS}"'
    return ""


def is_loopback(host: str) -> bool:
    """True if only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == LOOPBACK


def check_site(sections: Sections, reader: Reader) -> None:
    """Circuits and members make a site, in which this charger has its place."""
    site, mqtt = sections["site"][0], sections["mqtt"][0]
    circuits, members = sections["circuit"], sections["member"]
    if site.get("name") == "":
        for name, tables in (("circuit", circuits), ("member", members)):
            if tables:
                reader.problem((name,), None, "there is no site: site.name must be set")
        return
    if mqtt.get("url") == "":
        reader.problem(("mqtt", "url"), None, "missing: a site cannot do without a broker")
    if site.get("key_file") == "":
        reader.problem(("site", "key_file"), None, "missing: messages of a site are signed")
    if reader.problems:
        return
    _check_own(sections, reader)
    if found := reader.checkers.site(_circuits(circuits), _members(members)):
        section, index, wrong = found
        path = (section,) if index is None else (section, index)
        reader.problem(path, None, wrong)


def own_id(mqtt: Values, station: Values) -> str:
    """Who this charger is on its site."""
    return str(mqtt.get("id") or station.get("serial") or "")


def _check_own(sections: Sections, reader: Reader) -> None:
    own = own_id(sections["mqtt"][0], sections["station"][0])
    evses = {evse["id"]: evse for evse in sections["evse"]}
    mine = [
        (index, member)
        for index, member in enumerate(sections["member"])
        if (member["station"] or member["name"]) == own
    ]
    if not mine:
        reader.problem(("mqtt", "id"), own, "is no station of any [[member]]: one must be")
    for index, member in mine:
        if member["evse"] not in evses:
            path = ("member", index, "evse")
            reader.problem(path, member["evse"], "this charger has no such [[evse]]")
        elif evses[member["evse"]]["phases"] == 1 and len(member["rotation"]) > 2:
            allowed = "its [[evse]] has one phase: must be one of L1, L2, L3"
            reader.problem(("member", index, "rotation"), member["rotation"], allowed)


def _circuits(tables: list[Values]) -> tuple[Circuit, ...]:
    return tuple(Circuit(**table) for table in tables)


def _members(tables: list[Values]) -> tuple[Member, ...]:
    return tuple(Member(**table) for table in tables)
