"""Rules between keys: what each key alone may say, but not together with the others."""

import re
from urllib.parse import urlsplit

from ampkeeper.firmware.config.model import BY_OCPP
from ampkeeper.firmware.config.read import Reader, Sections, Values
from ampkeeper.firmware.config.rules_billing import check_billing
from ampkeeper.firmware.config.rules_modbus import check_modbus
from ampkeeper.firmware.config.rules_price import check_price_push
from ampkeeper.firmware.config.rules_site import check_broker, check_site
from ampkeeper.firmware.config.rules_web import check_web
from ampkeeper.firmware.config.url import url_problem
from ampkeeper.firmware.place import place_of

INTERFACE = re.compile(r"(Wired|Wireless)[0-3]=[A-Za-z0-9._-]{1,15}")  # IFNAMSIZ is 16
PLAIN, TLS = "ws", "wss"
PRIORITY = "ocppcommctrlr.networkconfigurationpriority"
HATES_F = "phev_no_f"
WAKES_BY_F = ("f", "ladder")
CREDENTIALS = {  # security profile -> keys that it cannot do without
    1: ("password_file",),
    2: ("password_file",),
    3: ("certificate_file", "key_file"),
}


def check_rules(sections: Sections, reader: Reader) -> None:
    """Note in ``reader`` what does not fit together, as far as the values are usable."""
    _check_evse_ids(sections["evse"], reader)
    _check_vehicles(sections["vehicle"], reader)
    ocpp, authorise = sections["ocpp"][0], sections["authorise"][0]
    _check_url(ocpp, reader)
    _check_credentials(ocpp, reader)
    _check_interfaces(ocpp, reader)
    _check_fallbacks(sections["fallback"], ocpp, reader)
    _check_priority(len(sections["fallback"]), ocpp, reader)
    check_broker(sections, reader)
    check_price_push(sections, reader)
    check_web(sections, reader)
    check_modbus(sections, reader)
    asks_ocpp = authorise.get("mode") == BY_OCPP and authorise.get("tags") == ()
    if asks_ocpp and ocpp.get("url") == "":
        reader.problem(
            ("authorise", "mode"),
            BY_OCPP,
            "nobody could ever charge",
            'set ocpp.url, authorise.tags or authorise.mode = "free"',
        )
    check_site(sections, reader)
    _check_hours(sections["update"][0], reader)
    check_billing(sections, reader)
    if shared_by(sections) and sections["protection"][0].get("step_down_at_once") is False:
        allowed = f"a fuse cannot wait ({shared_by(sections)} is set): must be true or left out"
        reader.problem(("protection", "step_down_at_once"), False, allowed)


def _check_hours(update: Values, reader: Reader) -> None:
    begin, end = update.get("install_begin"), update.get("install_end")
    if begin is None or end is None or bool(begin) == bool(end):
        return
    name, other = ("end", "begin") if begin else ("begin", "end")
    allowed = f"update.install_{other} is set: hours have both"
    reader.problem(("update", f"install_{name}"), "", allowed)


def complete(sections: Sections) -> None:
    """Fill in what follows from other keys where nothing was said."""
    protection = sections["protection"][0]
    if protection["step_down_at_once"] is None:
        protection["step_down_at_once"] = shared_by(sections) != ""


def shared_by(sections: Sections) -> str:
    """The key that makes this charger keep a fuse which others load too; "": none does."""
    if sections["site"][0].get("name"):
        return "site.name"
    return "mains.fuse_a" if sections["mains"][0].get("fuse_a") is not None else ""


def _check_evse_ids(evses: list[Values], reader: Reader) -> None:
    seen: set[int] = set()
    for index, evse in enumerate(evses):
        if (evse_id := evse.get("id")) is None:
            continue
        path = ("evse", index, "id")
        if evse_id in seen:
            reader.problem(path, evse_id, "used twice: each EVSE has its own id")
        elif evse_id > len(evses):
            allowed = f"ids leave a gap: must be 1 to {len(evses)}, the number of [[evse]] tables"
            reader.problem(path, evse_id, allowed)
        seen.add(evse_id)


