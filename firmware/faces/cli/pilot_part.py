"""Pilot part: ``ampkeeper pilot part`` writes the program of a pilot board for an image.

What stands in the file is the payload ``pilot`` of ``ampkeeper image build --pilot FILE``: the
same program that ``pilot flash`` copies, so that a station can flash it over the link.
"""

from pathlib import Path

from ampkeeper.firmware import __version__
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_image import STEM
from ampkeeper.firmware.faces.cli.pilot_plan import BOARD, Compile, image
from ampkeeper.firmware.update.pilot_image import PilotImage
from ampkeeper.hal.link.flash import IMAGE_BYTES_MAX, TEXT_BYTES


def write_part(file: Path, compile_one: Compile) -> str:
    """Write it, and say what it is; RefusedError if it cannot be one, or not be written."""
    part = part_of(compile_one)
    try:
        file.write_bytes(part.to_bytes())
    except OSError as error:
        raise RefusedError(f"{file}: {error.strerror}") from error
    return f"{file}: {part.board} {part.version}, {len(part.program):,} bytes of program"


def part_of(compile_one: Compile) -> PilotImage:
    """The program of the pilot board, as its image carries it."""
    if len(__version__) > TEXT_BYTES:
        raise RefusedError(f"version {__version__!r} is too long for a board: {TEXT_BYTES} at most")
    whole, _ = image()
    program = compile_one(STEM, whole.text)
    if len(program) > IMAGE_BYTES_MAX:
        raise RefusedError(f"{len(program)} bytes of program; a board takes {IMAGE_BYTES_MAX}")
    return PilotImage(BOARD, __version__, program)
