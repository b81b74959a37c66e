"""Post: hands a message to a mail server (RFC 5321) or to an HTTPS server (RFC 9110).

Both over TLS, with chain and host name verified. Every wait ends after ``TIMEOUT_S``. Blocking.
"""

import contextlib
import http.client
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ampkeeper.hal.errors import RefusedError, TransientError

TIMEOUT_S = 30.0
SECRET_BYTES_MAX = 1_024
PERMANENT = 500  # SMTP: the same again is no use
NO_RECEIVER = re.compile(rb"5\.1\.(1|2|3|6|10)(?![0-9])")  # RFC 3463 section 3.2, RFC 7505
CLIENT_ERROR, SERVER_ERROR = 400, 500
LATER = (401, 403, 404, 408, 421, 425, 429)  # a person, or time, can mend it

MakeContext = Callable[[], ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in; ``is_implicit``: TLS from the first byte, else STARTTLS."""

    host: str
    port: int
    is_implicit: bool
    user: str = ""
    password_file: str = field(default="", repr=False)


def send_mail(
    server: MailServer, sender: str, to: str, message: bytes, make_context: MakeContext
) -> None:
    """Hand in one message; TransientError: not now, RefusedError: never."""
    where = f"{server.host}:{server.port}"
    try:
        line = _connected(server, _trusted(make_context))
        try:
            if server.user:
                line.login(server.user, secret_of(server.password_file))
            line.sendmail(sender, [to], message)
            _part(line)
        finally:
            line.close()
    except smtplib.SMTPAuthenticationError as error:
        raise TransientError(f"{where}: it does not take user or password") from error
    except smtplib.SMTPRecipientsRefused as error:
        ((code, words),) = error.recipients.values()
        is_for_good = code >= PERMANENT and NO_RECEIVER.match(words)
        kind = RefusedError if is_for_good else TransientError  # of the sender is told here too
        raise kind(f"{where}: reply {code}") from error
    except smtplib.SMTPDataError as error:
        raise _refusal(where, error.smtp_code) from error
    except smtplib.SMTPResponseException as error:  # of the server or the sender: not of this one
        raise TransientError(f"{where}: reply {error.smtp_code}") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise TransientError(f"{where}: {error}"[:200]) from error


def push(
    url: str, token_file: str, message_id: str, body: bytes, make_context: MakeContext
) -> None:
    """POST one message; TransientError: not now, RefusedError: never."""
    parts = urlsplit(url)
    assert parts.scheme == "https", "the configuration takes no other"
    assert parts.hostname, "the configuration looked"
    headers = {"Content-Type": "application/json", "Idempotency-Key": message_id}
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    context = _trusted(make_context)
    try:
        line = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=context
        )
    except ValueError as error:
        raise TransientError(f"{parts.hostname}: {error}") from error
    try:
        if token_file:
            headers["Authorization"] = f"Bearer {secret_of(token_file)}"
        line.request("POST", target, body, headers)
        status = line.getresponse().status
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise TransientError(f"{parts.hostname}: {error}"[:200]) from error
    finally:
        line.close()
    if CLIENT_ERROR <= status < SERVER_ERROR and status not in LATER:
        raise RefusedError(f"{parts.hostname}: status {status}")
    if not 200 <= status < 300:
        raise TransientError(f"{parts.hostname}: status {status}")


def secret_of(file: str) -> str:
    """The first line of a file; OSError or ValueError if there is none."""
    with Path(file).open("rb") as opened:
        return opened.read(SECRET_BYTES_MAX).decode("ascii").partition("\n")[0].strip()


def _trusted(make_context: MakeContext) -> ssl.SSLContext:
    """Roots that cannot be read today are no reason to drop a message."""
    try:
        return make_context()
    except (RefusedError, OSError, ValueError) as error:
        raise TransientError(f"{error}"[:200]) from error


def _connected(server: MailServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.is_implicit:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    line = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        line.starttls(context=context)
    except BaseException:
        line.close()
        raise
    return line


def _part(line: smtplib.SMTP) -> None:
    """Whatever is said to that, the message was taken."""
    with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
        line.quit()


def _refusal(where: str, code: int) -> TransientError | RefusedError:
    if code >= PERMANENT:
        return RefusedError(f"{where}: reply {code}")
    return TransientError(f"{where}: reply {code}")