def _check_vehicles(vehicles: list[Values], reader: Reader) -> None:
    seen: dict[str, int] = {}
    for index, vehicle in enumerate(vehicles):
        path = ("vehicle", index)
        hates_f = vehicle.get("never_f")
        if hates_f is None:
            hates_f = vehicle.get("like") == HATES_F
        if hates_f and vehicle.get("wake") in WAKES_BY_F:
            allowed = 'a car that never sees state F is not woken by it: must be "never" or "cut"'
            reader.problem((*path, "wake"), vehicle["wake"], allowed)
        for tag in vehicle.get("tags", ()):
            if seen.setdefault(tag.casefold(), index) != index:
                allowed = "holds a card that an earlier [[vehicle]] has: each card means one car"
                reader.problem((*path, "tags"), vehicle["tags"], allowed, is_secret=True)


def _check_url(ocpp: Values, reader: Reader) -> None:
    url = ocpp.get("url")
    if not url:
        return
    if wrong := _url_problem(url) or _scheme_problem(url, ocpp.get("security_profile")):
        reader.problem(("ocpp", "url"), url, wrong, is_secret="@" in url)
    if ocpp.get("id") == "":
        reader.problem(("ocpp", "id"), None, "missing: must be set when ocpp.url is")


def _check_fallbacks(fallbacks: list[Values], ocpp: Values, reader: Reader) -> None:
    seen = {_where(ocpp.get("url") or "", ocpp.get("id"))}
    for index, fallback in enumerate(fallbacks):
        path = ("fallback", index)
        if (url := fallback.get("url")) is None:
            continue
        own = fallback.get("security_profile")
        profile = int(ocpp.get("security_profile", 0) if own is None else own)
        place = _where(url, fallback.get("id") or ocpp.get("id"))
        if ocpp.get("url") == "":
            reader.problem((*path, "url"), url, "is one to fall back to: ocpp.url must be set")
        elif wrong := _url_problem(url) or _scheme_problem(url, profile):
            reader.problem((*path, "url"), url, wrong, is_secret="@" in url)
        elif place in seen:
            allowed = "used twice with the same id: each central system stands in one table"
            reader.problem((*path, "url"), url, allowed)
        seen.add(place)
        for name in CREDENTIALS.get(profile, ()):
            if fallback.get(name, "") == "" and ocpp.get(name) == "":
                key = (*path, name) if name in fallback else ("ocpp", name)
                allowed = f"missing: security_profile {profile} cannot do without it"
                reader.problem(key, None, allowed)


def _where(url: str, identity: str | None) -> tuple[str, str, str | None]:
    """What no two tables may share, however their URLs are written."""
    return url.partition("://")[0].casefold(), place_of(url), identity


def _check_priority(fallbacks: int, ocpp: Values, reader: Reader) -> None:
    """An order names central systems that stand in the file: [ocpp] is 1, [[fallback]]s follow."""
    for name, value in ocpp.get("variables", {}).items():
        slots = [part.strip() for part in str(value).split(",")]
        highest = fallbacks + 1
        is_one_missing = any(slot.isdecimal() and int(slot) > highest for slot in slots)
        if name.casefold() == PRIORITY and is_one_missing:
            allowed = f"names a central system that is not there: must be 1 to {highest}"
            reader.problem(("ocpp", "variables", name), value, allowed)


def _scheme_problem(url: str, profile: int | None) -> str:
    """Why ``url`` does not go with the security profile, or ""."""
    scheme = urlsplit(url).scheme
    if profile == 1 and scheme == TLS:
        return "security_profile 1 is without TLS: must be ws://"
    if profile in (2, 3) and scheme == PLAIN:
        return f"security_profile {profile} is with TLS: must be wss://"
    return ""


def _url_problem(url: str) -> str:
    """What is wrong with ``url``, or ""."""
    if wrong := url_problem(url, (PLAIN, TLS), "its file in ocpp.password_file"):
        return wrong
    return "must not have a fragment (#)" if urlsplit(url).fragment else ""


def _check_interfaces(ocpp: Values, reader: Reader) -> None:
    told = ocpp.get("interfaces", ())
    names = [each.partition("=")[0] for each in told]
    for each, name in zip(told, names, strict=True):
        if INTERFACE.fullmatch(each) is None:
            allowed = "must be Wired0 to Wired3 or Wireless0 to Wireless3, =, an interface"
            reader.problem(("ocpp", "interfaces"), each, allowed)
        elif names.count(name) > 1:
            reader.problem(("ocpp", "interfaces"), each, "named twice: each name means one")


def _check_credentials(ocpp: Values, reader: Reader) -> None:
    profile = ocpp.get("security_profile", 0)
    for name in CREDENTIALS.get(profile, ()):
        if ocpp.get(name) == "":
            allowed = f"missing: security_profile {profile} cannot do without it"
            reader.problem(("ocpp", name), None, allowed)
