"""Rules of page and API: where they listen, with which certificate, and the code on the label.

The code is read here and where it is used, by the same function.
"""

import re
from pathlib import Path

from ampkeeper.firmware.config.model_web import (
    CERTIFICATE,
    CODE_CHARS_MAX,
    CODE_CHARS_MIN,
)
from ampkeeper.firmware.config.read import Reader, Sections, Values
from ampkeeper.firmware.config.rules_listen import address_problem, is_address

NAME = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
CODE = re.compile(r"[0-9A-Za-z -]+")


class CodeRefused(ValueError):
    """The file holds no code that could be used; the message says why, and not what it holds."""


def code_of(path: Path) -> str:
    """The code of the first set-up that stands in a file; raise CodeRefused or OSError."""
    with path.open("rb") as file:
        data = file.read(CODE_CHARS_MAX * 2).strip()
    text = data.decode("ascii", "replace")
    count = len(text.replace("-", "").replace(" ", ""))
    if not CODE.fullmatch(text) or not CODE_CHARS_MIN <= count <= CODE_CHARS_MAX:
        allowed = f"{CODE_CHARS_MIN} to {CODE_CHARS_MAX} letters and digits"
        raise CodeRefused(f"holds no code for the set-up: must be {allowed}, on one line")
    return text


def check_web(sections: Sections, reader: Reader) -> None:
    """Nothing listens to other machines without TLS unless that is written out."""
    web = sections["web"][0]
    _check_certificate(web, reader)
    _check_code(web, reader)
    for index, name in enumerate(web.get("names") or ()):
        if not NAME.fullmatch(name) or is_address(name):
            allowed = "must be a name such as charger.local; its IP addresses need none"
            reader.problem(("web", "names", index), name, allowed)
    listen = web.get("listen")
    if not listen:
        return
    if wrong := address_problem(listen):
        reader.problem(("web", "listen"), listen, wrong)
    if sections["price"][0].get("listen"):
        where = ("price", "listen")
        reader.problem(where, "", "prices are pushed to web.listen: must be left out")


def _check_certificate(web: Values, reader: Reader) -> None:
    for name in ("tls_cert", "tls_key"):
        if web.get("tls") == CERTIFICATE and web.get(name) == "":
            reader.problem(("web", name), None, f'missing: web.tls = "{CERTIFICATE}" needs it')
        if web.get("tls") not in (None, CERTIFICATE) and web.get(name):
            wants = f'web.tls is "{web["tls"]}": must be "{CERTIFICATE}", or this left out'
            reader.problem(("web", name), web[name], wants)


def _check_code(web: Values, reader: Reader) -> None:
    path = web.get("setup_code_file")
    if not path:
        return
    try:
        code_of(Path(path))
    except (OSError, CodeRefused) as error:
        reader.problem(("web", "setup_code_file"), path, str(error))
