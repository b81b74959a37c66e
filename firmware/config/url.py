"""URL: what is wrong with one of another machine, in words for the file."""

from collections.abc import Sequence
from urllib.parse import urlsplit


def url_problem(url: str, schemes: Sequence[str], login: str) -> str:
    """What is wrong with ``url``, or ""; ``login``: the keys that hold user and password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"not an address: {error}"
    if parts.scheme not in schemes:
        return "must start with " + " or ".join(f"{scheme}://" for scheme in schemes)
    if not host or " " in url or port == 0:
        return "must name a host, and a port of 1 to 65535 if any"
    if parts.username is not None or parts.password is not None:
        return f"must not hold a user or password: write {login}"
    return ""
