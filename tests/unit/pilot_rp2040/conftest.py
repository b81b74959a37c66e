"""Makes the fake chip and its world importable by their flat names, as MicroPython does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
