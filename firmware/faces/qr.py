"""QR codes, as what draws them: a path of SVG, one unit for each module."""

from functools import lru_cache

QUIET = 4  # modules that stay light on each side, ISO/IEC 18004
ERRORS = "m"  # 15 % of a code may be covered


@lru_cache(maxsize=16)
def drawn(text: str) -> tuple[int, str]:
    """Modules along a side with the light ones around, and the dark ones; ValueError: too long."""
    import segno  # only where somebody is to scan something

    code = segno.make(text, error=ERRORS, micro=False)
    runs = []
    for y, row in enumerate(code.matrix, QUIET):
        x = 0
        while x < len(row):
            begin = x
            while x < len(row) and row[x]:
                x += 1
            if x > begin:
                runs.append(f"M{begin + QUIET} {y}h{x - begin}v1h{begin - x}z")
            x += 1
    return len(code.matrix) + 2 * QUIET, "".join(runs)
