"""Picture: half an hour of a site, for the README of ``firmware/site``.

``python -m tools.site.picture`` draws it. Six chargers behind too small a fuse, a
leader that dies and a mains meter that falls silent. The tests draw it again and compare.
"""

from pathlib import Path

from tools.site.bus import Bus
from tools.site.plot import picture_of
from tools.site.run import Spec, simulate
from tools.site.troubles import Trouble

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "site.svg"
TITLE = "Six chargers: the leader is dead from 8 to 11 min, the meter silent from 18 to 21 min"
SPEC = Spec(
    chargers=6,
    hours=0.5,
    seed=7,
    bus=Bus(0.05),
    troubles=(Trouble("leader", 480.0, 660.0), Trouble("meter", 1_080.0, 1_260.0)),
    step_s=0.5,
)


def drawn() -> str:
    """The whole picture."""
    return picture_of(simulate(SPEC), TITLE)


def main() -> int:
    """Draw it anew."""
    PICTURE.write_text(drawn())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
