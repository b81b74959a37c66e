"""Rules of pushed prices: only who has the token, and over the network only with TLS.

The token is read here and where it is used, by the same function.
"""

from pathlib import Path

from ampkeeper.firmware.config.model_energy import NO_TLS
from ampkeeper.firmware.config.read import Reader, Sections, Values
from ampkeeper.firmware.config.rules_listen import address_problem, split
from ampkeeper.firmware.config.rules_site import is_loopback

TOKEN_CHARS_MIN = 20
TOKEN_BYTES_MAX = 1024
SPACE, DELETE = 0x20, 0x7F  # a token has what is between them


class TokenRefused(ValueError):
    """The file holds no token that could be used; the message says why, and not what it holds."""


def token_of(path: Path) -> bytes:
    """The token that stands in a file; raise TokenRefused or OSError."""
    with path.open("rb") as file:
        token = file.read(TOKEN_BYTES_MAX + 1).strip()
    if not TOKEN_CHARS_MIN <= len(token) <= TOKEN_BYTES_MAX:
        allowed = f"{TOKEN_CHARS_MIN} to {TOKEN_BYTES_MAX}"
        raise TokenRefused(f"holds a token of {len(token)} characters: must be {allowed}")
    if not all(SPACE < byte < DELETE for byte in token):
        raise TokenRefused("holds more than one line, spaces or letters outside ASCII: must not")
    return token


def check_price_push(sections: Sections, reader: Reader) -> None:
    """Nothing listens to other machines without TLS unless that is written out."""
    price = sections["price"][0]
    pair = ("tls_cert", "tls_key")
    for name, other in (pair, pair[::-1]):
        if price.get(name) and price.get(other) == "":
            reader.problem(("price", other), None, f"missing: price.{name} needs it")
    listen = price.get("listen")
    if listen and (wrong := address_problem(listen) or _tls_problem(listen, price)):
        reader.problem(("price", "listen"), listen, wrong)
    if listen or (sections["web"][0].get("listen") and price.get("token_file")):
        _check_token(price, reader)


def _check_token(price: Values, reader: Reader) -> None:
    path = price.get("token_file")
    if path == "":
        reader.problem(("price", "token_file"), None, "missing: price.listen needs it")
    if not path:
        return
    try:
        token_of(Path(path))
    except (OSError, TokenRefused) as error:
        reader.problem(("price", "token_file"), path, str(error))


def _tls_problem(listen: str, price: Values) -> str:
    has_tls, tls = bool(price.get("tls_cert")), price.get("tls")
    if has_tls and tls == NO_TLS:
        return f'with price.tls_cert, but price.tls = "{NO_TLS}": one of the two must go'
    if not has_tls and tls != NO_TLS and not is_loopback(split(listen)[0]):
        needs = "price.tls_cert and price.tls_key"
        return f'other machines reach it: must have {needs}, or price.tls = "{NO_TLS}"'
    return ""
