"""Address: what a URI for a file says, checked once, and shown without its password.

Only what a carrier can do is an address: a known scheme, a host, a path that names no control
character. Everything else is a reason in words, and nothing is ever started for it.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

PORTS = {"http": 80, "https": 443, "ftp": 21, "ftps": 21, "sftp": 22}
PROTOCOLS = ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP")  # 2.x FileTransferProtocolEnumType
CHARACTERS_MAX = 2_000  # 2.x: 512, later 2,000; 1.6 names no limit
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
CONTROL = re.compile(r"[\x00-\x20\x7f]")
CONTROL_IN_PART = re.compile(r"[\x00-\x1f\x7f]")
DIRECTORIES = ("ftp", "ftps", "sftp")  # 1.6 section 6.25: the location is a directory


@dataclass(frozen=True, slots=True)
class BadAddress:
    """Why a text is no address of a file."""

    reason: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file is. ``path`` is unquoted; ``target`` is path and query as HTTP sends them."""

    scheme: str
    host: str
    port: int
    path: str
    target: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """For logs: no user, no password, and no query, which may be a key too."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{name}{port}{self.target.partition('?')[0]}"

    def of_file(self, name: str) -> "Address":
        """Where a file of this name goes.

        FTP and SFTP name the folder. HTTP names the file itself, unless it ends in a slash: what
        was signed for one upload must not be changed.
        """
        path, mark, query = self.target.partition("?")
        if self.scheme not in DIRECTORIES and not path.endswith("/"):
            return self
        folder = self.path.rstrip("/")
        target = f"{path.rstrip('/')}/{quote(name)}{mark}{query}"
        return replace(self, path=f"{folder}/{name}", target=target)


def address_of(text: str) -> Address | BadAddress:
    """What ``text`` says. Never raises, and never repeats a password."""
    if len(text) > CHARACTERS_MAX:
        return BadAddress(f"{len(text)} characters; allowed: at most {CHARACTERS_MAX}")
    if CONTROL.search(text) or not text.isascii():
        return BadAddress("spaces, control characters and what is not ASCII must be quoted")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        path = unquote(parts.path, errors="strict") or "/"
    except ValueError as error:
        return BadAddress(f"not an address: {type(error).__name__}")
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        return BadAddress(f"scheme {scheme[:20]!r}; allowed: {', '.join(PORTS)}")
    if HOST.fullmatch(host) is None:
        return BadAddress("it names no host")
    if port == 0:
        return BadAddress("port 0; allowed: 1 to 65535")
    if any(CONTROL_IN_PART.search(part) for part in (user, password, path)):
        return BadAddress("a control character in its path, user or password")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(scheme, host, port or PORTS[scheme], path, target, user, password)
