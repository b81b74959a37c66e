"""Make the keys for development anew: `python -m tools.development`.

They are valid for so long that nobody has to, and from so early that emulated time does not
begin before them.
"""

from datetime import UTC, datetime
from pathlib import Path

from ampkeeper.firmware.update.ceremony import new_root, new_signer

HERE = Path(__file__).resolve().parent
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
YEARS = 50


def main() -> None:
    """Write the four files."""
    root = new_root("Ampkeeper Development Root", SINCE, YEARS, is_development=True)
    signer = new_signer(root, "Ampkeeper Development Release", SINCE, YEARS)
    for name, pair in (("root", root), ("release", signer)):
        (HERE / f"{name}.pem").write_text(pair.pem, encoding="ascii")
        (HERE / f"{name}.key").write_text(pair.key_pem(), encoding="ascii")


if __name__ == "__main__":
    main()
