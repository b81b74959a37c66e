"""``python -m ampkeeper.firmware.faces.cli``: the same as ``ampkeeper``."""

import sys

from ampkeeper.firmware.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
