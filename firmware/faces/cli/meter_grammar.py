"""The grammar of ``ampkeeper meter``: meters on a line, without a station."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[..., argparse.ArgumentParser]


def add_meter(commands: Commands, add: Add) -> None:
    """Add the command."""
    meter = add(commands, "meter", "look for meters on a line, or read one")
    verbs = meter.add_subparsers(dest="verb", required=True, metavar="VERB")
    detect = add(verbs, "detect", "which meter is there, and why so; code 1 if none")
    read = add(verbs, "read", "one reading; no station may use the port")
    watch = add(verbs, "watch", "readings until interrupted, one line each")
    for verb in (detect, read, watch):
        text = "serial port, or tcp://HOST:PORT, or rtu+tcp://HOST:PORT"
        verb.add_argument("--port", required=True, metavar="PORT", help=text)
        verb.add_argument("--json", action="store_true", help="answer in JSON")
        is_search = verb is detect
        verb.add_argument(
            "--baud",
            type=forms.baud,
            default=None if is_search else 9_600,
            metavar="N",
            help=f"speed of the line (default: {'the usual ones' if is_search else '9600'})",
        )
        verb.add_argument(
            "--parity",
            choices=("N", "E", "O"),
            default=None if is_search else "N",
            help=f"parity of the line (default: {'the usual ones' if is_search else 'N'})",
        )
    text = "such as 1,2,33 or 1-247 (default: the makers' settings)"
    detect.add_argument("--units", type=forms.units, metavar="LIST", help=text)
    for verb in (read, watch):
        verb.add_argument(
            "--unit", type=forms.unit, default=1, metavar="N", help="1 to 247 (default 1)"
        )
        text = "stop bits of the line (default: 1)"
        verb.add_argument("--stop-bits", type=int, choices=(1, 2), default=1, help=text)
        text = "name of a shipped map, or the path of a .toml (default sdm630)"
        verb.add_argument("--map", default="sdm630", metavar="MAP", help=text)
    watch.add_argument(
        "--every", type=forms.seconds, default=1.0, metavar="S", help="0.1 to 3600 s (default 1)"
    )
    text = "end after N readings (default: never)"
    watch.add_argument("--count", type=forms.offset, default=0, metavar="N", help=text)
