"""Trust: which TLS servers a carrier believes. TLS 1.2 at least, chain and host name verified."""

import ssl
from collections.abc import Callable
from pathlib import Path

from ampkeeper.hal.errors import RefusedError


def context_of(ca_file: str, roots_pem: Callable[[], str] = str) -> ssl.SSLContext:
    """What verifies a server: the system's roots, those of ``ca_file`` if it is named, and more.

    All are read anew each time: a root that was installed is in force at once.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if more := roots_pem():
        context.load_verify_locations(cadata=more)
    if ca_file:
        try:
            context.load_verify_locations(cadata=Path(ca_file).read_text("ascii"))
        except (OSError, ValueError, ssl.SSLError) as error:
            raise RefusedError(f"{ca_file}: no roots of TLS: {error}", "untrusted") from error
    return context
