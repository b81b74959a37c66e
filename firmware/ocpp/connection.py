"""Connection: where to connect, and how long to wait before trying again (Part 4 §5).

Any failure waits, an HTTP 404 included (J-errata 3.3), and a server that accepts the socket
without choosing a subprotocol is a failure too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

ID_CHARS_MAX = 48
SUBPROTOCOLS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}  # by configured name


class EndpointError(ValueError):
    """The configured URL or identity cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class BackoffSettings:
    """RetryBackOffWaitMinimum, RetryBackOffRandomRange, RetryBackOffRepeatTimes."""

    wait_s_min: float = 10.0
    random_range_s: float = 10.0
    repeat_times: int = 5


class Backoff:
    """The waits between attempts: doubled ``repeat_times`` times, then constant."""

    def __init__(self, settings: BackoffSettings, random: Callable[[], float]) -> None:
        self.settings = settings
        self._random = random  # uniform in [0, 1)
        self._failures = 0
        self._last_s = 0.0

    def next_wait_s(self) -> float:
        """The wait after one more failure, with a new random part while it still grows."""
        if self._failures <= self.settings.repeat_times:
            base_s = self.settings.wait_s_min * 2.0**self._failures
            self._last_s = base_s + self._random() * self.settings.random_range_s
            self._failures += 1
        return self._last_s

    def reset(self) -> None:
        """A connection was made."""
        self._failures = 0


def endpoint_url(base_url: str, identity: str, versions: Sequence[str]) -> str:
    """The URL to connect to: ``base_url`` with the identity as the last part of its path."""
    if not 0 < len(identity) <= ID_CHARS_MAX or not identity.isprintable():
        raise EndpointError(f"id {identity!r:.99}: 1 to {ID_CHARS_MAX} characters are allowed")
    if ":" in identity and any(version != "1.6" for version in versions):
        raise EndpointError(f"id {identity!r}: a colon is not allowed with OCPP 2.x")
    try:
        parts = urlsplit(base_url)
        has_host = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError as error:
        raise EndpointError(f"url {base_url!r}: {error}") from error
    if parts.scheme not in ("ws", "wss") or not has_host:
        raise EndpointError(f"url {base_url!r}: ws://host/path or wss://host/path is needed")
    path = parts.path.rstrip("/") + "/" + quote(identity, safe="")
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def with_tls(url: str) -> str:
    """The same host, port and path by TLS; a URL without a port changes from 80 to 443."""
    return "wss" + url[2:] if url[:3].casefold() == "ws:" else url
