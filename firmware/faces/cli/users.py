"""Users at the command line."""

import argparse
import time
from typing import Any

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.progress import bar

LOOK_S = 0.25
TABLE_BYTES_MAX = 60_000
WAITS = "waits"
LESSONS = {
    "learnt": "the card {says} is learnt",
    "lapsed": "no card was held to a reader in time",
    "refused": "the card is not taken: {says}",
    "idle": "the station waits for no card any more",
}

Answer = dict[str, Any]


def shown(arguments: argparse.Namespace) -> Answer:
    """Everybody."""
    return ask(arguments.state, "user", action="list")


def add(arguments: argparse.Namespace) -> Answer:
    """Somebody new."""
    return ask(arguments.state, "user", action="add", user=arguments.user, **_told(arguments))


def change(arguments: argparse.Namespace) -> Answer:
    """Somebody who is there already."""
    told = _told(arguments) | {"drop_cards": arguments.drop_card, "called": arguments.name}
    return ask(arguments.state, "user", action="change", user=arguments.user, **told)


def remove(arguments: argparse.Namespace) -> Answer:
    """Somebody may charge no more."""
    return ask(arguments.state, "user", action="remove", user=arguments.user)


def table(arguments: argparse.Namespace) -> Answer:
    """Users from a file."""
    with arguments.file.open("rb") as file:
        data = file.read(TABLE_BYTES_MAX + 1)
    if len(data) > TABLE_BYTES_MAX:
        raise RefusedError(f"{arguments.file}: has more than {TABLE_BYTES_MAX} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{arguments.file}: byte {error.start + 1} is not UTF-8") from error
    is_trial = arguments.dry_run or None
    try:
        return ask(arguments.state, "user", action="import", table=text, dry_run=is_trial)
    except RefusedError as error:
        raise RefusedError(f"{arguments.file}: {error}") from error


def learn(arguments: argparse.Namespace) -> Answer:
    """The next card at a reader; waits for it."""
    for_s = round(arguments.for_s)
    told = ask(arguments.state, "user", action="learn", user=arguments.user, for_s=for_s)
    begun_s = time.monotonic()
    with bar("hold the card to a reader", for_s) as advance:
        while told["lesson"] == WAITS:
            time.sleep(LOOK_S)
            advance(round(time.monotonic() - begun_s))
            told = ask(arguments.state, "user", action="lesson")
    result = LESSONS[told["lesson"]].format(says=told["says"])
    if told["lesson"] != "learnt":
        raise RefusedError(result)
    return {"result": result, "card": told["says"]}


def _told(arguments: argparse.Namespace) -> Answer:
    return {
        "add_cards": arguments.card,
        "from": arguments.valid_from,
        "until": arguments.until,
        "budget_kwh": arguments.budget_kwh,
    }


def export(arguments: argparse.Namespace) -> Answer:
    """All that is kept of a person."""
    return _privacy(arguments, "export")


def delete(arguments: argparse.Namespace) -> Answer:
    """Forget who it was."""
    return _privacy(arguments, "delete")


def _privacy(arguments: argparse.Namespace, action: str) -> Answer:
    who = {"user": arguments.user, "card": arguments.card}
    return ask(arguments.state, "privacy", action=action, **who)
