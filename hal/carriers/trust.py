"""Trust: which TLS servers a carrier believes. TLS 1.2 at least, chain and host name verified."""

import ssl
from pathlib import Path

from ampkeeper.hal.errors import RefusedError


def context_of(ca_file: str) -> ssl.SSLContext:
    """What verifies a server: the system's roots, and those of ``ca_file`` if it is named.

    The file is read anew each time: a root that was installed is in force at once.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cadata=Path(ca_file).read_text("ascii"))
        except (OSError, ValueError, ssl.SSLError) as error:
            raise RefusedError(f"{ca_file}: no roots of TLS: {error}", "untrusted") from error
    return context
