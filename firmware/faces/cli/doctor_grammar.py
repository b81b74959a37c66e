"""The grammar of ``ampkeeper doctor``: a look at a fresh controller."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[..., argparse.ArgumentParser]


def add_doctor(
    commands: Commands, add: Add, add_config: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Add the command."""
    text = "what is wrong with this controller, and what to do: ports, clock, storage, station"
    add_config(add(commands, "doctor", text))
