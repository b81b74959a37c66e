"""Web payment: the address that a person scans to pay at once (OCPP 2.1 C25).

It has a one-time password that only the station and the central system can work out, so that a
copied or painted-over code is of no use. Pure: the time is an argument.
"""

import hmac

VERSION = "v1"
BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NEEDED = ("{totp}", "{version}")  # with {chargingstationid} (C25.FR.50)
STATION = "{chargingstationid}"


def password(secret: str, at_s: int, validity_s: int, chars: int) -> str:
    """The one-time password, version 1, of an instant in Unix time."""
    interval = (at_s // validity_s).to_bytes(8, "big")
    digest = hmac.digest(secret.encode(), interval, "sha256")
    offset = digest[-1] & 0x0F
    picked = (digest[(offset + number) % len(digest)] for number in range(chars))
    return "".join(BASE62[byte % len(BASE62)] for byte in picked)


def why_not_template(template: str) -> str:
    """What is missing in a template, in words; empty: nothing, or there is no template."""
    if not template:
        return ""
    missing = [name for name in (*NEEDED, STATION) if name not in template]
    return f"without {', '.join(missing)}" if missing else ""


def address(template: str, station_id: str, evse_id: int, totp: str) -> str:
    """The address for one EVSE (C25.FR.51, FR.52)."""
    values = {STATION: station_id, "{evse}": str(evse_id), "{totp}": totp, "{version}": VERSION}
    for name, value in values.items():
        template = template.replace(name, value)
    return template
