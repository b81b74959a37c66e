"""Fetches Mosquitto, the broker that tests and measurements speak to, into ``.tools/broker``.

``python -m tools.broker.fetch``: safe to call again; does nothing when there is one.
"""

import os
import subprocess
import sys

from tools.debian import ProgramMissing, Programs

PACKAGE = "mosquitto"
BROKER = Programs("broker", {PACKAGE: PACKAGE})


class BrokerMissing(ProgramMissing):
    """There is none, and none can be had; the message says what to do."""


def broker_command() -> tuple[list[str], dict[str, str]]:
    """How to call Mosquitto, and the environment that it needs; raise BrokerMissing."""
    try:
        found = BROKER.path(PACKAGE)
    except ProgramMissing as error:
        raise BrokerMissing(str(error)) from error
    is_fetched = found.is_relative_to(BROKER.target)
    return [str(found)], BROKER.environment() if is_fetched else dict(os.environ)


def fetch() -> int:
    """Fetch unless there is one; return the exit code."""
    try:
        BROKER.fetch()
        command, _ = broker_command()
    except (OSError, subprocess.SubprocessError, ProgramMissing) as error:
        sys.stderr.write(f"fetch: no mosquitto: {error}\n")
        return 1
    sys.stdout.write(f"broker: {command[0]}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(fetch())
