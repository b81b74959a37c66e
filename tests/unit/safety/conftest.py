"""Makes the rig importable by its flat name, as MicroPython imports it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
