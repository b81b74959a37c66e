"""Usage: the parser of a command line, which names what was probably meant."""

import argparse
import re
from typing import NoReturn

CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """As argparse's, and those of the commands below it are like it."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with code 2."""
        super().error(CHOICE.sub(_nearest, message))


def _nearest(found: "re.Match[str]") -> str:
    """The nearest of the choices, or all of them where none is near."""
    from difflib import get_close_matches  # a start does not need it

    choices = [each.strip(" '") for each in found[2].split(",")]
    near = get_close_matches(found[1], choices, 1)
    return f"invalid choice: '{found[1]}', maybe '{near[0]}'?" if near else found[0]
