"""Headers: what every answer tells the browser, and what a request's headers have to be. Pure.

A request must name this charger as its host, so that no foreign name can be made to lead here (DNS
rebinding); one that changes something must come from this page, by its origin.
"""

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address

HOST_CHARS_MAX = 260
HOST = re.compile(r"(\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(:[0-9]{1,5})?")
LOCAL = "localhost"
YEAR_S = 31_536_000
# Nothing from elsewhere, no script in the text of the page, and nobody may frame it.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cache-control": "no-store",
}
FOR_A_YEAR = {"strict-transport-security": f"max-age={YEAR_S}"}  # only with a given certificate


def host_problem(host: str, names: Collection[str]) -> str:
    """What is wrong with the Host of a request; "": nothing."""
    found = HOST.fullmatch(host[:HOST_CHARS_MAX])
    name = (found["address"] or found["name"]) if found is not None else ""
    known = {LOCAL, *(each.casefold() for each in names)}
    if name.casefold() in known or _is_address(name):
        return ""
    return f"Host = {host[:80]!a}: must be an IP address of the charger, or one of web.names"


def origin_problem(headers: Mapping[str, str], scheme: str) -> str:
    """What is wrong with where a change comes from; "": nothing. Programs tell no origin."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "Sec-Fetch-Site: must be same-origin"
    origin = headers.get("origin")
    if origin is None or origin == f"{scheme}://{headers.get('host', '')}":
        return ""
    return f"Origin = {origin[:80]!a}: must be this page"


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; "": there is none, or more than one, which nobody of ours sends."""
    found = []
    for part in headers.get("cookie", "")[:4_096].split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            found.append(value)
    return found[0] if len(found) == 1 else ""


def cookie(name: str, value: str, life_s: int, is_secure: bool) -> str:
    """A cookie that only this charger gets back, and no script sees; no life: it is gone."""
    secure = "; Secure" if is_secure else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={life_s}{secure}"


def is_loopback(address: str) -> bool:
    """True for who asks from this machine."""
    if not _is_address(address):
        return False
    known = ip_address(address)
    inner = getattr(known, "ipv4_mapped", None)
    return (inner or known).is_loopback


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
