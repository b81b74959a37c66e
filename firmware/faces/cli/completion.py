"""Completions for bash, zsh and fish, and the manual page: all made from the grammar.

The words of a completion are those that the grammar has at that place; after an option that takes
a file, and where a file is asked for, the shell's own completion of files goes on.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from ampkeeper.firmware import __version__

SHELLS = ("bash", "zsh", "fish")
MAN = "man"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the grammar: the words that lead there, and those that may follow."""

    path: tuple[str, ...]
    words: tuple[tuple[str, str], ...]  # a subcommand or an option, and what it is for
    takes_value: tuple[str, ...]  # options behind which a word comes


def places(parser: argparse.ArgumentParser) -> list[Place]:
    """All places, each once."""
    found = []
    waiting: list[tuple[tuple[str, ...], argparse.ArgumentParser]] = [((), parser)]
    while waiting:
        path, one = waiting.pop(0)
        words: list[tuple[str, str]] = []
        valued: list[str] = []
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
                words += [(name, helps.get(name, "")) for name in action.choices]
                waiting += [((*path, name), inner) for name, inner in action.choices.items()]
            elif action.help != argparse.SUPPRESS:
                words += [(option, _plain(action)) for option in action.option_strings]
                valued += action.option_strings if action.nargs != 0 else []
        found.append(Place(path, tuple(words), tuple(valued)))
    return found


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The completion for ``shell``, one of SHELLS."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](places(parser))


def manual(parser: argparse.ArgumentParser) -> str:
    """The manual page, section 1, as troff."""
    lines = [
        f'.TH AMPKEEPER 1 "" "ampkeeper {__version__}" "User Commands"',
        ".SH NAME",
        "ampkeeper \\- firmware of an AC EV charger: run it, emulate it, ask it",
        ".SH SYNOPSIS",
        ".B ampkeeper",
        "\\fICOMMAND\\fR [\\fIOPTION\\fR]...",
        ".SH COMMANDS",
    ]
    for path, one in _parsers(parser):
        if not path:
            continue
        usage = " ".join(one.format_usage().removeprefix("usage: ").split())
        lines += [".TP", f"\\fB{_troff(usage)}\\fR", _troff(one.description or "")]
        for action in one._actions:
            is_shown = action.option_strings and action.help != argparse.SUPPRESS
            if is_shown and action.option_strings != ["-h", "--help"]:
                names = ", ".join(action.option_strings)
                lines += [".RS", ".TP", f"\\fB{_troff(names)}\\fR", _troff(_plain(action)), ".RE"]
    lines += [".SH EXIT STATUS", ".nf", *map(_troff, (parser.epilog or "").splitlines()), ".fi"]
    return "\n".join(lines) + "\n"


def _parsers(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    waiting: list[tuple[tuple[str, ...], argparse.ArgumentParser]] = [((), parser)]
    while waiting:
        path, one = waiting.pop(0)
        yield path, one
        inner = [a for a in one._actions if isinstance(a, argparse._SubParsersAction)]
        below = [((*path, name), sub) for a in inner for name, sub in a.choices.items()]
        waiting = below + waiting


def _bash(found: list[Place]) -> str:
    cases = "\n".join(
        f'        "{" ".join(place.path)}") words="{" ".join(word for word, _ in place.words)}"; '
        f'valued=" {" ".join(place.takes_value)} ";;'
        for place in found
    )
    return f"""# bash completion for ampkeeper; made from its grammar
_ampkeeper() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    local path="" words="" valued="" skip="" word
    _ampkeeper_at() {{
        case "$1" in
{cases}
        *) return 1;;
        esac
    }}
    _ampkeeper_at ""
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if [[ -n $skip ]]; then skip=""; continue; fi
        if [[ $valued == *" $word "* ]]; then skip=1; continue; fi
        [[ $word == -* ]] && continue
        if _ampkeeper_at "${{path:+$path }}$word"; then path="${{path:+$path }}$word"; fi
    done
    [[ -n $skip ]] && return
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _ampkeeper ampkeeper
"""


def _zsh(found: list[Place]) -> str:
    bash = _bash(found).partition("\n")[2]
    head = "#compdef ampkeeper\n# made from its grammar\nautoload -U bashcompinit && bashcompinit\n"
    return head + bash


def _fish(found: list[Place]) -> str:
    lines = ["# fish completion for ampkeeper; made from its grammar"]
    for place in found:
        below = [word for word, _ in place.words if not word.startswith("-")]
        is_here = " and ".join(f"__fish_seen_subcommand_from {name}" for name in place.path)
        is_new = f"not __fish_seen_subcommand_from {' '.join(below)}" if below else ""
        when = "; and ".join(filter(None, (is_here.replace(" and ", "; and "), is_new)))
        for word, help in place.words:
            text = help.replace("\\", "\\\\").replace("'", "\\'")
            how = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            if word.startswith("-") and not word.startswith("--"):
                how = f"-s {word[1:]}"
            value = " -r" if word in place.takes_value else ""
            where = f" -n '{when}'" if when else ""
            files = "" if word.startswith("-") else " -f"
            lines.append(f"complete -c ampkeeper{where}{files} {how}{value} -d '{text}'")
    return "\n".join(lines) + "\n"


def _plain(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%").replace("\n", " ")


def _troff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
