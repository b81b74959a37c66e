"""The command line, ``ampkeeper``: parser, commands and tables."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the return value is the exit code."""
    from ampkeeper.firmware.faces.cli.run import run

    return run(sys.argv[1:] if argv is None else argv)
