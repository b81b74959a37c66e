"""Place: where a URL leads, in one text for one place, whoever asks and however it is written."""

from urllib.parse import urlsplit

PORTS = {"ws": 80, "wss": 443}  # by scheme, where the URL names none (RFC 6455 3)


def place_of(url: str) -> str:
    """Where a URL leads, by TLS or not: one text for one place, however it is written.

    The host is written small, and neither the port of the scheme nor a slash at the end counts
    (RFC 3986 6.2.2.1, 6.2.3). A text that is no URL is its own place.
    """
    scheme, _, rest = url.partition("://")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        return rest
    host = f"[{host}]" if ":" in host else host
    port_text = "" if port in (None, PORTS.get(scheme.casefold())) else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return host + port_text + parts.path.rstrip("/") + query
