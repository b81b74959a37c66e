"""The model's section on the web page and the HTTP API."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import boolean, file, integer, text, texts

OWN, CERTIFICATE, NO_TLS = "own", "certificate", "none"
NAMES_MAX = 8
CODE_CHARS_MIN, CODE_CHARS_MAX = 12, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Page and HTTP API; nothing listens unless it is said where."""

    listen: str = text(
        "Where page and API are served; left out: nothing listens.",
        default="",
        words='an IP address or localhost, and the port, such as "0.0.0.0:443"',
    )
    names: tuple[str, ...] = texts(
        'Names by which browsers reach it, beside its IP addresses: "charger.local".',
        default=(),
        count_max=NAMES_MAX,
        chars_max=253,
    )
    tls: str = text(
        "What it proves itself with: a certificate that this charger makes for itself, the one "
        'of tls_cert, or nothing: with "none" anybody on the way reads along.',
        default=OWN,
        choices=(OWN, CERTIFICATE, NO_TLS),
    )
    tls_cert: str = file('PEM file of the certificate chain, with tls = "certificate".')
    tls_key: str = file("PEM file of its private key.")
    setup_code_file: str = file(
        "File that holds the code of the first set-up, as it is printed on the label: 12 to 64 "
        "letters and digits; left out: `ampkeeper web show` tells one that the charger made."
    )
    idle_min: int = integer(
        "Who does nothing for so long is logged out.",
        unit="min",
        low=1,
        high=1440,
        default=30,
    )
    session_h: int = integer(
        "Who logged in is logged out after so long in any case.",
        unit="h",
        low=1,
        high=720,
        default=12,
    )
    kiosk: bool = boolean(
        "A browser on the charger itself sees at /kiosk, without a log-in, what a guest sees: for "
        "a small screen at it. Not behind a proxy on this machine: all would come from here.",
        default=False,
    )
    card: str = text(
        "Card that is charged by who starts at the page and names none; left out: he has to.",
        default="",
        chars_max=36,
        is_secret=True,
    )
